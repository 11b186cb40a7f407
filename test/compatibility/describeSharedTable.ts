import { describe, expect } from "vitest";
import { noSuchQueue, refusalOf } from "./refusal.ts";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf, noMessages, theOne } from "./testQueue.ts";

/** For how long a server may believe what it has read of a queue that others may change. */
const beliefSeconds = 2;
/** And in a receive that has waited. */
const waitingBeliefSeconds = 5;

/** Several servers on one table, as several instances of a function are. */
export function describeSharedTable(it: SqsTest): void {
  describe("of two servers on one table", () => {
    it("each sees what the other sends, hides and deletes", async ({ sqs }) => {
      const here = await sqs.createQueue();
      const there = (await sqs.startAnother()).queueAt(here.url);
      await here.send("hello");

      const { ReceiptHandle, Body } = await there.receiveOne();

      expect(Body).toBe("hello");
      expect(await here.receive()).toEqual([]);
      await here.changeVisibility(ReceiptHandle, 0);
      const again = await there.receiveOne();
      await here.delete(again.ReceiptHandle);
      expect(await there.counts()).toEqual(noMessages);
    });

    it("each gives a message to one caller only", async ({ sqs }) => {
      const here = await sqs.createQueue();
      const there = (await sqs.startAnother()).queueAt(here.url);
      const bodies = Array.from({ length: 40 }, (_, place) => `message ${place}`);
      for (let from = 0; from < 40; from += 10) {
        await here.sendAll(...bodies.slice(from, from + 10));
      }

      const seen = await Promise.all(
        Array.from({ length: 20 }, (_, place) =>
          (place % 2 === 0 ? here : there).receive({ MaxNumberOfMessages: 3 }),
        ),
      );
      // Those who lost a race came back with less; nobody else is after the rest now.
      for (let looks = 0; looks < 20; looks += 1) seen.push(await here.receiveAll());

      expect(bodiesOf(seen.flat()).toSorted()).toEqual(bodies.toSorted());
    });

    it("one wakes within a second for what the other is sent", async ({ sqs }) => {
      const here = await sqs.createQueue();
      const poll = await (await sqs.startAnother()).queueAt(here.url).poll();

      await here.send("hello");
      sqs.advanceSeconds(1);

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("one learns within two seconds that the other changed a queue", async ({ sqs }) => {
      const here = await sqs.createQueue({ VisibilityTimeout: "5" });
      const there = (await sqs.startAnother()).queueAt(here.url);
      expect(await there.attributes("VisibilityTimeout")).toEqual({ VisibilityTimeout: "5" });

      await here.set({ VisibilityTimeout: "6" });
      sqs.advanceSeconds(beliefSeconds);

      expect(await there.attributes("VisibilityTimeout")).toEqual({ VisibilityTimeout: "6" });
    });

    it("one learns within two seconds that the other deleted a queue", async ({ sqs }) => {
      const here = await sqs.createQueue();
      const there = (await sqs.startAnother()).queueAt(here.url);
      await there.send("hello");
      await here.deleteQueue();

      sqs.advanceSeconds(beliefSeconds);

      expect(await refusalOf(there.receive())).toEqual(noSuchQueue);
    });

    it("one ends a waiting receive when it learns that the other deleted its queue", async ({
      sqs,
    }) => {
      const here = await sqs.createQueue();
      const poll = await (await sqs.startAnother()).queueAt(here.url).poll();
      await here.deleteQueue();

      sqs.advanceSeconds(waitingBeliefSeconds);

      expect(await poll.answer).toEqual([]);
    });

    it("one finds at once a queue that the other made", async ({ sqs }) => {
      const other = await sqs.startAnother();
      expect(await refusalOf(other.client.getQueueUrl({ QueueName: "new" }))).toEqual(noSuchQueue);

      await sqs.createQueue({}, "new");

      await other.client.getQueueUrl({ QueueName: "new" });
    });

    it("both may not purge within 60 seconds, nor make a name anew", async ({ sqs }) => {
      const here = await sqs.createQueue({}, "orders");
      const other = await sqs.startAnother();
      await here.purge();

      expect((await refusalOf(other.queueAt(here.url).purge())).status).toBe(403);
      await here.deleteQueue();
      expect((await refusalOf(other.createQueue({}, "orders"))).code).toBe(
        "AWS.SimpleQueueService.QueueDeletedRecently",
      );
    });
  });
}
