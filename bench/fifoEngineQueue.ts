import assert from "node:assert/strict";
import type { Engine } from "#engine/engine.ts";
import { insider } from "./engineQueue.ts";
import { assertNoneFailed, entriesOf } from "./queueClient.ts";

/** A message for a FIFO queue. */
export interface FifoMessage {
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
}

/** A message of a FIFO queue as it was received. */
export interface FifoDelivery {
  readonly body: string;
  readonly groupId: string;
  readonly sequenceNumber: string;
  readonly receiptHandle: string;
}

/** One FIFO queue as a load sees it. */
export interface FifoQueue {
  /** Sends one message by SendMessage, or several by SendMessageBatch. */
  send(messages: readonly FifoMessage[]): Promise<void>;
  receive(options: {
    /** 1 to 10. */
    readonly most: number;
    readonly visibilityTimeoutSeconds: number;
    readonly waitSeconds: number;
  }): Promise<readonly FifoDelivery[]>;
  /** Deletes one message by DeleteMessage, or several by DeleteMessageBatch. */
  delete(receiptHandles: readonly string[]): Promise<void>;
  changeVisibility(receiptHandle: string, timeoutSeconds: number): Promise<void>;
}

/** Makes a FIFO queue, if there is none of that name, and asks the engine itself, without HTTP. */
export async function openFifoEngineQueue(
  engine: Engine,
  name: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<FifoQueue> {
  const { QueueUrl = "" } = await engine.operate(
    "CreateQueue",
    {
      QueueName: name,
      Attributes: new Map(Object.entries({ FifoQueue: "true", ...attributes })),
    },
    insider,
  );
  const entryOf = ({ body, groupId, deduplicationId }: FifoMessage) => ({
    MessageBody: body,
    MessageGroupId: groupId,
    MessageDeduplicationId: deduplicationId,
  });
  return {
    async send(messages) {
      const [only] = messages;
      if (messages.length === 1 && only !== undefined) {
        await engine.operate("SendMessage", { QueueUrl, ...entryOf(only) }, insider);
        return;
      }
      const Entries = entriesOf(messages, entryOf);
      const sent = await engine.operate("SendMessageBatch", { QueueUrl, Entries }, insider);
      assertNoneFailed(sent.Failed);
    },

    async receive({ most, visibilityTimeoutSeconds, waitSeconds }) {
      const { Messages = [] } = await engine.operate(
        "ReceiveMessage",
        {
          QueueUrl,
          MaxNumberOfMessages: most,
          VisibilityTimeout: visibilityTimeoutSeconds,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ["MessageGroupId", "SequenceNumber"],
        },
        insider,
      );
      return Messages.map(({ Body, ReceiptHandle, Attributes }): FifoDelivery => {
        const groupId = Attributes?.get("MessageGroupId");
        const sequenceNumber = Attributes?.get("SequenceNumber");
        assert(Body !== undefined && ReceiptHandle !== undefined);
        assert(groupId !== undefined && sequenceNumber !== undefined);
        return { body: Body, groupId, sequenceNumber, receiptHandle: ReceiptHandle };
      });
    },

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
