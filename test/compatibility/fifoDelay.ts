import { describe, expect } from "vitest";
import { createFifo, sendTo, to } from "./fifoQueue.ts";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf, noMessages } from "./testQueue.ts";

/** Spec sections 6.2 and 7.5; retention in FIFO queues. */
export function describeFifoDelay(it: SqsTest): void {
  describe("the delay of a FIFO queue", () => {
    it("holds for every message, a delay of 0 of its own notwithstanding", async ({ sqs }) => {
      const queue = await createFifo(sqs, { DelaySeconds: "5" });
      await queue.send("hello", { ...to("g"), DelaySeconds: 0 });

      sqs.clock.advance(4999);
      expect(await queue.receive()).toEqual([]);
      expect(await queue.counts()).toEqual({ available: 0, inFlight: 0, delayed: 1 });
      sqs.clock.advance(1);

      expect(await queue.counts()).toEqual({ available: 1, inFlight: 0, delayed: 0 });
      expect(bodiesOf(await queue.receive())).toEqual(["hello"]);
    });

    it("holds back what was sent later and not what was sent before", async ({ sqs }) => {
      const queue = await createFifo(sqs, { DelaySeconds: "5" });
      await sendTo(queue, "g", "one");
      sqs.advanceSeconds(3);
      await sendTo(queue, "g", "two");

      sqs.advanceSeconds(2);
      expect(bodiesOf(await queue.receiveAll())).toEqual(["one"]);
      sqs.advanceSeconds(3);
      expect(await queue.receiveAll()).toEqual([]);
    });

    it.for([
      ["longer", "0", "10"],
      ["shorter", "900", "10"],
    ] as const)(
      "holds for stored messages when it becomes %s",
      async ([, before, after], { sqs }) => {
        const queue = await createFifo(sqs, { DelaySeconds: before });
        await sendTo(queue, "g", "hello");

        await queue.set({ DelaySeconds: after });

        sqs.clock.advance(9999);
        expect(await queue.receive()).toEqual([]);
        sqs.clock.advance(1);
        expect(await queue.receive()).toHaveLength(1);
      },
    );

    it("ends at once for stored messages when it is taken away", async ({ sqs }) => {
      const queue = await createFifo(sqs, { DelaySeconds: "900" });
      await sendTo(queue, "g", "hello");
      expect(await queue.receive()).toEqual([]);

      await queue.set({ DelaySeconds: "0" });

      expect(await queue.receive()).toHaveLength(1);
    });

    it("is over for a message that was received", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      await queue.receive({ VisibilityTimeout: 0 });

      await queue.set({ DelaySeconds: "900" });

      expect(await queue.receive()).toHaveLength(1);
    });
  });

  describe("the retention period of a FIFO queue", () => {
    it("ends a message in any state, and the next one of its group comes", async ({ sqs }) => {
      const queue = await createFifo(sqs, { MessageRetentionPeriod: "60" });
      await sendTo(queue, "g", "one");
      await queue.receiveOne({ VisibilityTimeout: 600 });
      sqs.advanceSeconds(30);
      await sendTo(queue, "g", "two");

      sqs.clock.advance(29_999);
      expect(await queue.receive()).toEqual([]);
      sqs.clock.advance(1);

      expect(await queue.counts()).toEqual({ available: 1, inFlight: 0, delayed: 0 });
      expect(bodiesOf(await queue.receiveAll())).toEqual(["two"]);
    });

    it("ends a whole group, which goes on with what is sent then", async ({ sqs }) => {
      const queue = await createFifo(sqs, { MessageRetentionPeriod: "60" });
      for (let place = 0; place < 45; place += 1) await sendTo(queue, "g", `old ${place}`);
      sqs.advanceSeconds(60);

      expect(await queue.counts()).toEqual(noMessages);
      expect(await queue.receiveAll()).toEqual([]);
      await sendTo(queue, "g", "new");

      expect(bodiesOf(await queue.receiveAll())).toEqual(["new"]);
    });

    it("answers 200 to the deletion of a message that it ended [unconfirmed]", async ({ sqs }) => {
      const queue = await createFifo(sqs, { MessageRetentionPeriod: "60" });
      await sendTo(queue, "g", "hello");
      const { ReceiptHandle } = await queue.receiveOne({ VisibilityTimeout: 600 });
      sqs.advanceSeconds(60);

      await queue.delete(ReceiptHandle);

      expect(await queue.receive()).toEqual([]);
    });
  });
}
