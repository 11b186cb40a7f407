import { describe, expect } from "vitest";
import { createFifo, itRefusesOnFifo } from "./fifoQueue.ts";
import { invalid, refusalOf, refused } from "./refusal.ts";
import type { Attributes, SqsTest } from "./sqsTest.ts";

const highThroughput = {
  DeduplicationScope: "messageGroup",
  FifoThroughputLimit: "perMessageGroupId",
};
const needsGroupScope = invalid(
  "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup",
);

/** Spec sections 3.1 to 3.3, as far as FIFO queues go. */
export function describeFifoAttributes(it: SqsTest): void {
  describe("a FIFO queue", () => {
    it("shows the sixteen attributes of its kind", async ({ sqs }) => {
      const queue = await createFifo(sqs, { ContentBasedDeduplication: "false" });

      const attributes = await queue.attributes("All");

      expect(Object.keys(attributes).sort()).toEqual([
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
        "ContentBasedDeduplication",
        "CreatedTimestamp",
        "DeduplicationScope",
        "DelaySeconds",
        "FifoQueue",
        "FifoThroughputLimit",
        "LastModifiedTimestamp",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "QueueArn",
        "ReceiveMessageWaitTimeSeconds",
        "SqsManagedSseEnabled",
        "VisibilityTimeout",
      ]);
      expect(attributes).toMatchObject({
        ContentBasedDeduplication: "false",
        DeduplicationScope: "queue",
        FifoQueue: "true",
        FifoThroughputLimit: "perQueue",
        QueueArn: queue.arn,
      });
    });

    it.for<readonly [string, Attributes]>([
      ["content-based deduplication", { ContentBasedDeduplication: "false" }],
      ["the scope of deduplication alone", { DeduplicationScope: "messageGroup" }],
      ["high throughput, both at once", highThroughput],
      ["FifoQueue of true, which changes nothing", { FifoQueue: "true" }],
    ])("may be given %s later", async ([, attributes], { sqs }) => {
      const queue = await createFifo(sqs);

      await queue.set(attributes);

      expect(await queue.attributes("All")).toMatchObject(attributes);
    });

    it("is not found by a creation without FifoQueue, which the name forbids [unconfirmed]", async ({
      sqs,
    }) => {
      const { name } = await createFifo(sqs);

      expect(await refusalOf(sqs.createQueue({}, name))).toEqual(
        invalid(
          "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        ),
      );
    });

    it("is found again by a creation that gives the same, in any case", async ({ sqs }) => {
      const queue = await createFifo(sqs);

      const again = await sqs.createQueue(
        { FifoQueue: "True", ContentBasedDeduplication: "TRUE" },
        queue.name,
      );

      expect(again.url).toBe(queue.url);
    });

    itRefusesOnFifo(it, [
      {
        rule: "to become a standard queue",
        mark: "V",
        call: (queue) => queue.set({ FifoQueue: "false" }),
        refusal: refused(
          "InvalidAttributeValue",
          "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
        ),
      },
      {
        rule: "throughput by group without deduplication by group",
        mark: "unconfirmed",
        call: (queue) => queue.set({ FifoThroughputLimit: "perMessageGroupId" }),
        refusal: needsGroupScope,
      },
      {
        rule: "a creation of the same name with another attribute",
        mark: "V",
        call: (queue, sqs) =>
          sqs.createQueue({ FifoQueue: "true", ContentBasedDeduplication: "false" }, queue.name),
        refusal: refused(
          "QueueNameExists",
          "A queue already exists with the same name and a different value for attribute ContentBasedDeduplication",
        ),
      },
      {
        rule: "an unknown scope",
        mark: "V",
        call: (queue) => queue.set({ DeduplicationScope: "all" }),
        refusal: refused(
          "InvalidAttributeValue",
          "Invalid value for the parameter DeduplicationScope.",
        ),
      },
    ]);
  });
}
