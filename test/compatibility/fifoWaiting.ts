import { describe, expect } from "vitest";
import { createFifo, createFifoSourceOf, handleOf, sendTo } from "./fifoQueue.ts";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf, theOne } from "./testQueue.ts";

/** Spec section 6.4, where groups are what unlocks. */
export function describeFifoWaiting(it: SqsTest): void {
  describe("a receive that waits on a FIFO queue is woken by", () => {
    it("a send", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const poll = await queue.poll();

      await sendTo(queue, "g", "hello");

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("a send to another group than the one that is held", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "held", "held");
      await queue.receiveOne();
      const poll = await queue.poll();

      await sendTo(queue, "held", "behind");
      await poll.stillWaits();
      await sendTo(queue, "free", "free");

      expect(theOne(await poll.answer).Body).toBe("free");
    });

    it("the deletion of the message before its own", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2");
      const { ReceiptHandle } = await queue.receiveOne();
      const poll = await queue.poll();

      await queue.delete(ReceiptHandle);

      expect(theOne(await poll.answer).Body).toBe("m2");
    });

    it("the deletion of the last of a batch", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2", "m3");
      const [m1, m2] = await queue.receive({ MaxNumberOfMessages: 2 });
      const poll = await queue.poll();

      await queue.delete(handleOf(m1));
      await poll.stillWaits();
      await queue.delete(handleOf(m2));

      expect(theOne(await poll.answer).Body).toBe("m3");
    });

    it("the end of a visibility timeout", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2");
      await queue.receiveOne({ VisibilityTimeout: 8 });
      const poll = await queue.poll({ MaxNumberOfMessages: 10 });

      sqs.clock.advance(7999);
      await poll.stillWaits();
      sqs.clock.advance(1001);

      expect(bodiesOf(await poll.answer)).toEqual(["m1", "m2"]);
    });

    it("the end of a timeout that began while it waited", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const first = await queue.poll({ VisibilityTimeout: 3 });
      const second = await queue.poll();
      await sendTo(queue, "g", "hello");
      await first.answer;

      sqs.clock.advance(2999);
      await second.stillWaits();
      sqs.clock.advance(1001);

      expect(theOne(await second.answer).Body).toBe("hello");
    });

    it("a message that is handed back", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      const { ReceiptHandle } = await queue.receiveOne();
      const poll = await queue.poll();

      await queue.changeVisibility(ReceiptHandle, 0);

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("a timeout that is made shorter", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      const { ReceiptHandle } = await queue.receiveOne({ VisibilityTimeout: 600 });
      const poll = await queue.poll();

      await queue.changeVisibility(ReceiptHandle, 2);
      sqs.clock.advance(1999);
      await poll.stillWaits();
      sqs.clock.advance(1001);

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("the end of the queue's delay", async ({ sqs }) => {
      const queue = await createFifo(sqs, { DelaySeconds: "5" });
      const poll = await queue.poll();
      await sendTo(queue, "g", "hello");

      sqs.clock.advance(4999);
      await poll.stillWaits();
      sqs.clock.advance(1001);

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("a change of the delay to nothing", async ({ sqs }) => {
      const queue = await createFifo(sqs, { DelaySeconds: "900" });
      await sendTo(queue, "g", "hello");
      const poll = await queue.poll();

      await queue.set({ DelaySeconds: "0" });
      sqs.clock.advance(1000);

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("the end of a retention period before its own message", async ({ sqs }) => {
      const queue = await createFifo(sqs, { MessageRetentionPeriod: "60" });
      await sendTo(queue, "g", "m1");
      await queue.receiveOne({ VisibilityTimeout: 600 });
      sqs.advanceSeconds(55);
      await sendTo(queue, "g", "m2");

      sqs.advanceSeconds(5);

      expect(bodiesOf(await queue.receive({ WaitTimeSeconds: 20 }))).toEqual(["m2"]);
    });

    it("a message that moves to its dead-letter queue", async ({ sqs }) => {
      const target = await createFifo(sqs);
      const source = await createFifoSourceOf(sqs, target, 1);
      await sendTo(source, "g", "m1", "m2");
      await source.receive({ VisibilityTimeout: 0 });
      const poll = await target.poll();

      expect(bodiesOf(await source.receiveAll())).toEqual(["m2"]);

      expect(theOne(await poll.answer).Body).toBe("m1");
    });

    it("nothing but the end of its wait when it only moves messages [unconfirmed]", async ({
      sqs,
    }) => {
      const target = await createFifo(sqs);
      const source = await createFifoSourceOf(sqs, target, 1);
      await sendTo(source, "g", "m1");
      await source.receive({ VisibilityTimeout: 0 });

      const poll = await source.poll();

      expect(await target.counts()).toEqual({ available: 1, inFlight: 0, delayed: 0 });
      sqs.advanceSeconds(20);
      expect(await poll.answer).toEqual([]);
    });

    it("the deletion of its queue, and answers with nothing", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const poll = await queue.poll();

      await queue.deleteQueue();

      expect(await poll.answer).toEqual([]);
    });
  });

  describe("several receives that wait on a FIFO queue", () => {
    it("share what a batch to several groups brings", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const polls = [await queue.poll(), await queue.poll(), await queue.poll()];

      for (const group of ["a", "b", "c"]) await sendTo(queue, group, group);

      const answers = await Promise.all(polls.map(({ answer }) => answer));
      expect(answers.flatMap(bodiesOf).sort()).toEqual(["a", "b", "c"]);
    });

    it("leave the message to the next when one hangs up", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const first = await queue.poll();
      const second = await queue.poll();
      await first.hangUp();

      await sendTo(queue, "g", "hello");

      expect(theOne(await second.answer).Body).toBe("hello");
    });
  });
}
