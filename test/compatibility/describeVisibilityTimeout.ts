import { describe, expect } from "vitest";
import { invalidValue, type Mark, missing, type Refusal, refusalOf } from "./refusal.ts";
import type { SqsTest } from "./sqsTest.ts";

/** Spec sections 6.1, 6.4 and 6.6. */
export function describeVisibilityTimeout(it: SqsTest): void {
  describe("a received message", () => {
    it("is hidden for the queue's visibility timeout, 30 seconds by default", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      await queue.receiveOne();

      sqs.clock.advance(29_999);
      expect(await queue.receive()).toEqual([]);
      sqs.clock.advance(1);
      expect((await queue.receiveOne()).Body).toBe("hello");
    });

    it("is hidden for the timeout that its queue was given", async ({ sqs }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "7" });
      await queue.send("hello");
      await queue.receiveOne();

      sqs.clock.advance(6_999);
      expect(await queue.receive()).toEqual([]);
      sqs.clock.advance(1);
      await queue.receiveOne();
    });

    it("is hidden for the timeout of the receive, which goes before the queue's", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "7" });
      await queue.send("hello");
      await queue.receiveOne({ VisibilityTimeout: 43_200 });

      sqs.advanceSeconds(43_199);
      expect(await queue.receive()).toEqual([]);
      sqs.advanceSeconds(1);
      await queue.receiveOne();
    });

    it("stays visible after a receive with a timeout of 0, and is counted each time", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");

      const first = await queue.receiveOne({ VisibilityTimeout: 0 });
      const second = await queue.receiveOne({ VisibilityTimeout: 0 });

      expect(first.Attributes?.ApproximateReceiveCount).toBe("1");
      expect(second.Attributes?.ApproximateReceiveCount).toBe("2");
      expect(second.ReceiptHandle).not.toBe(first.ReceiptHandle);
      expect(await queue.counts()).toEqual({ available: 1, inFlight: 0, delayed: 0 });
    });

    it("stays visible in a queue whose timeout is 0", async ({ sqs }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "0" });
      await queue.send("hello");

      await queue.receiveOne();

      expect((await queue.receiveOne()).Attributes?.ApproximateReceiveCount).toBe("2");
    });

    it("keeps the timeout of its receive when the queue's is changed", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      await queue.receiveOne();

      await queue.set({ VisibilityTimeout: "5" });
      sqs.advanceSeconds(29);

      expect(await queue.receive()).toEqual([]);
    });
  });

  describe("ChangeMessageVisibility", () => {
    it("hides a message from now on, in place of what was left", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      sqs.advanceSeconds(20);

      await queue.changeVisibility(ReceiptHandle, 60);

      sqs.clock.advance(59_999);
      expect(await queue.receive()).toEqual([]);
      sqs.clock.advance(1);
      await queue.receiveOne();
    });

    it("shortens the timeout", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();

      await queue.changeVisibility(ReceiptHandle, 2);

      sqs.clock.advance(1_999);
      expect(await queue.receive()).toEqual([]);
      sqs.clock.advance(1);
      await queue.receiveOne();
    });

    it("makes a message available at once with 0", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();

      await queue.changeVisibility(ReceiptHandle, 0);

      expect((await queue.receiveOne()).Attributes?.ApproximateReceiveCount).toBe("2");
    });

    it("lasts for this receive only", async ({ sqs }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "10" });
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      await queue.changeVisibility(ReceiptHandle, 100);
      sqs.advanceSeconds(100);
      await queue.receiveOne();

      sqs.clock.advance(9_999);
      expect(await queue.receive()).toEqual([]);
      sqs.clock.advance(1);
      await queue.receiveOne();
    });

    it("hides a message again whose timeout has ended", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      sqs.advanceSeconds(31);

      await queue.changeVisibility(ReceiptHandle, 30);

      expect(await queue.receive()).toEqual([]);
      expect(await queue.counts()).toEqual({ available: 0, inFlight: 1, delayed: 0 });
    });

    it("takes effect by the handle of an earlier receive", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle: earlier } = await queue.receiveOne();
      sqs.advanceSeconds(30);
      await queue.receiveOne();

      await queue.changeVisibility(earlier, 0);

      expect((await queue.receiveOne()).Attributes?.ApproximateReceiveCount).toBe("3");
    });

    it("takes what is left of 12 hours since the receive, and not a millisecond more", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      sqs.advanceSeconds(10);

      await queue.changeVisibility(ReceiptHandle, 43_190);
      sqs.clock.advance(1);

      expect(await refusalOf(queue.changeVisibility(ReceiptHandle, 43_190))).toEqual(
        invalidValue(
          "VisibilityTimeout",
          43_190,
          "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
        ),
      );
    });

    it("refuses a message that was deleted", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      await queue.delete(ReceiptHandle);

      expect(await refusalOf(queue.changeVisibility(ReceiptHandle, 10))).toEqual(
        notAvailable(ReceiptHandle),
      );
    });

    it("refuses a message that was purged", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      await queue.purge();

      expect(await refusalOf(queue.changeVisibility(ReceiptHandle, 10))).toEqual(
        notAvailable(ReceiptHandle),
      );
    });

    const rows: readonly {
      readonly rule: string;
      readonly mark: Mark;
      readonly handle?: string;
      readonly seconds?: number;
      readonly refusal: Refusal;
    }[] = [
      {
        rule: "no timeout, before it looks at the handle",
        mark: "V",
        handle: "garbage",
        refusal: missing("VisibilityTimeout"),
      },
      { rule: "no handle", mark: "V", seconds: 10, refusal: missing("ReceiptHandle") },
      {
        rule: "an empty handle",
        mark: "V",
        handle: "",
        seconds: 10,
        refusal: missing("ReceiptHandle"),
      },
      {
        rule: "a timeout below 0",
        mark: "unconfirmed",
        handle: "garbage",
        seconds: -1,
        refusal: invalidValue("VisibilityTimeout", -1, "Must be between 0 and 43200."),
      },
      {
        rule: "a timeout over 12 hours",
        mark: "unconfirmed",
        handle: "garbage",
        seconds: 43_201,
        refusal: invalidValue("VisibilityTimeout", 43_201, "Must be between 0 and 43200."),
      },
    ];

    it.for(rows)("refuses $rule [$mark]", async ({ handle, seconds, refusal }, { sqs }) => {
      const queue = await sqs.createQueue();

      expect(await refusalOf(queue.changeVisibility(handle, seconds))).toEqual(refusal);
    });
  });
}

function notAvailable(handle: string): Refusal {
  return invalidValue(
    "ReceiptHandle",
    handle,
    "Message does not exist or is not available for visibility timeout change.",
  );
}
