import type { Output } from "#contract/operations.ts";
import type { HttpConnection } from "./httpConnection.ts";
import { assertNoneFailed, type Delivery, entriesOf, type QueueClient } from "./queueClient.ts";

type BatchOutput = Output<"SendMessageBatch">;

/** A message as it is in JSON. */
interface WireMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly Attributes?: { readonly ApproximateReceiveCount?: string };
}

/** Makes a queue, if there is none of that name, and answers its URL. */
export async function createQueue(connection: HttpConnection, name: string): Promise<string> {
  const { QueueUrl }: { QueueUrl: string } = await ask(connection, "CreateQueue", {
    QueueName: name,
  });
  return QueueUrl;
}

/** A queue at the other end of a connection. */
export function httpQueue(connection: HttpConnection, QueueUrl: string): QueueClient {
  return {
    async send(bodies) {
      const [only] = bodies;
      if (bodies.length === 1 && only !== undefined) {
        const input = { QueueUrl, MessageBody: only };
        const sent: { MessageId: string } = await ask(connection, "SendMessage", input);
        return [sent.MessageId];
      }
      const Entries = entriesOf(bodies, (MessageBody) => ({ MessageBody }));
      const sent: BatchOutput = await ask(connection, "SendMessageBatch", { QueueUrl, Entries });
      assertNoneFailed(sent.Failed);
      return (sent.Successful ?? []).map(({ MessageId = "" }) => MessageId);
    },

    async receive({ most, visibilityTimeoutSeconds, waitSeconds }) {
      const answer: { Messages?: readonly WireMessage[] } = await ask(
        connection,
        "ReceiveMessage",
        {
          QueueUrl,
          MaxNumberOfMessages: most,
          VisibilityTimeout: visibilityTimeoutSeconds,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ["ApproximateReceiveCount"],
        },
      );
      return (answer.Messages ?? []).map(
        ({ MessageId, ReceiptHandle, Body, Attributes }): Delivery => ({
          messageId: MessageId,
          receiptHandle: ReceiptHandle,
          body: Body,
          receiveCount: Number(Attributes?.ApproximateReceiveCount),
        }),
      );
    },

    async delete(receiptHandles) {
      const [only] = receiptHandles;
      if (receiptHandles.length === 1 && only !== undefined) {
        await ask(connection, "DeleteMessage", { QueueUrl, ReceiptHandle: only });
        return;
      }
      const Entries = entriesOf(receiptHandles, (ReceiptHandle) => ({ ReceiptHandle }));
      const input = { QueueUrl, Entries };
      const deleted: BatchOutput = await ask(connection, "DeleteMessageBatch", input);
      assertNoneFailed(deleted.Failed);
    },

    async changeVisibility(ReceiptHandle, VisibilityTimeout) {
      const input = { QueueUrl, ReceiptHandle, VisibilityTimeout };
      await ask(connection, "ChangeMessageVisibility", input);
    },
  };
}

/** Answers what the server says, whose form is for the caller to know. */
export async function ask<Answer>(
  connection: HttpConnection,
  action: string,
  input: object,
): Promise<Answer> {
  const { status, body } = await connection.post(action, JSON.stringify(input));
  if (status !== 200) throw new Error(`${action} was answered ${status}: ${body}`);
  return JSON.parse(body === "" ? "{}" : body);
}
