import { describe, expect } from "vitest";
import {
  invalid,
  invalidValue,
  type Mark,
  missing,
  noSuchQueue,
  type Refusal,
  refused,
} from "./refusal.ts";
import { itRefuses, type RefusalRow } from "./refusalRows.ts";
import type { SqsTest } from "./sqsTest.ts";
import { noMessages, type SendOptions, type TestQueue } from "./testQueue.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const badGroup = (value: string) =>
  invalidValue(
    "MessageGroupId",
    value,
    "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
  );
const notHere = (value: string) =>
  invalidValue(
    "MessageDeduplicationId",
    value,
    "The request include parameter that is not valid for this queue type.",
  );
const badDelay = (value: number) =>
  invalidValue("DelaySeconds", value, "DelaySeconds must be >= 0 and <= 900.");

/** What is wrong with a message on a standard queue, each with all that is checked later. */
const inOrder: readonly (readonly [
  rule: string,
  mark: Mark,
  options: SendOptions & { readonly body?: string },
  refusal: Refusal,
])[] = [
  ["an empty body", "V", { body: "" }, missing("MessageBody")],
  ["an empty group id", "V", { MessageGroupId: "" }, badGroup("")],
  ["a group id with a space", "V", { MessageGroupId: "a b" }, badGroup("a b")],
  ["a group id beyond ASCII", "V", { MessageGroupId: "é" }, badGroup("é")],
  [
    "a group id of 129 characters",
    "V",
    { MessageGroupId: "g".repeat(129) },
    badGroup("g".repeat(129)),
  ],
  ["a deduplication id", "V", { MessageDeduplicationId: "a" }, notHere("a")],
  ["an empty deduplication id", "V", { MessageDeduplicationId: "" }, notHere("")],
  ["a delay of -1", "V", { DelaySeconds: -1 }, badDelay(-1)],
  ["a delay of 901", "V", { DelaySeconds: 901 }, badDelay(901)],
  [
    "a bad user attribute",
    "V",
    { MessageAttributes: { k: { DataType: "Text", StringValue: "v" } } },
    invalid(
      "The type of message (user) attribute 'k' is invalid. You must use only the following supported type prefixes: Binary, Number, String.",
    ),
  ],
  [
    "an unknown system attribute",
    "unconfirmed",
    // @ts-expect-error: a name that the client's types do not know
    { MessageSystemAttributes: { Other: { DataType: "String", StringValue: "v" } } },
    invalid("Message system attribute name 'Other' is invalid."),
  ],
  [
    "an illegal character",
    "V",
    { body: "\u0007" },
    refused(
      "InvalidMessageContents",
      "Invalid binary character '#x7' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
    ),
  ],
  [
    "a message that is too long",
    "V",
    { body: "x".repeat(1025) },
    invalid("One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."),
  ],
];

/** A message that breaks this rule and every rule after it. */
function sendBreaking(queue: TestQueue, from: number): Promise<unknown> {
  const broken = inOrder.slice(from).map(([, , options]) => options);
  // Earlier entries win, so that each row breaks its own rule.
  const { body = "hello", ...options } = Object.assign({}, ...broken.reverse());
  return queue.send(body, options);
}

const rows: readonly RefusalRow[] = [
  {
    rule: "no queue, before all else",
    mark: "V",
    call: (queue, sqs) => sendBreaking(sqs.queueAt(`${queue.url}-not`), 0),
    refusal: noSuchQueue,
  },
  {
    rule: "no body",
    mark: "V",
    call: (queue, sqs) =>
      sqs.client.sendMessage({ QueueUrl: queue.url, MessageBody: undefined, DelaySeconds: -1 }),
    refusal: missing("MessageBody"),
  },
  ...inOrder.map(
    ([rule, mark, , refusal], place): RefusalRow => ({
      rule,
      mark,
      call: (queue) => sendBreaking(queue, place),
      refusal,
    }),
  ),
];

