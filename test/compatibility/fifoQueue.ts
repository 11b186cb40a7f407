import type { Message } from "@aws-sdk/client-sqs";
import { expect } from "vitest";
import { refusalOf } from "./refusal.ts";
import type { RefusalRow } from "./refusalRows.ts";
import type { Attributes, Sqs, SqsTest } from "./sqsTest.ts";
import type { SendOptions, TestQueue } from "./testQueue.ts";

let names = 0;

/** Makes a FIFO queue that deduplicates by content, unless it is told otherwise. */
export async function createFifo(sqs: Sqs, attributes: Attributes = {}): Promise<TestQueue> {
  names += 1;
  const given = { FifoQueue: "true", ContentBasedDeduplication: "true", ...attributes };
  return await sqs.createQueue(given, `queue-${names}.fifo`);
}

/** Makes a FIFO queue whose messages go to another after so many receives. */
export async function createFifoSourceOf(
  sqs: Sqs,
  target: TestQueue,
  maxReceiveCount: number,
  attributes: Attributes = {},
): Promise<TestQueue> {
  const policy = { deadLetterTargetArn: target.arn, maxReceiveCount };
  return await createFifo(sqs, { ...attributes, RedrivePolicy: JSON.stringify(policy) });
}

/** Sends messages of these bodies to a group, one after another. */
export async function sendTo(
  queue: TestQueue,
  MessageGroupId: string,
  ...bodies: readonly string[]
): Promise<void> {
  for (const body of bodies) await queue.send(body, { MessageGroupId });
}

/** The options of a send to a group under a deduplication id. */
export function to(
  MessageGroupId: string,
  MessageDeduplicationId?: string,
): Pick<SendOptions, "MessageGroupId" | "MessageDeduplicationId"> {
  return {
    MessageGroupId,
    ...(MessageDeduplicationId !== undefined && { MessageDeduplicationId }),
  };
}

/** The entries of a batch: groups and bodies, their ids being their places. */
export function entries(...messages: readonly (readonly [group: string, body: string])[]) {
  return messages.map(([MessageGroupId, MessageBody], place) => ({
    Id: `${place}`,
    MessageGroupId,
    MessageBody,
  }));
}

/** The handle of a message that was received. */
export function handleOf(message: Message | undefined): string {
  if (message?.ReceiptHandle === undefined) throw new Error("expected a message");
  return message.ReceiptHandle;
}

/** A test for each row, with a FIFO queue of the given attributes. */
export function itRefusesOnFifo(
  it: SqsTest,
  rows: readonly RefusalRow[],
  attributes: Attributes = {},
): void {
  it.for(rows)("refuses $rule [$mark]", async ({ call, refusal }, { sqs }) => {
    const queue = await createFifo(sqs, attributes);

    const found = await refusalOf(call(queue, sqs));

    expect(found).toEqual(typeof refusal === "function" ? refusal(queue, sqs) : refusal);
  });
}
