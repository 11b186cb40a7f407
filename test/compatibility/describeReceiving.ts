import type { MessageSystemAttributeName } from "@aws-sdk/client-sqs";
import { describe, expect } from "vitest";
import { invalidValue, refused } from "./refusal.ts";
import { itRefuses, type RefusalRow } from "./refusalRows.ts";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf } from "./testQueue.ts";

const badNumber = (value: number) =>
  invalidValue("MaxNumberOfMessages", value, "Must be between 1 and 10, if provided.");
const badWait = (value: number) =>
  invalidValue("WaitTimeSeconds", value, "Must be >= 0 and <= 20, if provided.");
const badTimeout = (value: number) =>
  invalidValue("VisibilityTimeout", value, "Must be >= 0 and <= 43200, if provided.");

const rows: readonly RefusalRow[] = [
  ...[0, 11, -1].map(
    (value): RefusalRow => ({
      rule: `MaxNumberOfMessages of ${value}`,
      mark: "V",
      call: (queue) => queue.receive({ MaxNumberOfMessages: value }),
      refusal: badNumber(value),
    }),
  ),
  ...[-1, 21].map(
    (value): RefusalRow => ({
      rule: `WaitTimeSeconds of ${value}`,
      mark: "V",
      call: (queue) => queue.receive({ WaitTimeSeconds: value }),
      refusal: badWait(value),
    }),
  ),
  ...[-1, 43_201].map(
    (value): RefusalRow => ({
      rule: `VisibilityTimeout of ${value}`,
      mark: "text unconfirmed",
      call: (queue) => queue.receive({ VisibilityTimeout: value }),
      refusal: badTimeout(value),
    }),
  ),
  {
    rule: "an unknown system attribute",
    mark: "unconfirmed",
    call: (queue) =>
      // @ts-expect-error: a name that the client's types do not know
      queue.receive({ MessageSystemAttributeNames: ["Other"] }),
    refusal: refused("InvalidAttributeName", "Unknown Attribute Other."),
  },
  {
    rule: "an unknown system attribute in the older list",
    mark: "unconfirmed",
    // @ts-expect-error: a name that the client's types do not know
    call: (queue) => queue.receive({ AttributeNames: ["Other"] }),
    refusal: refused("InvalidAttributeName", "Unknown Attribute Other."),
  },
  {
    rule: "ReceiveRequestAttemptId on a standard queue",
    mark: "unconfirmed",
    call: (queue) => queue.receive({ ReceiveRequestAttemptId: "a" }),
    refusal: invalidValue(
      "ReceiveRequestAttemptId",
      "a",
      "The request include parameter that is not valid for this queue type.",
    ),
  },
];

const text = (value: string) => ({ DataType: "String", StringValue: value });
const three = { "Help.Me": text("Me"), Hello: text("There"), General: text("Kenobi") };
const all = "4c360f3fdafd970e05fae2f149d997f5";

/** What a receive asks for, what it gets, and the digest of that (spec section 5.3). */
const selections: readonly (readonly [
  asked: readonly string[],
  names: readonly string[],
  md5: string,
])[] = [
  [["All"], ["General", "Hello", "Help.Me"], all],
  [[".*"], ["General", "Hello", "Help.Me"], all],
  [["*"], ["General", "Hello", "Help.Me"], all],
  [["nobody", "All"], ["General", "Hello", "Help.Me"], all],
  [["Hello"], ["Hello"], "a311262e065454b75da111d535b8dacd"],
  [["Hello", "General", "Hello"], ["General", "Hello"], "fca026605781cb4126a1e9044df24232"],
  [["Hel.*"], ["Hello", "Help.Me"], "83fee93c1bcd8b9a5a923ffacdc636c7"],
  [["H.*", "General"], ["General", "Hello", "Help.Me"], all],
];

