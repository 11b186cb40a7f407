import { describe, expect } from "vitest";
import { refusalOf } from "./refusal.ts";
import type { Sqs, SqsTest } from "./sqsTest.ts";
import { bodiesOf } from "./testQueue.ts";

/** Stops a server, and starts the next on the same table. */
async function restart(sqs: Sqs): Promise<Sqs> {
  await sqs.stop();
  return await sqs.startAnother();
}

/** Spec section 10: what is stored goes on from stored deadlines. */
export function describeRestart(it: SqsTest): void {
  describe("a server that is started again", () => {
    it("finds its queues as they were", async ({ sqs }) => {
      const dead = await sqs.createQueue({}, "dead");
      const { url } = await sqs.createSourceOf(dead, 3, { VisibilityTimeout: "7" });
      await sqs.client.tagQueue({ QueueUrl: url, Tags: { team: "a" } });
      const before = await sqs.queueAt(url).attributes("All");

      const again = await restart(sqs);

      expect(await again.queueAt(url).attributes("All")).toEqual(before);
      expect((await again.client.listQueueTags({ QueueUrl: url })).Tags).toEqual({ team: "a" });
    });

    it("goes on with messages that are available, in flight and delayed", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("in flight");
      await queue.receiveOne();
      await queue.send("available");
      await queue.send("delayed", { DelaySeconds: 10 });
      sqs.advanceSeconds(5);

      const again = (await restart(sqs)).queueAt(queue.url);

      expect(await again.counts()).toEqual({ available: 1, inFlight: 1, delayed: 1 });
      expect(bodiesOf(await again.receiveAll({ VisibilityTimeout: 100 }))).toEqual(["available"]);
      sqs.advanceSeconds(5);
      expect(bodiesOf(await again.receiveAll({ VisibilityTimeout: 100 }))).toEqual(["delayed"]);
      sqs.advanceSeconds(20);
      const { Body, Attributes } = await again.receiveOne();
      expect(Body).toBe("in flight");
      expect(Attributes?.ApproximateReceiveCount).toBe("2");
    });

    it("knows the handles that it gave before", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.sendAll("delete", "release");
      const [first, second] = await queue.receiveAll();

      const again = (await restart(sqs)).queueAt(queue.url);
      await again.delete(first?.ReceiptHandle);
      await again.changeVisibility(second?.ReceiptHandle, 0);

      expect(bodiesOf(await again.receiveAll())).toEqual(["release"]);
      sqs.advanceSeconds(60);
      expect(await again.counts()).toEqual({ available: 1, inFlight: 0, delayed: 0 });
    });

    it("keeps to the two rules of 60 seconds", async ({ sqs }) => {
      const purged = await sqs.createQueue({}, "purged");
      const deleted = await sqs.createQueue({}, "deleted");
      await purged.purge();
      await deleted.deleteQueue();

      const again = await restart(sqs);

      expect((await refusalOf(again.queueAt(purged.url).purge())).status).toBe(403);
      expect((await refusalOf(again.createQueue({}, "deleted"))).code).toBe(
        "AWS.SimpleQueueService.QueueDeletedRecently",
      );
      sqs.advanceSeconds(60);
      await again.queueAt(purged.url).purge();
      await again.createQueue({}, "deleted");
    });

    it("lets a waiting receive end with nothing when it is stopped", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const poll = await queue.poll();

      await sqs.stop();

      expect(await poll.answer).toEqual([]);
    });
  });
}
