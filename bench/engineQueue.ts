import assert from "node:assert/strict";
import type { Caller, Engine } from "#engine/engine.ts";
import { assertNoneFailed, type Delivery, entriesOf, type QueueClient } from "./queueClient.ts";

/** Whoever calls from inside the process. */
export const insider: Caller = {
  account: "000000000000",
  region: "us-east-1",
  origin: "http://localhost",
  senderId: "000000000000",
  signal: new AbortController().signal,
};

/** Makes a queue, if there is none of that name, and asks the engine itself, without HTTP. */
export async function openEngineQueue(engine: Engine, name: string): Promise<QueueClient> {
  const { QueueUrl = "" } = await engine.operate("CreateQueue", { QueueName: name }, insider);
  return {
    async send(bodies) {
      const [only] = bodies;
      if (bodies.length === 1 && only !== undefined) {
        const sent = await engine.operate("SendMessage", { QueueUrl, MessageBody: only }, insider);
        return [sent.MessageId ?? ""];
      }
      const Entries = entriesOf(bodies, (MessageBody) => ({ MessageBody }));
      const sent = await engine.operate("SendMessageBatch", { QueueUrl, Entries }, insider);
      assertNoneFailed(sent.Failed);
      return (sent.Successful ?? []).map(({ MessageId = "" }) => MessageId);
    },

    async receive({ most, visibilityTimeoutSeconds, waitSeconds }) {
      const { Messages = [] } = await engine.operate(
        "ReceiveMessage",
        {
          QueueUrl,
          MaxNumberOfMessages: most,
          VisibilityTimeout: visibilityTimeoutSeconds,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ["ApproximateReceiveCount"],
        },
        insider,
      );
      return Messages.map((message): Delivery => {
        const { MessageId, ReceiptHandle, Body, Attributes } = message;
        assert(MessageId !== undefined && ReceiptHandle !== undefined && Body !== undefined);
        return {
          messageId: MessageId,
          receiptHandle: ReceiptHandle,
          body: Body,
          receiveCount: Number(Attributes?.get("ApproximateReceiveCount")),
        };
      });
    },

    ...receiptHandleCalls(engine, QueueUrl),
  };
}

/** What is asked by receipt handle, of queues of both kinds. */
export function receiptHandleCalls(
  engine: Engine,
  QueueUrl: string,
): Pick<QueueClient, "delete" | "changeVisibility"> {
  return {
    async delete(receiptHandles) {
      const [only] = receiptHandles;
      if (receiptHandles.length === 1 && only !== undefined) {
        await engine.operate("DeleteMessage", { QueueUrl, ReceiptHandle: only }, insider);
        return;
      }
      const Entries = entriesOf(receiptHandles, (ReceiptHandle) => ({ ReceiptHandle }));
      const { Failed } = await engine.operate("DeleteMessageBatch", { QueueUrl, Entries }, insider);
      assertNoneFailed(Failed);
    },

    async changeVisibility(ReceiptHandle, VisibilityTimeout) {
      const input = { QueueUrl, ReceiptHandle, VisibilityTimeout };
      await engine.operate("ChangeMessageVisibility", input, insider);
    },
  };
}
