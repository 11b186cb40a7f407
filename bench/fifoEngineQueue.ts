import assert from "node:assert/strict";
import type { Engine } from "#engine/engine.ts";
import { insider, receiptHandleCalls } from "./engineQueue.ts";
import {
  assertNoneFailed,
  entriesOf,
  type QueueClient,
  type ReceiveOptions,
} from "./queueClient.ts";

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
export interface FifoQueue extends Pick<QueueClient, "delete" | "changeVisibility"> {
  /** Sends one message by SendMessage, or several by SendMessageBatch. */
  send(messages: readonly FifoMessage[]): Promise<void>;
  receive(options: ReceiveOptions): Promise<readonly FifoDelivery[]>;
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

    ...receiptHandleCalls(engine, QueueUrl),
  };
}
