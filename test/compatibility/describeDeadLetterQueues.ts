import { describe, expect } from "vitest";
import { refusalOf, refused } from "./refusal.ts";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf, noMessages, receiveTimes } from "./testQueue.ts";

const oneAvailable = { available: 1, inFlight: 0, delayed: 0 };

/** Spec sections 9.1 and 9.2. */
export function describeDeadLetterQueues(it: SqsTest): void {
  describe("a message that was received as often as its queue allows", () => {
    it("moves at the next receive, which does not return it, and not before", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 1);
      await source.send("hello");
      const first = await source.receiveOne();

      sqs.advanceSeconds(30);
      expect(await source.counts()).toEqual(oneAvailable);
      expect(await target.counts()).toEqual(noMessages);
      expect(await source.receive()).toEqual([]);

      expect(await source.counts()).toEqual(noMessages);
      expect(await target.counts()).toEqual(oneAvailable);
      const moved = await target.receiveOne();
      expect(first.Attributes?.ApproximateReceiveCount).toBe("1");
      expect(moved.Attributes?.ApproximateReceiveCount).toBe("2");
    });

    it("is received as often as maxReceiveCount says", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 3);
      await source.send("hello");

      await receiveTimes(source, 3);

      expect(await source.receive()).toEqual([]);
      expect((await target.receiveOne()).Attributes?.ApproximateReceiveCount).toBe("4");
    });

    it("keeps its id, body, attributes, times and sender, and names its source", async ({
      sqs,
    }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 1);
      const { MessageId } = await source.send("Grüße 😀", {
        MessageAttributes: { k: { DataType: "String.x", StringValue: "v" } },
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1" } },
        MessageGroupId: "group",
      });
      const sentMs = sqs.clock.nowMs();
      sqs.advanceSeconds(10);
      await source.receiveOne();
      sqs.advanceSeconds(50);
      await source.receive();
      sqs.advanceSeconds(60);

      const moved = await target.receiveOne({ MessageAttributeNames: ["All"] });

      expect(moved).toMatchObject({
        MessageId,
        Body: "Grüße 😀",
        MessageAttributes: { k: { DataType: "String.x", StringValue: "v" } },
      });
      expect(moved.Attributes).toEqual({
        SenderId: sqs.senderId,
        SentTimestamp: String(sentMs),
        ApproximateReceiveCount: "2",
        ApproximateFirstReceiveTimestamp: String(sentMs + 10_000),
        AWSTraceHeader: "Root=1",
        MessageGroupId: "group",
        DeadLetterQueueSourceArn: source.arn,
      });
    });

    it("does not keep the receive from the messages behind it", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 1);
      await source.send("exhausted");
      await source.receiveOne({ VisibilityTimeout: 0 });
      await source.send("fresh");

      const { Body } = await source.receiveOne();

      expect(Body).toBe("fresh");
      expect((await target.receiveOne()).Body).toBe("exhausted");
    });

    it("moves with all others of its batch that are as far", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 1);
      const bodies = Array.from({ length: 10 }, (_, place) => `message ${place}`);
      await source.sendAll(...bodies);
      await source.receiveAll();
      sqs.advanceSeconds(30);

      expect(await source.receiveAll()).toEqual([]);

      expect(await source.counts()).toEqual(noMessages);
      const moved = await target.receiveAll({ MessageSystemAttributeNames: ["All"] });
      expect(bodiesOf(moved).toSorted()).toEqual(bodies);
      expect(new Set(moved.map(({ Attributes }) => Attributes?.ApproximateReceiveCount))).toEqual(
        new Set(["2"]),
      );
    });

    it("moves alone out of a batch whose others are not as far", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 2);
      await source.sendAll("one", "two", "three");
      const [, second] = await source.receiveAll();
      await source.changeVisibility(second?.ReceiptHandle, 0);
      await source.receive({ VisibilityTimeout: 0 });

      expect(await source.receive()).toEqual([]);

      expect((await target.receiveOne()).Body).toBe("two");
      sqs.advanceSeconds(30);
      expect(bodiesOf(await source.receiveAll())).toEqual(["one", "three"]);
    });

    it("moves whole when it is 1 MiB", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 1);
      const body = "x".repeat(1_048_576);
      await source.send(body);
      await source.receiveOne({ VisibilityTimeout: 0 });

      await source.receive();

      expect((await target.receiveOne()).Body === body).toBe(true);
    });

    it("moves whole when it was large in a batch, and leaves its fellows whole", async ({
      sqs,
    }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 2);
      const [large, other] = ["x".repeat(400_000), "y".repeat(400_000)];
      await source.sendAll(large, other);
      const [first] = await source.receiveAll();
      await source.changeVisibility(first?.ReceiptHandle, 0);
      await source.receive({ VisibilityTimeout: 0 });
      await source.receive();

      const moved = await target.receiveOne();
      await target.delete(moved.ReceiptHandle);
      sqs.advanceSeconds(30);
      const left = await source.receiveOne();

      expect(moved.Body === first?.Body).toBe(true);
      expect(left.Body === (first?.Body === large ? other : large)).toBe(true);
    });

    it("goes by the maxReceiveCount that the queue has now", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 10);
      const policy = (maxReceiveCount: number) =>
        JSON.stringify({ deadLetterTargetArn: target.arn, maxReceiveCount });
      await source.send("hello");
      await receiveTimes(source, 3);

      await source.set({ RedrivePolicy: policy(2) });
      expect(await source.receive()).toEqual([]);

      expect((await target.receiveOne()).Attributes?.ApproximateReceiveCount).toBe("4");
    });

    it("stays when the policy was removed", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 1);
      await source.send("hello");
      await receiveTimes(source, 1);

      await source.set({ RedrivePolicy: "" });

      expect((await source.receiveOne()).Attributes?.ApproximateReceiveCount).toBe("2");
    });

    it("stays, and is received, when the dead-letter queue is gone [unconfirmed]", async ({
      sqs,
    }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 1);
      await source.send("hello");
      await receiveTimes(source, 1);

      await target.deleteQueue();

      const kept = await source.receiveOne();
      expect(kept.Body).toBe("hello");
      await source.delete(kept.ReceiptHandle);
      expect(await source.counts()).toEqual(noMessages);
    });

    it("moves to the queue that now has the name", async ({ sqs }) => {
      const target = await sqs.createQueue({}, "dead");
      const source = await sqs.createSourceOf(target, 1);
      await source.send("hello");
      await target.deleteQueue();
      sqs.advanceSeconds(60);
      const remade = await sqs.createQueue({}, "dead");
      await receiveTimes(source, 1);

      await source.receive();

      expect((await remade.receiveOne()).Body).toBe("hello");
    });
  });

  describe("a dead-letter queue", () => {
    it("may have one of its own, which counts the receives on", async ({ sqs }) => {
      const last = await sqs.createQueue();
      const middle = await sqs.createSourceOf(last, 2);
      const first = await sqs.createSourceOf(middle, 1);
      const { MessageId } = await first.send("hello");

      await receiveTimes(first, 1);
      await first.receive();
      await receiveTimes(middle, 2);
      expect(await middle.receive()).toEqual([]);

      const moved = await last.receiveOne();
      expect(moved.MessageId).toBe(MessageId);
      expect(moved.Attributes).toMatchObject({
        ApproximateReceiveCount: "4",
        DeadLetterQueueSourceArn: middle.arn,
      });
    });

    it("may be the queue itself, which then loses nothing", async ({ sqs }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "0" });
      await queue.set({
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queue.arn, maxReceiveCount: 1 }),
      });
      await queue.send("hello");

      const seen: string[] = [];
      for (let receives = 0; receives < 6; receives += 1) {
        for (const { Body } of await queue.receiveAll()) seen.push(Body ?? "");
      }

      expect(seen.length).toBeGreaterThan(1);
      expect(new Set(seen)).toEqual(new Set(["hello"]));
      expect(await queue.counts()).toEqual(oneAvailable);
    });

    it("takes messages from several queues, each with its own source", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const sources = [await sqs.createSourceOf(target, 1), await sqs.createSourceOf(target, 1)];
      for (const source of sources) {
        await source.send(source.name);
        await receiveTimes(source, 1);
        await source.receive();
      }

      const moved = await target.receiveAll({ MessageSystemAttributeNames: ["All"] });

      expect(
        moved.map(({ Body, Attributes }) => [Body, Attributes?.DeadLetterQueueSourceArn]),
      ).toEqual(sources.map(({ name, arn }) => [name, arn]));
    });

    it("keeps messages from their sending on, not from their move", async ({ sqs }) => {
      const daySeconds = 86_400;
      const target = await sqs.createQueue({ MessageRetentionPeriod: String(4 * daySeconds) });
      const source = await sqs.createSourceOf(target, 1, {
        MessageRetentionPeriod: String(14 * daySeconds),
      });
      await source.send("hello");
      await receiveTimes(source, 1);
      sqs.advanceSeconds(daySeconds);
      await source.receive();

      sqs.clock.advance(3 * daySeconds * 1000 - 1);
      expect(await target.receive({ VisibilityTimeout: 0 })).toHaveLength(1);
      sqs.clock.advance(1);
      expect(await target.receive()).toEqual([]);
      expect(await target.counts()).toEqual(noMessages);
    });

    it("does not know the handles of the source, and the source deletes nothing by them", async ({
      sqs,
    }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 1);
      await source.send("hello");
      const { ReceiptHandle } = await source.receiveOne({ VisibilityTimeout: 0 });
      await source.receive();

      await source.delete(ReceiptHandle);

      expect(await refusalOf(target.delete(ReceiptHandle))).toEqual(
        refused(
          "ReceiptHandleIsInvalid",
          `The receipt handle "${ReceiptHandle}" is not valid for this queue.`,
        ),
      );
      expect((await target.receiveOne()).Body).toBe("hello");
    });

    it("lets its messages be deleted and hidden like any others", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 1);
      await source.send("hello");
      await receiveTimes(source, 1);
      await source.receive();
      const { ReceiptHandle } = await target.receiveOne();

      await target.changeVisibility(ReceiptHandle, 100);
      expect(await target.counts()).toEqual({ available: 0, inFlight: 1, delayed: 0 });
      await target.delete(ReceiptHandle);

      expect(await target.counts()).toEqual(noMessages);
    });
  });
}
