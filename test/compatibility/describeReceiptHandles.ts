import { describe, expect } from "vitest";
import { missing, type Refusal, refusalOf, refused } from "./refusal.ts";
import { itRefuses } from "./refusalRows.ts";
import type { SqsTest } from "./sqsTest.ts";
import { noMessages, type TestQueue } from "./testQueue.ts";

const noHandle = (handle: string): Refusal =>
  refused(
    "ReceiptHandleIsInvalid",
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
  );
const notOfThisQueue = (handle: string): Refusal =>
  refused("ReceiptHandleIsInvalid", `The receipt handle "${handle}" is not valid for this queue.`);

const garbage = ["garbage", "AQEB", "5d41402a-bc4b-2a76-b971-9d911017c592", "é", "a".repeat(1025)];

/** Spec section 6.5, and what it shares with 6.6. */
export function describeReceiptHandles(it: SqsTest): void {
  describe("a receipt handle", () => {
    it("is of at most 1,024 characters, and new at each receive", async ({ sqs }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "0" }, "q".repeat(80));
      await queue.send("hello");

      const handles = [];
      for (let receives = 0; receives < 3; receives += 1) {
        handles.push((await queue.receiveOne()).ReceiptHandle);
      }

      expect(new Set(handles).size).toBe(3);
      expect(handles.every((handle) => handle.length <= 1024)).toBe(true);
    });
  });

  describe("DeleteMessage", () => {
    it("deletes a message in flight", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();

      await queue.delete(ReceiptHandle);

      expect(await queue.counts()).toEqual(noMessages);
      sqs.advanceSeconds(30);
      expect(await queue.receive()).toEqual([]);
    });

    it("deletes a message whose timeout has ended, and that nobody received since", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      sqs.advanceSeconds(31);

      await queue.delete(ReceiptHandle);

      expect(await queue.counts()).toEqual(noMessages);
    });

    it("deletes a message whose timeout was extended", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      await queue.changeVisibility(ReceiptHandle, 100);
      sqs.advanceSeconds(60);

      await queue.delete(ReceiptHandle);

      expect(await queue.counts()).toEqual(noMessages);
    });

    it("deletes by an older handle, although another consumer has the message [unconfirmed]", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle: older } = await queue.receiveOne();
      sqs.advanceSeconds(30);
      await queue.receiveOne();

      await queue.delete(older);

      expect(await queue.counts()).toEqual(noMessages);
      sqs.advanceSeconds(30);
      expect(await queue.receive()).toEqual([]);
    });

    it("may be repeated", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      await queue.delete(ReceiptHandle);

      await queue.delete(ReceiptHandle);

      expect(await queue.counts()).toEqual(noMessages);
    });

    it("is fine with a message that retention has removed", async ({ sqs }) => {
      const queue = await sqs.createQueue({ MessageRetentionPeriod: "60" });
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      sqs.advanceSeconds(61);

      await queue.delete(ReceiptHandle);

      expect(await queue.counts()).toEqual(noMessages);
    });

    it("is fine with a message that was purged [unconfirmed], and spares the next", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      await queue.purge();
      await queue.send("next");

      await queue.delete(ReceiptHandle);

      expect((await queue.receiveOne()).Body).toBe("next");
    });

    it("deletes one message of several that were sent together", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.sendAll("one", "two", "three");
      const messages = await queue.receiveAll();

      await queue.delete(messages[1]?.ReceiptHandle);

      sqs.advanceSeconds(30);
      const left = await queue.receiveAll();
      expect(left.map(({ Body }) => Body)).toEqual(["one", "three"]);
    });
  });

  const calls = [
    ["DeleteMessage", "delete"],
    ["ChangeMessageVisibility", "changeVisibility"],
  ] as const;

  for (const [action, name] of calls) {
    describe(`${action} with a handle that will not do`, () => {
      itRefuses(it, [
        {
          rule: "none",
          mark: "V",
          call: (queue) => queue[name](undefined, 10),
          refusal: missing("ReceiptHandle"),
        },
        {
          rule: "an empty one",
          mark: "V",
          call: (queue) => queue[name]("", 10),
          refusal: missing("ReceiptHandle"),
        },
        ...garbage.map((handle) => ({
          rule: `"${handle.slice(0, 40)}", which is none`,
          mark: "V" as const,
          call: (queue: TestQueue) => queue[name](handle, 10),
          refusal: noHandle(handle),
        })),
      ]);

      it("refuses a handle with a character changed [V]", async ({ sqs }) => {
        const queue = await sqs.createQueue();
        await queue.send("hello");
        const { ReceiptHandle } = await queue.receiveOne();
        const middle = Math.floor(ReceiptHandle.length / 2);
        const other = ReceiptHandle[middle] === "A" ? "B" : "A";
        const changed = `${ReceiptHandle.slice(0, middle)}${other}${ReceiptHandle.slice(middle + 1)}`;

        expect(await refusalOf(queue[name](changed, 10))).toEqual(noHandle(changed));
      });

      it("refuses the handle of another queue's message [V]", async ({ sqs }) => {
        const queue = await sqs.createQueue();
        const other = await sqs.createQueue();
        await other.send("hello");
        const { ReceiptHandle } = await other.receiveOne();

        expect(await refusalOf(queue[name](ReceiptHandle, 10))).toEqual(
          notOfThisQueue(ReceiptHandle),
        );
        expect(await other.counts()).toEqual({ available: 0, inFlight: 1, delayed: 0 });
      });

      it("refuses a handle from before the queue was deleted and made again [V]", async ({
        sqs,
      }) => {
        const old = await sqs.createQueue({}, "orders");
        await old.send("hello");
        const { ReceiptHandle } = await old.receiveOne();
        await old.deleteQueue();
        sqs.advanceSeconds(60);
        const queue = await sqs.createQueue({}, "orders");
        await queue.send("next");

        expect(await refusalOf(queue[name](ReceiptHandle, 10))).toEqual(
          notOfThisQueue(ReceiptHandle),
        );
        expect((await queue.receiveOne()).Body).toBe("next");
      });
    });
  }
}
