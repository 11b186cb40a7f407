import { describe, expect } from "vitest";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf, noMessages } from "./testQueue.ts";

/** Spec section 6.1. */
export function describeRetention(it: SqsTest): void {
  describe("the retention period", () => {
    it("is four days by default", async ({ sqs }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "0" });
      await queue.send("hello");

      sqs.clock.advance(345_600_000 - 1);
      await queue.receiveOne();
      sqs.clock.advance(1);
      expect(await queue.receive()).toEqual([]);
      expect(await queue.counts()).toEqual(noMessages);
    });

    it("may be 14 days", async ({ sqs }) => {
      const queue = await sqs.createQueue({ MessageRetentionPeriod: "1209600" });
      await queue.send("hello");

      sqs.clock.advance(1_209_600_000 - 1);
      expect(await queue.receive()).toHaveLength(1);
      sqs.clock.advance(1);
      expect(await queue.counts()).toEqual(noMessages);
    });

    it("runs from the sending of each message, not from the queue's creation", async ({ sqs }) => {
      const queue = await sqs.createQueue({ MessageRetentionPeriod: "60", VisibilityTimeout: "0" });
      sqs.advanceSeconds(50);
      await queue.send("first");
      sqs.advanceSeconds(30);
      await queue.send("second");

      sqs.advanceSeconds(29);
      expect(bodiesOf(await queue.receiveAll())).toEqual(["first", "second"]);
      sqs.advanceSeconds(1);
      expect(bodiesOf(await queue.receiveAll())).toEqual(["second"]);
    });

    it("removes a message in flight", async ({ sqs }) => {
      const queue = await sqs.createQueue({
        MessageRetentionPeriod: "60",
        VisibilityTimeout: "100",
      });
      await queue.send("hello");
      await queue.receiveOne();

      sqs.advanceSeconds(60);

      expect(await queue.counts()).toEqual(noMessages);
    });

    it("removes a delayed message", async ({ sqs }) => {
      const queue = await sqs.createQueue({ MessageRetentionPeriod: "60" });
      await queue.send("hello", { DelaySeconds: 100 });

      sqs.advanceSeconds(60);

      expect(await queue.counts()).toEqual(noMessages);
      sqs.advanceSeconds(40);
      expect(await queue.receive()).toEqual([]);
    });

    it("runs on through a delay", async ({ sqs }) => {
      const queue = await sqs.createQueue({ MessageRetentionPeriod: "60" });
      await queue.send("hello", { DelaySeconds: 50 });

      sqs.advanceSeconds(59);
      expect(await queue.receive({ VisibilityTimeout: 0 })).toHaveLength(1);
      sqs.advanceSeconds(1);
      expect(await queue.receive()).toEqual([]);
    });

    it("removes stored messages when it is shortened, at once", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      sqs.advanceSeconds(61);

      await queue.set({ MessageRetentionPeriod: "60" });

      expect(await queue.receive()).toEqual([]);
      expect(await queue.counts()).toEqual(noMessages);
    });

    it("keeps stored messages longer when it is lengthened", async ({ sqs }) => {
      const queue = await sqs.createQueue({ MessageRetentionPeriod: "60" });
      await queue.send("hello");
      sqs.advanceSeconds(59);

      await queue.set({ MessageRetentionPeriod: "120" });

      sqs.advanceSeconds(60);
      expect(await queue.receive({ VisibilityTimeout: 0 })).toHaveLength(1);
      sqs.advanceSeconds(1);
      expect(await queue.receive()).toEqual([]);
    });
  });

  describe("the counters", () => {
    it("are exact through the life of messages", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const seen: (readonly number[])[] = [];
      const look = async () => {
        const { available, inFlight, delayed } = await queue.counts();
        seen.push([available, inFlight, delayed]);
      };

      await queue.sendAll("a", "b", "c", "d", "e");
      await queue.send("later", { DelaySeconds: 40 });
      await look();
      const [first, second] = await queue.receive({ MaxNumberOfMessages: 2 });
      await look();
      await queue.delete(first?.ReceiptHandle);
      await look();
      await queue.changeVisibility(second?.ReceiptHandle, 0);
      await look();
      await queue.receive({ MaxNumberOfMessages: 3 });
      await look();
      sqs.advanceSeconds(30);
      await look();
      sqs.advanceSeconds(10);
      await look();

      expect(seen).toEqual([
        [5, 0, 1],
        [3, 2, 1],
        [3, 1, 1],
        [4, 0, 1],
        [1, 3, 1],
        [4, 0, 1],
        [5, 0, 0],
      ]);
    });

    it("count what was sent alone and in batches, beyond one page", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const ten = Array.from({ length: 10 }, (_, place) => `message ${place}`);

      await Promise.all(Array.from({ length: 30 }, () => queue.sendAll(...ten)));
      await Promise.all(Array.from({ length: 25 }, () => queue.send("alone")));

      expect(await queue.counts()).toEqual({ available: 325, inFlight: 0, delayed: 0 });
    });
  });
}
