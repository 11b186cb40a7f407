import { describe, expect } from "vitest";
import { createFifo, entries, sendTo, to } from "./fifoQueue.ts";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf, noMessages } from "./testQueue.ts";

const byGroup = { DeduplicationScope: "messageGroup" };
const explicit = { ContentBasedDeduplication: "false" };
const sha256OfHello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/** Spec section 7.2. */
export function describeDeduplication(it: SqsTest): void {
  describe("a second send with the same deduplication id", () => {
    it("is answered as the first was, and stores nothing", async ({ sqs }) => {
      const queue = await createFifo(sqs, explicit);
      const first = await queue.send("first", to("g", "id"));

      const second = await queue.send("second", to("g", "id"));

      expect(second.MessageId).toBe(first.MessageId);
      expect(second.SequenceNumber).toBe(first.SequenceNumber);
      expect(bodiesOf(await queue.receiveAll())).toEqual(["first"]);
    });

    it("is told the digests of its own contents [unconfirmed]", async ({ sqs }) => {
      const queue = await createFifo(sqs, explicit);
      await queue.send("first", to("g", "id"));

      const { MD5OfMessageBody } = await queue.send("hello", to("g", "id"));

      expect(MD5OfMessageBody).toBe("5d41402abc4b2a76b9719d911017c592");
    });

    it("is a duplicate for five minutes from the first, and no longer", async ({ sqs }) => {
      const queue = await createFifo(sqs, explicit);
      const first = await queue.send("first", to("g", "id"));

      sqs.clock.advance(299_999);
      const second = await queue.send("second", to("g", "id"));
      sqs.clock.advance(1);
      const third = await queue.send("third", to("g", "id"));

      expect(second.MessageId).toBe(first.MessageId);
      expect(third.MessageId).not.toBe(first.MessageId);
      expect(bodiesOf(await queue.receiveAll())).toEqual(["first", "third"]);
    });

    it("does not make the interval longer", async ({ sqs }) => {
      const queue = await createFifo(sqs, explicit);
      await queue.send("first", to("g", "id"));
      for (let minutes = 1; minutes < 5; minutes += 1) {
        sqs.advanceSeconds(60);
        await queue.send("again", to("g", "id"));
      }

      sqs.advanceSeconds(60);
      await queue.send("last", to("g", "id"));

      expect(bodiesOf(await queue.receiveAll())).toEqual(["first", "last"]);
    });

    it("begins an interval anew once the first is over", async ({ sqs }) => {
      const queue = await createFifo(sqs, explicit);
      await queue.send("first", to("g", "id"));
      sqs.advanceSeconds(300);
      const second = await queue.send("second", to("g", "id"));

      sqs.advanceSeconds(299);
      const third = await queue.send("third", to("g", "id"));

      expect(third.MessageId).toBe(second.MessageId);
    });

    it("is a duplicate of a message that is in flight, or deleted", async ({ sqs }) => {
      const queue = await createFifo(sqs, explicit);
      const first = await queue.send("first", to("g", "id"));
      const { ReceiptHandle } = await queue.receiveOne();

      const inFlight = await queue.send("second", to("g", "id"));
      await queue.delete(ReceiptHandle);
      const deleted = await queue.send("third", to("g", "id"));

      expect(inFlight.MessageId).toBe(first.MessageId);
      expect(deleted.MessageId).toBe(first.MessageId);
      expect(deleted.SequenceNumber).toBe(first.SequenceNumber);
      expect(await queue.counts()).toEqual(noMessages);
    });

    it("is a duplicate in any group, by default", async ({ sqs }) => {
      const queue = await createFifo(sqs, explicit);
      const first = await queue.send("first", to("a", "id"));

      const second = await queue.send("second", to("b", "id"));

      expect(second.MessageId).toBe(first.MessageId);
      expect(bodiesOf(await queue.receiveAll())).toEqual(["first"]);
    });

    it("is a duplicate in its own group only, where that is the scope", async ({ sqs }) => {
      const queue = await createFifo(sqs, { ...explicit, ...byGroup });
      const first = await queue.send("first", to("a", "id"));

      const inOther = await queue.send("second", to("b", "id"));
      const inSame = await queue.send("third", to("a", "id"));

      expect(inOther.MessageId).not.toBe(first.MessageId);
      expect(inSame.MessageId).toBe(first.MessageId);
      expect([...bodiesOf(await queue.receiveAll())].sort()).toEqual(["first", "second"]);
    });

    it("is none after a purge", async ({ sqs }) => {
      const queue = await createFifo(sqs, explicit);
      const first = await queue.send("first", to("g", "id"));
      await queue.purge();

      const second = await queue.send("second", to("g", "id"));

      expect(second.MessageId).not.toBe(first.MessageId);
      expect(bodiesOf(await queue.receiveAll())).toEqual(["second"]);
    });

    it("is none in another queue", async ({ sqs }) => {
      const one = await createFifo(sqs, explicit);
      const other = await createFifo(sqs, explicit);

      await one.send("first", to("g", "id"));
      await other.send("second", to("g", "id"));

      expect(bodiesOf(await other.receiveAll())).toEqual(["second"]);
    });

    it("is one of two sent at the same moment", async ({ sqs }) => {
      const queue = await createFifo(sqs, explicit);

      const sent = await Promise.all(
        ["a", "b", "c", "d"].map((group) => queue.send(group, to(group, "id"))),
      );

      expect(new Set(sent.map(({ MessageId }) => MessageId)).size).toBe(1);
      expect(new Set(sent.map(({ SequenceNumber }) => SequenceNumber)).size).toBe(1);
      expect(await queue.receiveAll()).toHaveLength(1);
    });
  });

  describe("content-based deduplication", () => {
    it("makes two sends of one body one message, whatever their attributes", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const first = await queue.send("hello", to("a"));

      const second = await queue.send("hello", {
        ...to("b"),
        MessageAttributes: { k: { DataType: "String", StringValue: "v" } },
      });

      expect(second.MessageId).toBe(first.MessageId);
    });

    it("gives way to an explicit id", async ({ sqs }) => {
      const queue = await createFifo(sqs);

      await queue.send("hello", to("g", "one"));
      await queue.send("hello", to("g", "two"));

      expect(await queue.receiveAll()).toHaveLength(2);
    });

    it("shares one space with explicit ids", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const first = await queue.send("hello", to("g"));

      const second = await queue.send("other", to("g", sha256OfHello));

      expect(second.MessageId).toBe(first.MessageId);
    });
  });

  describe("duplicates within one batch", () => {
    it("succeed with the id of the first [unconfirmed]", async ({ sqs }) => {
      const queue = await createFifo(sqs);

      const { Successful = [], Failed = [] } = await queue.sendBatch(
        entries(["a", "same"], ["a", "other"], ["b", "same"], ["a", "same"]),
      );

      expect(Failed).toEqual([]);
      const [first, other, second, third] = Successful;
      expect(second?.MessageId).toBe(first?.MessageId);
      expect(third?.MessageId).toBe(first?.MessageId);
      expect(third?.SequenceNumber).toBe(first?.SequenceNumber);
      expect(other?.MessageId).not.toBe(first?.MessageId);
      expect(bodiesOf(await queue.receiveAll())).toEqual(["same", "other"]);
    });

    it("are told apart by group, where that is the scope", async ({ sqs }) => {
      const queue = await createFifo(sqs, byGroup);

      const { Successful = [] } = await queue.sendBatch(
        entries(["a", "same"], ["b", "same"], ["a", "same"]),
      );

      expect(new Set(Successful.map(({ MessageId }) => MessageId)).size).toBe(2);
    });

    it("leave the new messages beside them in order", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "one", "three");

      const { Successful = [] } = await queue.sendBatch(
        entries(["g", "one"], ["g", "two"], ["g", "three"], ["g", "four"]),
      );

      expect(Successful).toHaveLength(4);
      expect(bodiesOf(await queue.receiveAll())).toEqual(["one", "three", "two", "four"]);
    });
  });

  describe("a change of the scope of deduplication", () => {
    it("holds for what is sent from then on [unconfirmed]", async ({ sqs }) => {
      const queue = await createFifo(sqs, explicit);
      await queue.send("first", to("a", "id"));

      await queue.set(byGroup);
      await queue.send("second", to("b", "new"));
      await queue.send("third", to("c", "new"));

      expect([...bodiesOf(await queue.receiveAll())].sort()).toEqual(["first", "second", "third"]);
    });
  });
}