/** Spec sections 6.4 and 4.5. */
export function describeReceiving(it: SqsTest): void {
  describe("ReceiveMessage", () => {
    it("answers no member at all when there is no message", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const { $metadata, ...answer } = await sqs.client.receiveMessage({ QueueUrl: queue.url });

      expect(answer).toEqual({});
    });

    it("returns id, handle, body and digest, and no more unless asked", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello", { MessageAttributes: three });

      const [message] = await queue.receive();

      expect(message).toEqual({
        MessageId: expect.any(String),
        ReceiptHandle: expect.any(String),
        MD5OfBody: "5d41402abc4b2a76b9719d911017c592",
        Body: "hello",
      });
    });

    it("returns one message unless told otherwise", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.sendAll("one", "two");

      expect(await queue.receive()).toHaveLength(1);
    });

    it("returns up to ten, each once", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const bodies = Array.from({ length: 12 }, (_, place) => `message ${place}`);
      await queue.sendAll(...bodies.slice(0, 6));
      await queue.sendAll(...bodies.slice(6));

      const first = await queue.receiveAll();
      const second = await queue.receiveAll();

      expect(first).toHaveLength(10);
      expect(bodiesOf([...first, ...second]).toSorted()).toEqual(bodies.toSorted());
    });

    it("returns fewer than asked for when there are fewer", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.sendAll("one", "two", "three");

      expect(await queue.receive({ MaxNumberOfMessages: 5 })).toHaveLength(3);
    });

    it("returns messages in the order of their sending, as it may", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      for (const body of ["one", "two", "three"]) await queue.send(body);

      expect(bodiesOf(await queue.receiveAll())).toEqual(["one", "two", "three"]);
    });

    it("gives every message to one of many callers", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const bodies = Array.from({ length: 30 }, (_, place) => `message ${place}`);
      for (let from = 0; from < 30; from += 10)
        await queue.sendAll(...bodies.slice(from, from + 10));

      const received = await Promise.all(
        Array.from({ length: 15 }, () => queue.receive({ MaxNumberOfMessages: 4 })),
      );
      const rest = await queue.receiveAll();

      expect(bodiesOf([...received.flat(), ...rest]).toSorted()).toEqual(bodies.toSorted());
    });

    itRefuses(it, rows);
  });

  describe("the system attributes of a message", () => {
    it("are with All exactly those that apply", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const sentMs = sqs.clock.nowMs();
      await queue.send("hello");
      sqs.clock.advance(1_234);

      const { Attributes } = await queue.receiveOne();

      expect(Attributes).toEqual({
        SenderId: sqs.senderId,
        SentTimestamp: String(sentMs),
        ApproximateReceiveCount: "1",
        ApproximateFirstReceiveTimestamp: String(sentMs + 1_234),
      });
    });

    it("count the receives, and keep the time of the first", async ({ sqs }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "1" });
      await queue.send("hello");
      const firstMs = sqs.clock.nowMs();
      const seen = [];
      for (let receives = 0; receives < 12; receives += 1) {
        seen.push((await queue.receiveOne()).Attributes);
        sqs.advanceSeconds(1);
      }

      expect(seen.map((each) => each?.ApproximateReceiveCount)).toEqual(
        Array.from({ length: 12 }, (_, place) => String(place + 1)),
      );
      expect(new Set(seen.map((each) => each?.ApproximateFirstReceiveTimestamp))).toEqual(
        new Set([String(firstMs)]),
      );
    });

    it.for([
      "SenderId",
      "SentTimestamp",
      "ApproximateReceiveCount",
      "ApproximateFirstReceiveTimestamp",
    ] as const)("may be %s alone, asked for in either list", async (name, { sqs }) => {
      const queue = await sqs.createQueue();
      await queue.sendAll("one", "two");

      const newer = await queue.receiveOne({ MessageSystemAttributeNames: [name] });
      // @ts-expect-error: the client's types list queue attributes here
      const older = await queue.receive({ AttributeNames: [name] });

      expect(Object.keys(newer.Attributes ?? {})).toEqual([name]);
      expect(Object.keys(older[0]?.Attributes ?? {})).toEqual([name]);
    });

    it.for([
      "SequenceNumber",
      "MessageDeduplicationId",
      "MessageGroupId",
      "AWSTraceHeader",
      "DeadLetterQueueSourceArn",
    ] as const)("are left out when %s does not apply", async (name, { sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");

      const message = await queue.receiveOne({ MessageSystemAttributeNames: [name] });

      expect(message).not.toHaveProperty("Attributes");
    });

    it.for<readonly [what: string, newer: MessageSystemAttributeName[], names: readonly string[]]>([
      [
        "All",
        ["All"],
        [
          "ApproximateFirstReceiveTimestamp",
          "ApproximateReceiveCount",
          "SenderId",
          "SentTimestamp",
        ],
      ],
      ["one name", ["SentTimestamp"], ["SentTimestamp"]],
    ])(
      "are chosen by the newer list, here %s, where both are given in JSON",
      async ([, newer, names], { sqs }) => {
        const queue = await sqs.createQueue();
        await queue.send("hello");

        const { Attributes = {} } = await queue.receiveOne({
          // @ts-expect-error: the client's types list queue attributes here
          AttributeNames: ["SenderId"],
          MessageSystemAttributeNames: newer,
        });

        // The Query protocol takes all that came, under whichever name (spec section 1.5).
        const added = sqs.protocol === "Query" ? ["SenderId"] : [];
        expect(new Set(Object.keys(Attributes))).toEqual(new Set([...names, ...added]));
      },
    );
  });

  describe("the user attributes that are asked for", () => {
    it.for(selections)(
      "by %j are %j, with their own digest",
      async ([asked, names, md5], { sqs }) => {
        const queue = await sqs.createQueue();
        await queue.send("hello", { MessageAttributes: three });

        const message = await queue.receiveOne({ MessageAttributeNames: [...asked] });

        expect(Object.keys(message.MessageAttributes ?? {}).toSorted()).toEqual(names);
        expect(message.MD5OfMessageAttributes).toBe(md5);
      },
    );

    it.for([
      [[]],
      [["nobody"]],
      [["hello"]],
      [["Hel"]],
      [["Hel*"]],
      [["all"]],
      [["Hello.*."]],
      [["§$%", "AWS.x", ""]],
    ] as const)("by %j are none, and have no digest", async ([asked], { sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello", { MessageAttributes: three });

      const message = await queue.receiveOne({ MessageAttributeNames: [...asked] });

      expect(message).not.toHaveProperty("MessageAttributes");
      expect(message).not.toHaveProperty("MD5OfMessageAttributes");
    });
  });
}
