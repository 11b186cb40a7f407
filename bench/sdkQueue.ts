import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import {
  askedAttributes,
  assertNoneFailed,
  entriesOf,
  factsOf,
  messageOf,
  type QueueClient,
} from "./queueClient.ts";

/** A queue through Amazon's own client, which takes more CPU time than the server it asks. */
export function sdkQueue(
  origin: string,
  QueueUrl: string,
  groups: number | undefined,
): QueueClient & { close(): void } {
  const client = new SQSClient({
    endpoint: origin,
    region: "us-east-1",
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: 1 } },
  });
  return {
    async send(bodies) {
      const [only] = bodies;
      if (bodies.length === 1 && only !== undefined) {
        const sent = await client.send(
          new SendMessageCommand({ QueueUrl, ...messageOf(only, groups) }),
        );
        return [sent.MessageId ?? ""];
      }
      const Entries = [...entriesOf(bodies, (body) => messageOf(body, groups))];
      const sent = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      assertNoneFailed(sent.Failed);
      return (sent.Successful ?? []).map(({ MessageId = "" }) => MessageId);
    },

    async receive({ most, visibilityTimeoutSeconds, waitSeconds }) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: most,
          VisibilityTimeout: visibilityTimeoutSeconds,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: [...askedAttributes],
        }),
      );
      return Messages.map(({ MessageId = "", ReceiptHandle = "", Body = "", Attributes }) => ({
        messageId: MessageId,
        receiptHandle: ReceiptHandle,
        body: Body,
        ...factsOf(Attributes),
      }));
    },

    async delete(receiptHandles) {
      const [only] = receiptHandles;
      if (receiptHandles.length === 1 && only !== undefined) {
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: only }));
        return;
      }
      const Entries = [...entriesOf(receiptHandles, (ReceiptHandle) => ({ ReceiptHandle }))];
      const { Failed } = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      assertNoneFailed(Failed);
    },

    async changeVisibility(ReceiptHandle, VisibilityTimeout) {
      const input = { QueueUrl, ReceiptHandle, VisibilityTimeout };
      await client.send(new ChangeMessageVisibilityCommand(input));
    },

    close: () => client.destroy(),
  };
}