/** Spec sections 6.2 and 4.4. */
export function describeSending(it: SqsTest): void {
  describe("SendMessage", () => {
    it("answers a UUID and the digest of the body, and no more", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const { $metadata, MessageId, ...answer } = await queue.send("hello");

      expect(MessageId).toMatch(uuid);
      expect(answer).toEqual({ MD5OfMessageBody: "5d41402abc4b2a76b9719d911017c592" });
    });

    it("sends a message that is received under the same id", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const { MessageId } = await queue.send("hello");

      expect(await queue.receiveOne()).toMatchObject({ MessageId, Body: "hello" });
    });

    it("gives each message an id of its own", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const sent = await Promise.all(Array.from({ length: 20 }, () => queue.send("same")));

      expect(new Set(sent.map(({ MessageId }) => MessageId)).size).toBe(20);
    });

    describe("in this order", () => {
      itRefuses(it, rows, { MaximumMessageSize: "1024" });
    });

    it("stores nothing of what it refuses", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      await queue.send("hello", { DelaySeconds: 901 }).catch(() => undefined);

      expect(await queue.counts()).toEqual(noMessages);
    });
  });

  describe("a delayed message", () => {
    it("is available when its own delay is over", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello", { DelaySeconds: 900 });

      sqs.clock.advance(899_999);
      expect(await queue.receive()).toEqual([]);
      expect(await queue.counts()).toEqual({ available: 0, inFlight: 0, delayed: 1 });
      sqs.clock.advance(1);
      expect(await queue.counts()).toEqual({ available: 1, inFlight: 0, delayed: 0 });
      expect((await queue.receiveOne()).Body).toBe("hello");
    });

    it("is available when the queue's delay is over", async ({ sqs }) => {
      const queue = await sqs.createQueue({ DelaySeconds: "5" });
      await queue.send("hello");

      sqs.clock.advance(4_999);
      expect(await queue.receive()).toEqual([]);
      sqs.clock.advance(1);
      await queue.receiveOne();
    });

    it("may have a delay of its own, shorter or longer than the queue's", async ({ sqs }) => {
      const queue = await sqs.createQueue({ DelaySeconds: "5" });
      await queue.send("longer", { DelaySeconds: 10 });
      await queue.send("shorter", { DelaySeconds: 1 });

      sqs.advanceSeconds(1);
      expect((await queue.receiveOne()).Body).toBe("shorter");
      sqs.advanceSeconds(4);
      expect(await queue.receive()).toEqual([]);
      sqs.advanceSeconds(5);
      expect((await queue.receiveOne()).Body).toBe("longer");
    });

    it("is not delayed at all with 0, whatever the queue's delay", async ({ sqs }) => {
      const queue = await sqs.createQueue({ DelaySeconds: "900" });

      await queue.send("hello", { DelaySeconds: 0 });

      await queue.receiveOne();
    });

    it("keeps its delay when the queue's is changed", async ({ sqs }) => {
      const queue = await sqs.createQueue({ DelaySeconds: "10" });
      await queue.send("hello");

      await queue.set({ DelaySeconds: "0" });

      sqs.clock.advance(9_999);
      expect(await queue.receive()).toEqual([]);
      sqs.clock.advance(1);
      await queue.receiveOne();
    });

    it("was sent when it was sent, not when it became available", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const sentMs = sqs.clock.nowMs();
      await queue.send("hello", { DelaySeconds: 10 });
      sqs.advanceSeconds(10);

      const { Attributes } = await queue.receiveOne();

      expect(Attributes?.SentTimestamp).toBe(String(sentMs));
    });
  });

  describe("the group id of a message on a standard queue", () => {
    it.for([
      ["one character", "a"],
      ["128 characters", "g".repeat(128)],
      ["all of ASCII's punctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"],
    ] as const)("may be %s, and is returned", async ([, groupId], { sqs }) => {
      const queue = await sqs.createQueue();

      const { SequenceNumber } = await queue.send("hello", { MessageGroupId: groupId });

      const { Attributes } = await queue.receiveOne();
      expect(SequenceNumber).toBeUndefined();
      expect(Attributes?.MessageGroupId).toBe(groupId);
      expect(Attributes).not.toHaveProperty("SequenceNumber");
    });

    it("puts no order or lock on the messages", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("one", { MessageGroupId: "g" });
      await queue.send("two", { MessageGroupId: "g" });

      await queue.receiveOne();

      expect(await queue.receive()).toHaveLength(1);
    });
  });

  describe("the trace header of a message", () => {
    const header = "Root=1-5759e988-bd862e3fe1be46a994272793";

    it("is returned as AWSTraceHeader, with a digest of its own", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const sent = await queue.send("hello", {
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: header } },
      });

      expect(sent.MD5OfMessageSystemAttributes).toBe("62a56dd927315f2b2e12832b84617ea5");
      expect(sent.MD5OfMessageAttributes).toBeUndefined();
      const { Attributes, MessageAttributes } = await queue.receiveOne({
        MessageAttributeNames: ["All"],
      });
      expect(Attributes?.AWSTraceHeader).toBe(header);
      expect(MessageAttributes).toBeUndefined();
    });

    itRefuses(it, [
      {
        rule: "a trace header of another type",
        mark: "text unconfirmed",
        call: (queue) =>
          queue.send("hello", {
            MessageSystemAttributes: { AWSTraceHeader: { DataType: "Number", StringValue: "1" } },
          }),
        refusal: invalid(
          "The type of message (system) attribute 'AWSTraceHeader' is invalid. You must use only the following supported type prefixes: String.",
        ),
      },
      {
        rule: "a trace header without a value",
        mark: "text unconfirmed",
        call: (queue) =>
          queue.send("hello", {
            MessageSystemAttributes: { AWSTraceHeader: { DataType: "String" } },
          }),
        refusal: invalid(
          "Message (system) attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.",
        ),
      },
    ]);
  });
}
