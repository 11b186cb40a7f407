import { describe, expect } from "vitest";
import { invalid, refused } from "./refusal.ts";
import { itRefuses } from "./refusalRows.ts";
import type { SqsTest } from "./sqsTest.ts";

const characters = "#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].";
const illegal = (hex: string) =>
  refused(
    "InvalidMessageContents",
    `Invalid binary character '#x${hex}' was found in the message body, the set of allowed characters is ${characters}`,
  );

const mebibyte = 1_048_576;
const tooLong = (bytes: number) =>
  invalid(
    `One or more parameters are invalid. Reason: Message must be shorter than ${bytes} bytes.`,
  );

/** With the digest, where the specification has it (section 5.2). */
const bodies: readonly (readonly [what: string, body: string, md5?: string])[] = [
  ["ASCII", "hello", "5d41402abc4b2a76b9719d911017c592"],
  ["three scripts and an emoji", "Grüße, 世界 😀", "93db5baa80a64ccbd08617f4ebcb96a5"],
  ["carriage return, line feed and tab", "line1\r\n\tline2", "a47cfd55f1c48229649b55919e310b64"],
  ["a space", " "],
  ["white space at both ends", " \r\n hello \t "],
  ["JSON", '{"a":"\\"b\\"","c":[1,null]}'],
  ["XML", "<a href='b'>&amp;</a>"],
  ["the first and last legal characters of each range", "\t \uD7FF\uE000\uFFFD\u{10000}\u{10FFFF}"],
  ["delete and C1 controls", "\u007F\u0080\u009F"],
  ["a byte order mark", "\uFEFFhello"],
  ["no-break, zero-width and line separators", "\u00A0\u200B\u2028\u2029"],
  ["combining characters, not composed", "e\u0301"],
  ["right-to-left text", "שלום عليكم"],
  ["a family of emoji", "👨‍👩‍👧‍👦🏳️‍🌈"],
];

/** Spec sections 4.1, 4.2 and 5.2. */
export function describeBodies(it: SqsTest): void {
  describe("a body", () => {
    it.for(bodies)("may be of %s, and comes back the same", async ([, body, md5], { sqs }) => {
      const queue = await sqs.createQueue();

      const sent = await queue.send(body);

      const received = await queue.receiveOne();
      expect(received.Body).toBe(body);
      expect(received.MD5OfBody).toBe(sent.MD5OfMessageBody);
      if (md5 !== undefined) expect(received.MD5OfBody).toBe(md5);
    });

    itRefuses(
      it,
      (
        [
          ["U+0000", "\u0000", "0"],
          ["U+0007 in the middle", "a\u0007b", "7"],
          ["U+000B", "\u000B", "B"],
          ["U+001F", "\u001F", "1F"],
          ["U+FFFE", "\uFFFE", "FFFE"],
          ["U+FFFF", "\uFFFF", "FFFF"],
          ["several, by the first of them", "ok\u001Fand\u0000", "1F"],
        ] as const
      ).map(([rule, body, hex]) => ({
        rule,
        mark: "V",
        call: (queue) => queue.send(body),
        refusal: illegal(hex),
      })),
    );
  });

  describe("the size of a message", () => {
    it("may be 1 MiB", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const body = "x".repeat(mebibyte);

      await queue.send(body);

      expect((await queue.receiveOne()).Body === body).toBe(true);
    });

    it("may be 1 MiB of characters that JSON must escape", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const body = '"\\\n\r'.repeat(mebibyte / 4);

      await queue.send(body);

      expect((await queue.receiveOne()).Body === body).toBe(true);
    });

    it("counts name, type and value of attributes: 1,048,568 + 1 + 6 + 1 bytes fit", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();

      await queue.send("x".repeat(1_048_568), {
        MessageAttributes: { k: { DataType: "String", StringValue: "x" } },
      });

      await queue.receiveOne();
    });

    it("counts a binary value by its bytes and not by its base64", async ({ sqs }) => {
      const queue = await sqs.createQueue({ MaximumMessageSize: "1024" });
      const BinaryValue = new Uint8Array(1024 - 1 - 6 - 1).fill(255);

      await queue.send("x", { MessageAttributes: { k: { DataType: "Binary", BinaryValue } } });

      const { MessageAttributes } = await queue.receiveOne({ MessageAttributeNames: ["All"] });
      expect(MessageAttributes?.["k"]?.BinaryValue).toEqual(BinaryValue);
    });

    it("does not count system attributes", async ({ sqs }) => {
      const queue = await sqs.createQueue({ MaximumMessageSize: "1024" });

      await queue.send("x".repeat(1024), {
        MessageSystemAttributes: {
          AWSTraceHeader: { DataType: "String", StringValue: "Root=1-5759e988-bd862e3fe1be46" },
        },
      });

      await queue.receiveOne();
    });

    it("counts bytes of UTF-8 and not characters", async ({ sqs }) => {
      const queue = await sqs.createQueue({ MaximumMessageSize: "1024" });

      await queue.send("😀".repeat(256));

      await queue.receiveOne();
    });

    itRefuses(it, [
      {
        rule: "one byte over 1 MiB",
        mark: "V",
        call: (queue) => queue.send("x".repeat(mebibyte + 1)),
        refusal: tooLong(mebibyte),
      },
      {
        rule: "one byte over 1 MiB together with its attributes",
        mark: "V",
        call: (queue) =>
          queue.send("x".repeat(1_048_569), {
            MessageAttributes: { k: { DataType: "String", StringValue: "x" } },
          }),
        refusal: tooLong(mebibyte),
      },
    ]);
    itRefuses(
      it,
      [
        {
          rule: "one byte over the queue's own maximum",
          mark: "V",
          call: (queue) => queue.send("x".repeat(1025)),
          refusal: tooLong(1024),
        },
        {
          rule: "one byte over it in characters of two bytes",
          mark: "V",
          call: (queue) => queue.send(`x${"é".repeat(512)}`),
          refusal: tooLong(1024),
        },
      ],
      { MaximumMessageSize: "1024" },
    );

    it("is bounded by the maximum that the queue has now", async ({ sqs }) => {
      const queue = await sqs.createQueue({ MaximumMessageSize: "1024" });
      await queue.set({ MaximumMessageSize: "2048" });

      await queue.send("x".repeat(2048));

      expect((await queue.receiveOne()).Body).toHaveLength(2048);
    });
  });
}
