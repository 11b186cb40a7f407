import { describe, expect } from "vitest";
import { createFifo, createFifoSourceOf, handleOf, sendTo, to } from "./fifoQueue.ts";
import { invalidValue, refusalOf, refused } from "./refusal.ts";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf } from "./testQueue.ts";

/** Spec section 13, "FIFO", each by its number and with what the real service does. */
export function describeFifoTraps(it: SqsTest): void {
  describe("of what others get wrong with FIFO queues,", () => {
    it("13.28 a purge leaves no lock and no deduplication history", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2");
      await queue.receive();

      await queue.purge();

      await sendTo(queue, "g", "m1");
      expect(bodiesOf(await queue.receiveAll())).toEqual(["m1"]);
    });

    it("13.37 expired handles are refused, extended ones are not", async ({ sqs }) => {
      const queue = await createFifo(sqs, { VisibilityTimeout: "2" });
      await sendTo(queue, "a", "a1");
      await sendTo(queue, "b", "b1");
      const [expired, extended] = await queue.receiveAll();
      await queue.changeVisibility(handleOf(extended), 60);
      sqs.advanceSeconds(3);

      expect((await refusalOf(queue.delete(handleOf(expired)))).message).toContain("has expired");
      await queue.delete(handleOf(extended));

      expect(await queue.counts()).toEqual({ available: 1, inFlight: 0, delayed: 0 });
    });

    it("13.44 a receive is repeated under its attempt id", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2");
      const attempt = { ReceiveRequestAttemptId: "attempt" };
      const [first] = await queue.receive(attempt);

      const [again] = await queue.receive(attempt);

      expect(again?.ReceiptHandle).toBe(first?.ReceiptHandle);
    });

    it("13.45 later messages of a group wait while an earlier one is invisible", async ({
      sqs,
    }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2", "m3");

      const first = await queue.receive();

      expect(bodiesOf(first)).toEqual(["m1"]);
      expect(await queue.receiveAll()).toEqual([]);
    });

    it("13.46 a new send does not unlock the group", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1");
      await queue.receive();

      await sendTo(queue, "g", "m2");

      expect(await queue.receiveAll()).toEqual([]);
    });

    it("13.47 no group is lost or stuck after an empty receive", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2");
      const { ReceiptHandle } = await queue.receiveOne();
      for (let receives = 0; receives < 3; receives += 1) {
        expect(await queue.receiveAll()).toEqual([]);
      }

      await queue.delete(ReceiptHandle);

      expect(bodiesOf(await queue.receiveAll())).toEqual(["m2"]);
    });

    it("13.48 order holds after messages became visible again", async ({ sqs }) => {
      const queue = await createFifo(sqs, { VisibilityTimeout: "5" });
      await sendTo(queue, "g", "m1", "m2", "m3", "m4");
      const [m1, m2] = await queue.receive({ MaxNumberOfMessages: 2 });
      await queue.changeVisibility(handleOf(m2), 0);
      await queue.changeVisibility(handleOf(m1), 0);

      const again = await queue.receive({ MaxNumberOfMessages: 3 });
      sqs.advanceSeconds(5);
      const all = await queue.receiveAll();

      expect(bodiesOf(again)).toEqual(["m1", "m2", "m3"]);
      expect(bodiesOf(all)).toEqual(["m1", "m2", "m3", "m4"]);
    });

    it("13.49 deduplication outlives the message", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const first = await queue.send("hello", to("g"));
      await queue.delete((await queue.receiveOne()).ReceiptHandle);

      const second = await queue.send("hello", to("g"));

      expect(second.MessageId).toBe(first.MessageId);
      expect(await queue.receive()).toEqual([]);
    });

    it("13.50 deduplication is by queue, or by group as its scope alone says", async ({ sqs }) => {
      const byQueue = await createFifo(sqs);
      const byGroup = await createFifo(sqs, { DeduplicationScope: "messageGroup" });
      for (const queue of [byQueue, byGroup]) {
        await sendTo(queue, "a", "same");
        await sendTo(queue, "b", "same");
      }

      expect(await byQueue.receiveAll()).toHaveLength(1);
      expect(await byGroup.receiveAll()).toHaveLength(2);
    });

    it("13.51 sequence numbers have twenty digits everywhere, and are the same", async ({
      sqs,
    }) => {
      const queue = await createFifo(sqs);
      const { SequenceNumber } = await queue.send("one", to("g"));
      const { Successful = [] } = await queue.sendBatch([
        { Id: "0", MessageBody: "two", MessageGroupId: "g" },
      ]);

      const messages = await queue.receiveAll({ MessageSystemAttributeNames: ["SequenceNumber"] });

      const numbers = messages.map(({ Attributes }) => Attributes?.SequenceNumber);
      expect(numbers).toEqual([SequenceNumber, Successful[0]?.SequenceNumber]);
      for (const number of numbers) expect(number).toMatch(/^\d{20}$/);
    });

    it("13.52 a delay of 0 is accepted, and overrides nothing", async ({ sqs }) => {
      const queue = await createFifo(sqs, { DelaySeconds: "10" });

      await queue.send("hello", { ...to("g"), DelaySeconds: 0 });

      expect(await queue.receive()).toEqual([]);
      sqs.advanceSeconds(10);
      expect(await queue.receive()).toHaveLength(1);
    });

    it("13.53 FifoQueue of false makes no queue", async ({ sqs }) => {
      expect(await refusalOf(sqs.createQueue({ FifoQueue: "false" }, "standard"))).toEqual(
        refused("InvalidAttributeName", "Unknown Attribute FifoQueue."),
      );
    });

    it("13.54 a group id is kept on a standard queue, and an empty one is refused", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello", { MessageGroupId: "g" });

      const { Attributes } = await queue.receiveOne();

      expect(Attributes?.MessageGroupId).toBe("g");
      expect(await refusalOf(queue.send("hello", { MessageGroupId: "" }))).toEqual(
        invalidValue(
          "MessageGroupId",
          "",
          "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        ),
      );
    });

    it("13.57 a move is not deduplicated away, keeps its group, leaves none locked", async ({
      sqs,
    }) => {
      const target = await createFifo(sqs);
      const source = await createFifoSourceOf(sqs, target, 1, {
        DeduplicationScope: "messageGroup",
      });
      for (const group of ["a", "b"]) await sendTo(source, group, "same", `${group}2`);
      await source.receive({ VisibilityTimeout: 0 });
      await source.receive({ VisibilityTimeout: 0 });

      const left = bodiesOf(await source.receiveAll());
      const moved = await target.receiveAll({ MessageSystemAttributeNames: ["MessageGroupId"] });

      expect([...left].sort()).toEqual(["a2", "b2"]);
      expect(moved.map(({ Attributes }) => Attributes?.MessageGroupId).sort()).toEqual(["a", "b"]);
      expect(bodiesOf(moved)).toEqual(["same", "same"]);
    });
  });
}
