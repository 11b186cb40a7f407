import { describe, expect } from "vitest";
import { createFifo, createFifoSourceOf, sendTo, to } from "./fifoQueue.ts";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf, noMessages, receiveTimes } from "./testQueue.ts";

/** Spec sections 9.1 to 9.3. */
export function describeFifoDeadLetters(it: SqsTest): void {
  describe("a message of a FIFO queue that was received too often", () => {
    it("moves at the next receive, with its group, under its message id", async ({ sqs }) => {
      const target = await createFifo(sqs);
      const source = await createFifoSourceOf(sqs, target, 1);
      const sentMs = sqs.clock.nowMs();
      const { MessageId, SequenceNumber } = await source.send("hello", {
        ...to("g", "id"),
        MessageAttributes: { k: { DataType: "String", StringValue: "v" } },
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1" } },
      });
      sqs.advanceSeconds(10);
      await source.receiveOne();
      sqs.advanceSeconds(50);

      expect(await source.counts()).toEqual({ available: 1, inFlight: 0, delayed: 0 });
      expect(await source.receive()).toEqual([]);

      expect(await source.counts()).toEqual(noMessages);
      expect(await target.counts()).toEqual({ available: 1, inFlight: 0, delayed: 0 });
      const moved = await target.receiveOne({ MessageAttributeNames: ["All"] });
      expect(moved).toMatchObject({
        MessageId,
        Body: "hello",
        MessageAttributes: { k: { DataType: "String", StringValue: "v" } },
      });
      expect(moved.Attributes).toEqual({
        SenderId: sqs.senderId,
        SentTimestamp: String(sentMs),
        ApproximateReceiveCount: "2",
        ApproximateFirstReceiveTimestamp: String(sentMs + 10_000),
        AWSTraceHeader: "Root=1",
        MessageGroupId: "g",
        MessageDeduplicationId: MessageId,
        DeadLetterQueueSourceArn: source.arn,
        SequenceNumber: expect.stringMatching(/^\d{20}$/),
      });
      expect(BigInt(moved.Attributes?.SequenceNumber ?? "")).toBeGreaterThan(
        BigInt(SequenceNumber ?? ""),
      );
    });

    it("keeps a large body", async ({ sqs }) => {
      const target = await createFifo(sqs);
      const source = await createFifoSourceOf(sqs, target, 1);
      const body = "large ".repeat(20_000);
      await sendTo(source, "g", body);
      await receiveTimes(source, 1);
      await source.receive();

      expect((await target.receiveOne()).Body === body).toBe(true);
    });

    it("is never taken for a duplicate there", async ({ sqs }) => {
      const target = await createFifo(sqs);
      const source = await createFifoSourceOf(sqs, target, 1, {
        DeduplicationScope: "messageGroup",
      });
      await sendTo(target, "t", "same");
      await sendTo(source, "a", "same");
      await sendTo(source, "b", "same");
      await receiveTimes(source, 1);

      expect(await source.receiveAll()).toEqual([]);

      const messages = await target.receiveAll({ MessageSystemAttributeNames: ["All"] });
      const groups = messages.map(({ Attributes }) => Attributes?.MessageGroupId);
      expect(groups.sort()).toEqual(["a", "b", "t"]);
    });

    it("is behind those of its group that came there before", async ({ sqs }) => {
      const target = await createFifo(sqs);
      const source = await createFifoSourceOf(sqs, target, 1);
      await sendTo(target, "g", "before");
      await sendTo(source, "g", "m1", "m2", "m3");
      await receiveTimes(source, 1);

      expect(await source.receiveAll()).toEqual([]);

      expect(bodiesOf(await target.receiveAll())).toEqual(["before", "m1", "m2", "m3"]);
    });

    it("lets go of its group, and does not lock the other", async ({ sqs }) => {
      const target = await createFifo(sqs);
      const source = await createFifoSourceOf(sqs, target, 2);
      await sendTo(source, "g", "m1");
      await receiveTimes(source, 2);
      await sendTo(source, "g", "m2");

      expect(bodiesOf(await source.receiveAll())).toEqual(["m2"]);
      expect(bodiesOf(await target.receiveAll())).toEqual(["m1"]);
    });

    it("is the only one to move when others were received less often", async ({ sqs }) => {
      const target = await createFifo(sqs);
      const source = await createFifoSourceOf(sqs, target, 2);
      await sendTo(source, "g", "m1", "m2");
      await source.receive({ VisibilityTimeout: 0 });
      await receiveTimes(source, 1);

      expect(bodiesOf(await source.receiveAll())).toEqual(["m2"]);
      expect(bodiesOf(await target.receiveAll())).toEqual(["m1"]);
    });

    it("does not wait for the delay of the queue that it comes to", async ({ sqs }) => {
      const target = await createFifo(sqs, { DelaySeconds: "900" });
      const source = await createFifoSourceOf(sqs, target, 1);
      await sendTo(source, "g", "hello");
      await receiveTimes(source, 1);
      await source.receive();

      expect(await target.receive()).toHaveLength(1);
    });

    it("is kept for a whole retention period from then on", async ({ sqs }) => {
      const target = await createFifo(sqs, { MessageRetentionPeriod: "100" });
      const source = await createFifoSourceOf(sqs, target, 1, { MessageRetentionPeriod: "100" });
      await sendTo(source, "g", "hello");
      await receiveTimes(source, 1);
      sqs.advanceSeconds(90);
      await source.receive();

      sqs.clock.advance(99_999);
      expect(await target.counts()).toEqual({ available: 1, inFlight: 0, delayed: 0 });
      sqs.clock.advance(1);
      expect(await target.counts()).toEqual(noMessages);
    });

    it("stays while there is no such queue [unconfirmed]", async ({ sqs }) => {
      const target = await createFifo(sqs);
      const source = await createFifoSourceOf(sqs, target, 1);
      await sendTo(source, "g", "m1", "m2");
      await target.deleteQueue();

      await receiveTimes(source, 3);

      expect(bodiesOf(await source.receiveAll())).toEqual(["m1", "m2"]);
    });

    it("may go on to a third queue", async ({ sqs }) => {
      const last = await createFifo(sqs);
      const middle = await createFifoSourceOf(sqs, last, 2);
      const source = await createFifoSourceOf(sqs, middle, 1);
      await sendTo(source, "g", "hello");
      await receiveTimes(source, 1);
      expect(await source.receive()).toEqual([]);
      await receiveTimes(middle, 2);

      expect(await middle.receive()).toEqual([]);

      const { Attributes } = await last.receiveOne();
      expect(Attributes).toMatchObject({
        ApproximateReceiveCount: "4",
        DeadLetterQueueSourceArn: middle.arn,
      });
    });

    it("goes to the end of its own group where the queue is its own target", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const policy = JSON.stringify({ deadLetterTargetArn: queue.arn, maxReceiveCount: 1 });
      await queue.set({ RedrivePolicy: policy });
      await sendTo(queue, "g", "m1", "m2");
      await queue.receive({ VisibilityTimeout: 0 });

      const first = await queue.receiveAll({ VisibilityTimeout: 0 });
      const second = await queue.receiveAll();

      expect(bodiesOf(first)).toEqual(["m2"]);
      expect(bodiesOf(second)).toEqual(["m1"]);
    });

    it("goes to its own group anew where it is alone in it", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const policy = JSON.stringify({ deadLetterTargetArn: queue.arn, maxReceiveCount: 1 });
      await queue.set({ RedrivePolicy: policy });
      await sendTo(queue, "g", "m1");
      await queue.receive({ VisibilityTimeout: 0 });
      expect(await queue.receive()).toEqual([]);

      const { Attributes } = await queue.receiveOne();

      expect(Attributes?.ApproximateReceiveCount).toBe("2");
      expect(Attributes?.DeadLetterQueueSourceArn).toBe(queue.arn);
    });

    it("moves a whole long group, in order", { timeout: 60_000 }, async ({ sqs }) => {
      const target = await createFifo(sqs);
      const source = await createFifoSourceOf(sqs, target, 1);
      const bodies = Array.from({ length: 36 }, (_, place) => `m${place}`);
      await sendTo(source, "g", ...bodies);

      for (let looks = 0; looks < 40; looks += 1) {
        await source.receiveAll({ VisibilityTimeout: 0 });
        if ((await target.counts()).available === 36) break;
      }

      const moved: (string | undefined)[] = [];
      while (moved.length < 36) {
        const messages = await target.receiveAll();
        expect(messages).not.toEqual([]);
        moved.push(...bodiesOf(messages));
        for (const { ReceiptHandle } of messages) await target.delete(ReceiptHandle);
      }
      expect(moved).toEqual(bodies);
    });
  });
}
