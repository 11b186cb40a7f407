import { describe, expect } from "vitest";
import { createFifo, handleOf, itRefusesOnFifo, sendTo } from "./fifoQueue.ts";
import { invalidValue, refusalOf } from "./refusal.ts";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf, noMessages } from "./testQueue.ts";

const attempt = { ReceiveRequestAttemptId: "attempt-1" };
const notRetryable = invalidValue(
  "ReceiveRequestAttemptId",
  "attempt-1",
  "The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.",
);
const badId = (id: string) =>
  invalidValue(
    "ReceiveRequestAttemptId",
    id,
    "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
  );

/** Spec section 7.6. */
export function describeAttempts(it: SqsTest): void {
  describe("a receive that is repeated under its attempt id", () => {
    it("returns the same messages under the same handles", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "a", "a1", "a2", "a3");
      await sendTo(queue, "b", "b1");
      const first = await queue.receive({ MaxNumberOfMessages: 4, ...attempt });

      const second = await queue.receive({ MaxNumberOfMessages: 4, ...attempt });

      expect(
        second.map(({ MessageId, ReceiptHandle, Body }) => [MessageId, ReceiptHandle, Body]),
      ).toEqual(
        first.map(({ MessageId, ReceiptHandle, Body }) => [MessageId, ReceiptHandle, Body]),
      );
      for (const message of first) await queue.delete(handleOf(message));
      expect(await queue.counts()).toEqual(noMessages);
    });

    it("restarts the visibility timeout and counts no receive [unconfirmed]", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      await queue.receiveOne({ VisibilityTimeout: 10, ...attempt });
      sqs.advanceSeconds(8);

      const { Attributes } = await queue.receiveOne({ VisibilityTimeout: 10, ...attempt });

      expect(Attributes?.ApproximateReceiveCount).toBe("1");
      sqs.clock.advance(9999);
      expect(await queue.receive()).toEqual([]);
      sqs.clock.advance(1);
      expect(await queue.receive()).toHaveLength(1);
    });

    it("may be repeated once more", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2");
      await queue.receiveAll(attempt);
      sqs.advanceSeconds(20);
      await queue.receiveAll(attempt);
      sqs.advanceSeconds(20);

      expect(bodiesOf(await queue.receiveAll(attempt))).toEqual(["m1", "m2"]);
    });

    it("is another receive under another id", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "a", "a1");
      await sendTo(queue, "b", "b1");
      const first = await queue.receiveOne(attempt);

      const second = await queue.receiveOne({ ReceiveRequestAttemptId: "attempt-2" });

      expect(second.Body).not.toBe(first.Body);
    });

    it("looks for messages if there were none", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      expect(await queue.receive(attempt)).toEqual([]);
      await sendTo(queue, "g", "hello");

      expect(await queue.receive(attempt)).toHaveLength(1);
    });

    it("is refused once one of its messages is deleted", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2");
      const [m1] = await queue.receiveAll(attempt);
      await queue.delete(handleOf(m1));

      expect(await refusalOf(queue.receiveAll(attempt))).toEqual(notRetryable);
    });

    it.for([0, 60])("is refused once a visibility is changed to %i", async (seconds, { sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2");
      const [, m2] = await queue.receiveAll(attempt);
      await queue.changeVisibility(handleOf(m2), seconds);

      expect(await refusalOf(queue.receiveAll(attempt))).toEqual(notRetryable);
    });

    it("is refused once another receive has one of its messages", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      await queue.receiveOne({ VisibilityTimeout: 5, ...attempt });
      sqs.advanceSeconds(5);
      await queue.receiveOne();

      expect(await refusalOf(queue.receive(attempt))).toEqual(notRetryable);
    });

    it("is refused after five minutes [unconfirmed]", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      await queue.receiveOne({ VisibilityTimeout: 600, ...attempt });

      sqs.clock.advance(299_999);
      await queue.receiveOne({ VisibilityTimeout: 600, ...attempt });
      sqs.clock.advance(1);

      expect(await refusalOf(queue.receive(attempt))).toEqual(notRetryable);
    });

    it("is a receive like others after a purge", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      await queue.receiveOne(attempt);
      await queue.purge();

      expect(await queue.receive(attempt)).toEqual([]);
    });

    itRefusesOnFifo(it, [
      {
        rule: "an empty attempt id",
        mark: "D",
        call: (queue) => queue.receive({ ReceiveRequestAttemptId: "" }),
        refusal: badId(""),
      },
      {
        rule: "an attempt id of 129 characters",
        mark: "D",
        call: (queue) => queue.receive({ ReceiveRequestAttemptId: "r".repeat(129) }),
        refusal: badId("r".repeat(129)),
      },
    ]);
  });
}
