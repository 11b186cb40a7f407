import { describe, expect } from "vitest";
import { createFifo, entries, itRefusesOnFifo, sendTo, to } from "./fifoQueue.ts";
import { invalid, invalidValue, missing, refusalOf } from "./refusal.ts";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf, noMessages, theOne } from "./testQueue.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const alphabetOf = (name: string) =>
  `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`;
const badId = (value: string) =>
  invalidValue("MessageDeduplicationId", value, alphabetOf("MessageDeduplicationId"));
const needsId = invalid(
  "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
);
const noDelayHere = (seconds: number) =>
  invalidValue(
    "DelaySeconds",
    seconds,
    "The request include parameter that is not valid for this queue type.",
  );

/** Spec sections 6.2, 6.3, 7.1 and 7.3. */
export function describeFifoSending(it: SqsTest): void {
  describe("a send to a FIFO queue", () => {
    it("answers an id, a digest and a sequence number of twenty digits", async ({ sqs }) => {
      const queue = await createFifo(sqs);

      const { $metadata, MessageId, SequenceNumber, ...answer } = await queue.send(
        "hello",
        to("g"),
      );

      expect(MessageId).toMatch(uuid);
      expect(SequenceNumber).toMatch(/^\d{20}$/);
      expect(answer).toEqual({ MD5OfMessageBody: "5d41402abc4b2a76b9719d911017c592" });
    });

    it("sends a message that is received as it was sent", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const sentMs = sqs.clock.nowMs();
      const sent = await queue.send("Grüße 😀", {
        ...to("a!~group", "an:id"),
        MessageAttributes: { k: { DataType: "String.x", StringValue: "v" } },
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1" } },
      });
      sqs.advanceSeconds(3);

      const received = await queue.receiveOne({ MessageAttributeNames: ["All"] });

      expect(received).toMatchObject({
        MessageId: sent.MessageId,
        Body: "Grüße 😀",
        MessageAttributes: { k: { DataType: "String.x", StringValue: "v" } },
      });
      expect(received.Attributes).toEqual({
        SenderId: sqs.senderId,
        SentTimestamp: String(sentMs),
        ApproximateReceiveCount: "1",
        ApproximateFirstReceiveTimestamp: String(sentMs + 3000),
        AWSTraceHeader: "Root=1",
        MessageGroupId: "a!~group",
        MessageDeduplicationId: "an:id",
        SequenceNumber: sent.SequenceNumber,
      });
    });

    it("shows the hash of the body as the id where none was given", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await queue.send("hello", to("g"));

      const { Attributes } = await queue.receiveOne();

      expect(Attributes?.MessageDeduplicationId).toBe(
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
      );
    });

    it.for([
      ["of one character", "a"],
      ["of 128 characters", "i".repeat(128)],
      ["of all of ASCII's punctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"],
    ] as const)("takes ids %s", async ([, id], { sqs }) => {
      const queue = await createFifo(sqs);
      await queue.send("hello", to(id, id));

      const { Attributes, ReceiptHandle } = await queue.receiveOne();
      await queue.delete(ReceiptHandle);

      expect(Attributes).toMatchObject({ MessageGroupId: id, MessageDeduplicationId: id });
      expect(ReceiptHandle.length).toBeLessThanOrEqual(1024);
      expect(await queue.counts()).toEqual(noMessages);
    });

    it.for([10_000, 300_000, 1_048_576])("takes a body of %i bytes", async (bytes, { sqs }) => {
      const queue = await createFifo(sqs);
      const body = "0123456789abcdef".repeat(bytes / 16);
      await queue.send(body, to("g"));
      await queue.send("behind it", to("g"));

      const [first, second] = await queue.receiveAll();

      expect(first?.Body === body).toBe(true);
      expect(second?.Body).toBe("behind it");
      await queue.delete(first?.ReceiptHandle);
      await queue.delete(second?.ReceiptHandle);
      expect(await queue.counts()).toEqual(noMessages);
    });

    it("gives sequence numbers that rise within a group, and beyond it", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const numbers: bigint[] = [];
      const note = (text: string | undefined) => numbers.push(BigInt(text ?? ""));

      for (const group of ["a", "b", "a", "a", "b"]) {
        note((await queue.send(`${numbers.length}`, to(group))).SequenceNumber);
      }
      const { Successful = [] } = await queue.sendBatch(entries(["a", "x"], ["a", "y"]));
      for (const { SequenceNumber } of Successful) note(SequenceNumber);

      const sorted = [...numbers].sort((left, right) => (left < right ? -1 : 1));
      expect(numbers).toEqual(sorted);
      expect(new Set(numbers).size).toBe(7);
    });

    it("gives rising numbers to a group that was emptied in between", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const first = await queue.send("one", to("g"));
      await queue.delete((await queue.receiveOne()).ReceiptHandle);

      const second = await queue.send("two", to("g"));

      expect(BigInt(second.SequenceNumber ?? "")).toBeGreaterThan(
        BigInt(first.SequenceNumber ?? ""),
      );
    });

    itRefusesOnFifo(it, [
      {
        rule: "a message without a group",
        mark: "V",
        call: (queue) => queue.send("hello", { MessageDeduplicationId: "" }),
        refusal: missing("MessageGroupId"),
      },
      {
        rule: "an empty group id",
        mark: "V",
        call: (queue) => queue.send("hello", to("", "")),
        refusal: invalidValue("MessageGroupId", "", alphabetOf("MessageGroupId")),
      },
      {
        rule: "a group id with a space",
        mark: "V",
        call: (queue) => queue.send("hello", to("a b")),
        refusal: invalidValue("MessageGroupId", "a b", alphabetOf("MessageGroupId")),
      },
      {
        rule: "an empty deduplication id, although the body would give one",
        mark: "V",
        call: (queue) => queue.send("hello", { ...to("g", ""), DelaySeconds: -1 }),
        refusal: badId(""),
      },
      {
        rule: "a deduplication id of 129 characters",
        mark: "V",
        call: (queue) => queue.send("hello", to("g", "i".repeat(129))),
        refusal: badId("i".repeat(129)),
      },
      {
        rule: "a delay of its own",
        mark: "V",
        call: (queue) => queue.send("hello", { ...to("g"), DelaySeconds: 1 }),
        refusal: noDelayHere(1),
      },
    ]);

    itRefusesOnFifo(
      it,
      [
        {
          rule: "a message without an id where content gives none",
          mark: "V",
          call: (queue) => queue.send("hello", { ...to("g"), DelaySeconds: -1 }),
          refusal: needsId,
        },
      ],
      { ContentBasedDeduplication: "false" },
    );
  });

  describe("a batch to a FIFO queue", () => {
    it("keeps the order of each group, and numbers all messages", async ({ sqs }) => {
      const queue = await createFifo(sqs);

      const { Successful = [], Failed = [] } = await queue.sendBatch(
        entries(["a", "a1"], ["b", "b1"], ["a", "a2"], ["c", "c1"], ["b", "b2"], ["a", "a3"]),
      );

      expect(Failed).toEqual([]);
      expect(Successful.map(({ Id }) => Id)).toEqual(["0", "1", "2", "3", "4", "5"]);
      for (const { SequenceNumber } of Successful) expect(SequenceNumber).toMatch(/^\d{20}$/);
      const bodies = bodiesOf(await queue.receiveAll());
      expect(bodies.filter((body) => body?.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
      expect(bodies.filter((body) => body?.startsWith("b"))).toEqual(["b1", "b2"]);
      expect(bodies).toContain("c1");
    });

    it("fails an entry with a delay alone [unconfirmed]", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      const [first, second] = entries(["g", "one"], ["g", "two"]);

      const { Successful = [], Failed } = await queue.sendBatch([
        { Id: "0", MessageBody: "", ...first, DelaySeconds: 5 },
        { Id: "1", MessageBody: "", ...second, DelaySeconds: 0 },
      ]);

      expect(Successful.map(({ Id }) => Id)).toEqual(["1"]);
      expect(Failed).toEqual([
        {
          Id: "0",
          Code: "InvalidParameterValue",
          Message: noDelayHere(5).message,
          SenderFault: true,
        },
      ]);
      expect(theOne(await queue.receiveAll()).Body).toBe("two");
    });

    it("is refused as a whole for an entry without a group", async ({ sqs }) => {
      const queue = await createFifo(sqs);

      const refusal = await refusalOf(
        queue.sendBatch([...entries(["g", "one"]), { Id: "1", MessageBody: "two" }]),
      );

      expect(refusal).toEqual(invalid("The request must contain the parameter MessageGroupId."));
      expect(await queue.receive()).toEqual([]);
    });

    it("is refused as a whole for an entry without an id", async ({ sqs }) => {
      const queue = await createFifo(sqs, { ContentBasedDeduplication: "false" });
      const [first] = entries(["g", "one"]);

      const refusal = await refusalOf(
        queue.sendBatch([
          { Id: "0", MessageBody: "", ...first, MessageDeduplicationId: "a" },
          ...entries(["g", "two"]).map((entry) => ({ ...entry, Id: "1" })),
        ]),
      );

      expect(refusal).toEqual(needsId);
      expect(await queue.receive()).toEqual([]);
    });
  });

  describe("many messages of one group", () => {
    it("come in the order of their sending, however they were sent", { timeout: 60_000 }, async ({
      sqs,
    }) => {
      const queue = await createFifo(sqs);
      const expected = Array.from({ length: 120 }, (_, place) => `message ${place}`);
      await sendTo(queue, "g", ...expected.slice(0, 40));
      for (let start = 40; start < 120; start += 10) {
        const bodies = expected.slice(start, start + 10);
        await queue.sendBatch(entries(...bodies.map((body) => ["g", body] as const)));
      }

      expect(await queue.counts()).toEqual({ available: 120, inFlight: 0, delayed: 0 });
      const received: (string | undefined)[] = [];
      for (let most = 1; received.length < 120; most = (most % 10) + 1) {
        const messages = await queue.receiveAll({ MaxNumberOfMessages: most });
        expect(messages.length).toBe(Math.min(most, 120 - received.length));
        received.push(...bodiesOf(messages));
        for (const { ReceiptHandle } of messages) await queue.delete(ReceiptHandle);
      }

      expect(received).toEqual(expected);
      expect(await queue.counts()).toEqual(noMessages);
    });

    it("are stored once each, and in order of their numbers, when sent at once", async ({
      sqs,
    }) => {
      const queue = await createFifo(sqs);
      const bodies = Array.from({ length: 60 }, (_, place) => `message ${place}`);

      const sent = await Promise.all(
        bodies.map(async (body) => ({ body, ...(await queue.send(body, to("g"))) })),
      );

      const byNumber = sent.toSorted((left, right) =>
        BigInt(left.SequenceNumber ?? "") < BigInt(right.SequenceNumber ?? "") ? -1 : 1,
      );
      const received: (string | undefined)[] = [];
      while (received.length < 60) {
        const messages = await queue.receiveAll();
        expect(messages).not.toEqual([]);
        received.push(...bodiesOf(messages));
        for (const { ReceiptHandle } of messages) await queue.delete(ReceiptHandle);
      }
      expect(received).toEqual(byNumber.map(({ body }) => body));
    });
  });
}
