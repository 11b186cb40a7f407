import { describe, expect } from "vitest";
import { createFifo, handleOf, itRefusesOnFifo, sendTo } from "./fifoQueue.ts";
import { invalidValue, missing, type Refusal, refusalOf, refused } from "./refusal.ts";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf, noMessages } from "./testQueue.ts";

const hasExpired = (handle: string) =>
  invalidValue("ReceiptHandle", handle, "The receipt handle has expired.");
const notAvailable = (handle: string): Refusal =>
  invalidValue(
    "ReceiptHandle",
    handle,
    "Message does not exist or is not available for visibility timeout change.",
  );

/** Spec sections 6.3, 6.5 and 6.6, where FIFO queues differ. */
export function describeFifoHandles(it: SqsTest): void {
  describe("the handle of a message of a FIFO queue", () => {
    it("deletes the message until its timeout is over", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      const { ReceiptHandle } = await queue.receiveOne({ VisibilityTimeout: 10 });

      sqs.clock.advance(9999);
      await queue.delete(ReceiptHandle);

      expect(await queue.counts()).toEqual(noMessages);
    });

    it("has expired once the timeout is over", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      const { ReceiptHandle } = await queue.receiveOne({ VisibilityTimeout: 10 });

      sqs.advanceSeconds(10);

      expect(await refusalOf(queue.delete(ReceiptHandle))).toEqual(hasExpired(ReceiptHandle));
      expect(await queue.receive()).toHaveLength(1);
    });

    it("has expired at once with a timeout of 0", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      const { ReceiptHandle } = await queue.receiveOne({ VisibilityTimeout: 0 });

      expect(await refusalOf(queue.delete(ReceiptHandle))).toEqual(hasExpired(ReceiptHandle));
    });

    it("lives as long as an extended timeout", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      const { ReceiptHandle } = await queue.receiveOne({ VisibilityTimeout: 10 });
      await queue.changeVisibility(ReceiptHandle, 100);

      sqs.advanceSeconds(99);
      await queue.delete(ReceiptHandle);

      expect(await queue.counts()).toEqual(noMessages);
    });

    it("has expired when another receive holds the message [unconfirmed]", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      const first = await queue.receiveOne({ VisibilityTimeout: 10 });
      sqs.advanceSeconds(10);
      const second = await queue.receiveOne();

      expect(await refusalOf(queue.delete(first.ReceiptHandle))).toEqual(
        hasExpired(first.ReceiptHandle),
      );
      await queue.delete(second.ReceiptHandle);
      expect(await queue.counts()).toEqual(noMessages);
    });

    it("has expired when the message was handed back", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      const { ReceiptHandle } = await queue.receiveOne();
      await queue.changeVisibility(ReceiptHandle, 0);

      expect(await refusalOf(queue.delete(ReceiptHandle))).toEqual(hasExpired(ReceiptHandle));
    });

    it.for(["alone in its group", "before others of its group"])(
      "may be used twice for a message %s [unconfirmed]",
      async (place, { sqs }) => {
        const queue = await createFifo(sqs);
        await sendTo(queue, "g", "m1");
        if (place !== "alone in its group") await sendTo(queue, "g", "m2");
        const { ReceiptHandle } = await queue.receiveOne();

        await queue.delete(ReceiptHandle);
        await queue.delete(ReceiptHandle);

        expect(await queue.receiveAll()).toHaveLength(place === "alone in its group" ? 0 : 1);
      },
    );

    it("reaches nothing of a group that was emptied and made anew", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1");
      const { ReceiptHandle } = await queue.receiveOne();
      await queue.delete(ReceiptHandle);
      await sendTo(queue, "g", "m2");
      const second = await queue.receiveOne();

      // As of any message that is deleted already.
      await queue.delete(ReceiptHandle);

      expect(await queue.counts()).toEqual({ available: 0, inFlight: 1, delayed: 0 });
      await queue.delete(second.ReceiptHandle);
      expect(await queue.counts()).toEqual(noMessages);
    });

    it("of another queue is refused", async ({ sqs }) => {
      const [queue, other] = [await createFifo(sqs), await createFifo(sqs)];
      await sendTo(other, "g", "hello");
      const { ReceiptHandle } = await other.receiveOne();

      expect(await refusalOf(queue.delete(ReceiptHandle))).toEqual(
        refused(
          "ReceiptHandleIsInvalid",
          `The receipt handle "${ReceiptHandle}" is not valid for this queue.`,
        ),
      );
    });

    itRefusesOnFifo(it, [
      {
        rule: "a deletion without a handle",
        mark: "V",
        call: (queue) => queue.delete(),
        refusal: missing("ReceiptHandle"),
      },
      {
        rule: "a deletion by what is no handle",
        mark: "V",
        call: (queue) => queue.delete("garbage"),
        refusal: refused(
          "ReceiptHandleIsInvalid",
          'The input receipt handle "garbage" is not a valid receipt handle.',
        ),
      },
    ]);
  });

  describe("a change of visibility in a FIFO queue", () => {
    it("counts from now, and replaces what was left", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      const { ReceiptHandle } = await queue.receiveOne({ VisibilityTimeout: 100 });
      sqs.advanceSeconds(50);

      await queue.changeVisibility(ReceiptHandle, 5);

      sqs.clock.advance(4999);
      expect(await queue.receive()).toEqual([]);
      sqs.clock.advance(1);
      expect(await queue.receive()).toHaveLength(1);
    });

    it("to 0 makes the message available at once, its count kept", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      const first = await queue.receiveOne();

      await queue.changeVisibility(first.ReceiptHandle, 0);

      const second = await queue.receiveOne();
      expect(second.ReceiptHandle).not.toBe(first.ReceiptHandle);
      expect(second.Attributes?.ApproximateReceiveCount).toBe("2");
    });

    it("is refused once the timeout is over [unconfirmed]", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      const { ReceiptHandle } = await queue.receiveOne({ VisibilityTimeout: 10 });
      sqs.advanceSeconds(10);

      expect(await refusalOf(queue.changeVisibility(ReceiptHandle, 10))).toEqual(
        notAvailable(ReceiptHandle),
      );
    });

    it("is refused for a message that is deleted", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2");
      const { ReceiptHandle } = await queue.receiveOne();
      await queue.delete(ReceiptHandle);

      expect(await refusalOf(queue.changeVisibility(ReceiptHandle, 10))).toEqual(
        notAvailable(ReceiptHandle),
      );
    });

    it("is refused beyond twelve hours from the receive", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "hello");
      const { ReceiptHandle } = await queue.receiveOne({ VisibilityTimeout: 43_200 });
      sqs.advanceSeconds(1);

      expect(await refusalOf(queue.changeVisibility(ReceiptHandle, 43_200))).toEqual(
        invalidValue(
          "VisibilityTimeout",
          43_200,
          "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
        ),
      );
    });
  });

  describe("a batch of handles of a FIFO queue", () => {
    it("deletes over several groups, and fails each bad entry alone", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "a", "a1", "a2", "a3");
      await sendTo(queue, "b", "b1");
      await sendTo(queue, "c", "c1");
      const expired = await queue.receiveOne({ VisibilityTimeout: 0 });
      const messages = await queue.receive({ MaxNumberOfMessages: 4 });
      const handles = messages.map(handleOf);

      const { Successful = [], Failed } = await sqs.client.deleteMessageBatch({
        QueueUrl: queue.url,
        Entries: [...handles, expired.ReceiptHandle, "garbage"].map((ReceiptHandle, place) => ({
          Id: `${place}`,
          ReceiptHandle,
        })),
      });

      expect(Successful.map(({ Id }) => Id)).toEqual(["0", "1", "2", "3"]);
      expect(Failed).toEqual([
        {
          Id: "4",
          Code: "InvalidParameterValue",
          Message: hasExpired(expired.ReceiptHandle).message,
          SenderFault: true,
        },
        {
          Id: "5",
          Code: "ReceiptHandleIsInvalid",
          Message: "The input receipt handle is invalid.",
          SenderFault: true,
        },
      ]);
      expect(await queue.counts()).toEqual({ available: 1, inFlight: 0, delayed: 0 });
    });

    it("deletes all ten of a group, and the next ten come", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const bodies = Array.from({ length: 25 }, (_, place) => `m${place}`);
      await sendTo(queue, "g", ...bodies);
      const received: (string | undefined)[] = [];

      for (let batches = 0; batches < 3; batches += 1) {
        const messages = await queue.receiveAll();
        received.push(...bodiesOf(messages));
        const { Successful } = await sqs.client.deleteMessageBatch({
          QueueUrl: queue.url,
          Entries: messages.map((message, place) => ({
            Id: `${place}`,
            ReceiptHandle: handleOf(message),
          })),
        });
        expect(Successful).toHaveLength(messages.length);
      }

      expect(received).toEqual(bodies);
      expect(await queue.counts()).toEqual(noMessages);
    });

    it("changes visibility over several groups, and fails each bad entry alone", async ({
      sqs,
    }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "a", "a1", "a2");
      await sendTo(queue, "b", "b1");
      const messages = await queue.receiveAll();
      const gone = handleOf(messages.find(({ Body }) => Body === "b1"));
      await queue.delete(gone);

      const { Successful = [], Failed } = await sqs.client.changeMessageVisibilityBatch({
        QueueUrl: queue.url,
        Entries: messages.map((message, place) => ({
          Id: `${place}`,
          ReceiptHandle: handleOf(message),
          VisibilityTimeout: 0,
        })),
      });

      expect(Successful).toHaveLength(2);
      expect(Failed).toHaveLength(1);
      expect(Failed?.[0]).toMatchObject({
        Code: "InvalidParameterValue",
        Message: notAvailable(gone).message,
      });
      expect(bodiesOf(await queue.receiveAll())).toEqual(["a1", "a2"]);
    });
  });
}
