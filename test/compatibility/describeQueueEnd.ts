import { describe, expect } from "vitest";
import { noSuchQueue, refusalOf, refused } from "./refusal.ts";
import type { SqsTest } from "./sqsTest.ts";
import { noMessages } from "./testQueue.ts";

const deletedRecently = refused(
  "QueueDeletedRecently",
  "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
);

/** Spec sections 3.3 and 3.9: deleting and purging. */
export function describeQueueEnd(it: SqsTest): void {
  describe("DeleteQueue", () => {
    it("deletes a queue together with its messages", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");

      await queue.deleteQueue();

      expect(await refusalOf(queue.receive())).toEqual(noSuchQueue);
      expect(await refusalOf(queue.send("more"))).toEqual(noSuchQueue);
      expect(await refusalOf(queue.deleteQueue())).toEqual(noSuchQueue);
    });

    it("bars the name for 60 seconds", async ({ sqs }) => {
      const queue = await sqs.createQueue({}, "orders");
      await queue.deleteQueue();

      expect(await refusalOf(sqs.createQueue({}, "orders"))).toEqual(deletedRecently);
      sqs.clock.advance(59_999);
      expect(await refusalOf(sqs.createQueue({}, "orders"))).toEqual(deletedRecently);
      sqs.clock.advance(1);
      expect((await sqs.createQueue({}, "orders")).url).toBe(queue.url);
    });

    it("leaves nothing to the next queue of that name", async ({ sqs }) => {
      const old = await sqs.createQueue({ VisibilityTimeout: "5", DelaySeconds: "1" }, "orders");
      await sqs.client.tagQueue({ QueueUrl: old.url, Tags: { a: "b" } });
      await old.sendAll("one", "two");
      await old.deleteQueue();
      sqs.advanceSeconds(60);

      const queue = await sqs.createQueue({}, "orders");

      expect(await queue.counts()).toEqual(noMessages);
      expect(await queue.receiveAll()).toEqual([]);
      expect(await queue.attributes("VisibilityTimeout", "DelaySeconds")).toEqual({
        VisibilityTimeout: "30",
        DelaySeconds: "0",
      });
      expect((await sqs.client.listQueueTags({ QueueUrl: queue.url })).Tags).toBeUndefined();
    });

    it("bars the name anew after each deletion", async ({ sqs }) => {
      const first = await sqs.createQueue({}, "orders");
      await first.deleteQueue();
      sqs.advanceSeconds(60);
      const second = await sqs.createQueue({}, "orders");

      await second.deleteQueue();

      sqs.advanceSeconds(59);
      expect(await refusalOf(sqs.createQueue({}, "orders"))).toEqual(deletedRecently);
      sqs.advanceSeconds(1);
      await sqs.createQueue({}, "orders");
    });
  });

  describe("PurgeQueue", () => {
    it("removes what is available, what is in flight and what is delayed", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("in flight");
      await queue.receiveOne();
      await queue.send("available");
      await queue.send("delayed", { DelaySeconds: 5 });
      expect(await queue.counts()).toEqual({ available: 1, inFlight: 1, delayed: 1 });

      await queue.purge();

      expect(await queue.counts()).toEqual(noMessages);
      sqs.advanceSeconds(60);
      expect(await queue.receiveAll()).toEqual([]);
    });

    it("keeps what is sent after it", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("before");
      await queue.purge();

      await queue.send("after");

      expect((await queue.receiveOne()).Body).toBe("after");
    });

    it("is allowed every 60 seconds", async ({ sqs }) => {
      const queue = await sqs.createQueue({}, "orders");
      const inProgress = refused(
        "PurgeQueueInProgress",
        "Only one PurgeQueue operation on orders is allowed every 60 seconds.",
      );
      await queue.purge();

      expect(await refusalOf(queue.purge())).toEqual(inProgress);
      sqs.clock.advance(59_999);
      expect(await refusalOf(queue.purge())).toEqual(inProgress);
      sqs.clock.advance(1);
      await queue.purge();
    });

    it("does not bar another queue", async ({ sqs }) => {
      const one = await sqs.createQueue();
      const other = await sqs.createQueue();
      await one.purge();
      await other.send("hello");

      await other.purge();

      expect(await other.receive()).toEqual([]);
    });

    it("is not a change of attributes", async ({ sqs }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "5" });
      sqs.advanceSeconds(100);

      await queue.purge();

      const attributes = await queue.attributes("All");
      expect(attributes.VisibilityTimeout).toBe("5");
      expect(attributes.LastModifiedTimestamp).toBe(attributes.CreatedTimestamp);
    });
  });
}
