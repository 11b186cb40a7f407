import { describe, expect } from "vitest";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf, type Poll, type TestQueue, theOne } from "./testQueue.ts";

async function pollers(queue: TestQueue, count: number): Promise<readonly Poll[]> {
  const polls: Poll[] = [];
  for (let place = 0; place < count; place += 1) polls.push(await queue.poll());
  return polls;
}

/** Spec section 6.4: a receive that waits. */
export function describeLongPolling(it: SqsTest): void {
  describe("a receive that waits", () => {
    it.for([1, 20])("answers with nothing after its %i seconds", async (seconds, { sqs }) => {
      const queue = await sqs.createQueue();
      const poll = await queue.poll({ WaitTimeSeconds: seconds });

      sqs.clock.advance(seconds * 1000 - 1);
      await poll.stillWaits();
      sqs.clock.advance(1);

      expect(await poll.answer).toEqual([]);
    });

    it("waits as long as the queue says when it says nothing itself", async ({ sqs }) => {
      const queue = await sqs.createQueue({ ReceiveMessageWaitTimeSeconds: "7" });
      const poll = await queue.poll({}, 7);

      sqs.clock.advance(6_999);
      await poll.stillWaits();
      sqs.clock.advance(1);

      expect(await poll.answer).toEqual([]);
    });

    it("does not wait with 0, whatever the queue says", async ({ sqs }) => {
      const queue = await sqs.createQueue({ ReceiveMessageWaitTimeSeconds: "20" });

      expect(await queue.receive({ WaitTimeSeconds: 0 })).toEqual([]);
    });

    it("does not wait when there is a message", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");

      expect(await queue.receive({ WaitTimeSeconds: 20 })).toHaveLength(1);
    });

    it("answers with the first message, and does not wait for ten", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const poll = await queue.poll({ MaxNumberOfMessages: 10 });

      await queue.send("hello");

      expect(bodiesOf(await poll.answer)).toEqual(["hello"]);
    });
  });

  describe("a receive that waits is woken by", () => {
    it("a send", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const poll = await queue.poll();

      await queue.send("hello");

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("a send in a batch, of which it takes all", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const poll = await queue.poll({ MaxNumberOfMessages: 10 });

      await queue.sendAll("one", "two", "three");

      expect(bodiesOf(await poll.answer)).toEqual(["one", "two", "three"]);
    });

    it("the end of a delay", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello", { DelaySeconds: 5 });
      const poll = await queue.poll();

      sqs.clock.advance(4_999);
      await poll.stillWaits();
      sqs.clock.advance(1_001);

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("the end of the delay of a message that was sent meanwhile", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const poll = await queue.poll();
      await queue.send("hello", { DelaySeconds: 5 });

      sqs.clock.advance(4_999);
      await poll.stillWaits();
      sqs.clock.advance(1_001);

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("the end of a shorter delay than the one that it knew of", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("later", { DelaySeconds: 15 });
      const poll = await queue.poll();
      await queue.send("sooner", { DelaySeconds: 3 });

      sqs.advanceSeconds(4);

      expect(theOne(await poll.answer).Body).toBe("sooner");
    });

    it("the end of a visibility timeout", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      await queue.receiveOne({ VisibilityTimeout: 8 });
      const poll = await queue.poll();

      sqs.clock.advance(7_999);
      await poll.stillWaits();
      sqs.clock.advance(1_001);

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("the end of a timeout that began while it waited", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const first = await queue.poll({ VisibilityTimeout: 3 });
      const second = await queue.poll();
      await queue.send("hello");
      await first.answer;

      sqs.clock.advance(2_999);
      await second.stillWaits();
      sqs.clock.advance(1_001);

      expect(theOne(await second.answer).Body).toBe("hello");
    });

    it("a visibility timeout set to 0", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      const poll = await queue.poll();

      await queue.changeVisibility(ReceiptHandle, 0);

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("a visibility timeout set to 0 in a batch", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      const poll = await queue.poll();

      await sqs.client.changeMessageVisibilityBatch({
        QueueUrl: queue.url,
        Entries: [{ Id: "a", ReceiptHandle, VisibilityTimeout: 0 }],
      });

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("the end of a timeout that was shortened", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      const poll = await queue.poll();

      await queue.changeVisibility(ReceiptHandle, 2);
      sqs.clock.advance(1_999);
      await poll.stillWaits();
      sqs.clock.advance(1_001);

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("the end of a timeout that was lengthened, and not before", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne({ VisibilityTimeout: 5 });
      const poll = await queue.poll();

      await queue.changeVisibility(ReceiptHandle, 15);
      sqs.advanceSeconds(6);
      await poll.stillWaits();
      sqs.advanceSeconds(8);
      await poll.stillWaits();
      sqs.advanceSeconds(2);

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("a message that is moved into its queue", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 1);
      await source.send("hello");
      await source.receiveOne({ VisibilityTimeout: 0 });
      const poll = await target.poll();

      expect(await source.receive()).toEqual([]);

      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("the deletion of its queue, and answers with nothing [unconfirmed]", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const polls = await pollers(queue, 3);

      await queue.deleteQueue();

      expect(await Promise.all(polls.map(({ answer }) => answer))).toEqual([[], [], []]);
    });
  });

  describe("a receive that waits is not ended by", () => {
    it("a purge", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      await queue.receiveOne({ VisibilityTimeout: 5 });
      const poll = await queue.poll();

      await queue.purge();
      sqs.advanceSeconds(10);
      await poll.stillWaits();

      await queue.send("next");
      expect(theOne(await poll.answer).Body).toBe("next");
    });

    it("a change of attributes", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const poll = await queue.poll();

      await queue.set({ ReceiveMessageWaitTimeSeconds: "1" });
      await poll.stillWaits();

      await queue.send("hello");
      expect(theOne(await poll.answer).Body).toBe("hello");
    });

    it("moving messages to the dead-letter queue and finding no other [unconfirmed]", async ({
      sqs,
    }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 1);
      await source.send("hello");
      await source.receiveOne({ VisibilityTimeout: 0 });

      const poll = await source.poll();

      expect((await target.receiveOne()).Body).toBe("hello");
      await source.send("next");
      expect(theOne(await poll.answer).Body).toBe("next");
    });

    it("a message of another queue", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const other = await sqs.createQueue();
      const poll = await queue.poll();

      await other.send("elsewhere");
      await poll.stillWaits();

      await queue.send("here");
      expect(theOne(await poll.answer).Body).toBe("here");
    });
  });

  describe("of many receives that wait", () => {
    it("exactly one gets the one message", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const polls = await pollers(queue, 20);

      await queue.send("hello");
      await Promise.race(polls.map(({ answer }) => answer));
      sqs.advanceSeconds(20);

      const answers = await Promise.all(polls.map(({ answer }) => answer));
      expect(bodiesOf(answers.flat())).toEqual(["hello"]);
      expect(await queue.counts()).toEqual({ available: 0, inFlight: 1, delayed: 0 });
    });

    it("each gets one of as many messages", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const polls = await pollers(queue, 10);
      const bodies = Array.from({ length: 10 }, (_, place) => `message ${place}`);

      await queue.sendAll(...bodies);

      const answers = await Promise.all(polls.map(({ answer }) => answer));
      expect(answers.map((messages) => messages.length)).toEqual(polls.map(() => 1));
      expect(bodiesOf(answers.flat()).toSorted()).toEqual(bodies);
    });

    it("each gets one of as many messages whose delays end together", async ({ sqs }) => {
      const queue = await sqs.createQueue({ DelaySeconds: "5" });
      const polls = await pollers(queue, 5);
      await queue.sendAll("a", "b", "c", "d", "e");

      sqs.advanceSeconds(6);

      const answers = await Promise.all(polls.map(({ answer }) => answer));
      expect(bodiesOf(answers.flat()).toSorted()).toEqual(["a", "b", "c", "d", "e"]);
    });

    it("none misses what is sent while it begins to wait", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      // The clock stands still: a receive that missed its message would wait for ever.
      for (let rounds = 0; rounds < 10; rounds += 1) {
        const answers = Array.from({ length: 12 }, () => queue.receive({ WaitTimeSeconds: 20 }));
        const sends = Array.from({ length: 12 }, () => queue.send("hello"));
        await Promise.all(sends);
        expect((await Promise.all(answers)).map((messages) => messages.length)).toEqual(
          answers.map(() => 1),
        );
      }
    });

    it("the next gets what becomes available after one has been answered", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("first", { DelaySeconds: 5 });
      await queue.send("second", { DelaySeconds: 7 });
      const one = await queue.poll({ MaxNumberOfMessages: 10 });
      const other = await queue.poll({ MaxNumberOfMessages: 10 });

      sqs.advanceSeconds(6);
      const first = await Promise.race([
        one.answer.then(() => one),
        other.answer.then(() => other),
      ]);
      const second = first === one ? other : one;
      await second.stillWaits();
      sqs.advanceSeconds(2);

      expect(bodiesOf(await first.answer)).toEqual(["first"]);
      expect(bodiesOf(await second.answer)).toEqual(["second"]);
    });

    it("the next gets what one has let time out", async ({ sqs }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "2" });
      const polls = await pollers(queue, 3);
      await queue.send("hello");
      const counts: (string | undefined)[] = [];
      const left = new Set(polls.map(({ answer }) => answer));

      for (let receives = 0; receives < 3; receives += 1) {
        const done = await Promise.race(
          [...left].map((answer) => answer.then((messages) => ({ answer, messages }))),
        );
        left.delete(done.answer);
        counts.push(theOne(done.messages).Body);
        sqs.advanceSeconds(3);
      }

      expect(counts).toEqual(["hello", "hello", "hello"]);
    });
  });

  describe("a caller that hung up", () => {
    it("is handed no message: the next receive gets it at once, as the first", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const poll = await queue.poll();
      await poll.hangUp();

      await queue.send("hello");

      const { Body, Attributes } = await queue.receiveOne();
      expect(Body).toBe("hello");
      expect(Attributes?.ApproximateReceiveCount).toBe("1");
    });

    it("does not keep a message from those who still wait", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const first = await queue.poll();
      const second = await queue.poll();
      const third = await queue.poll();
      await third.hangUp();

      await queue.sendAll("one", "two");

      const answers = await Promise.all([first.answer, second.answer]);
      expect(bodiesOf(answers.flat()).toSorted()).toEqual(["one", "two"]);
    });

    it("leaves nobody waiting for a timeout that ends later", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      await queue.receiveOne({ VisibilityTimeout: 5 });
      const poll = await queue.poll();
      await poll.hangUp();

      sqs.advanceSeconds(5);

      expect((await queue.receiveOne()).Attributes?.ApproximateReceiveCount).toBe("2");
    });
  });
}
