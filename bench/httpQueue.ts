import type { Output } from "#contract/operations.ts";
import type { HttpConnection } from "./httpConnection.ts";
import {
  type AnsweredAttributes,
  askedAttributes,
  assertNoneFailed,
  type Delivery,
  entriesOf,
  factsOf,
  messageOf,
  type QueueClient,
} from "./queueClient.ts";

type BatchOutput = Output<"SendMessageBatch">;

/** A message as it is in JSON. */
interface WireMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly Attributes?: AnsweredAttributes;
}

/** Makes a queue, FIFO by its name if there is none of that name, and answers its URL. */
export async function createQueue(connection: HttpConnection, name: string): Promise<string> {
  const { QueueUrl }: { QueueUrl: string } = await ask(connection, "CreateQueue", {
    QueueName: name,
    ...(name.endsWith(".fifo") && { Attributes: { FifoQueue: "true" } }),
  });
  return QueueUrl;
}

/** A queue at the other end of a connection; a FIFO queue is sent to in so many groups. */
export function httpQueue(
  connection: HttpConnection,
  QueueUrl: string,
  groups?: number,
): QueueClient {
  return {
    async send(bodies) {
      const [only] = bodies;
      if (bodies.length === 1 && only !== undefined) {
        const input = { QueueUrl, ...messageOf(only, groups) };
        const sent: { MessageId: string } = await ask(connection, "SendMessage", input);
        return [sent.MessageId];
      }
      const Entries = entriesOf(bodies, (body) => messageOf(body, groups));
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
          MessageSystemAttributeNames: askedAttributes,
        },
      );
      return (answer.Messages ?? []).map(
        ({ MessageId, ReceiptHandle, Body, Attributes }): Delivery => ({
          messageId: MessageId,
          receiptHandle: ReceiptHandle,
          body: Body,
          ...factsOf(Attributes),
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
