import type { MessageAttributeValue } from "@aws-sdk/client-sqs";
import { describe, expect } from "vitest";
import { invalid, type Mark, type Refusal, refused } from "./refusal.ts";
import { itRefuses } from "./refusalRows.ts";
import type { SqsTest } from "./sqsTest.ts";

type Attributes = Readonly<Record<string, MessageAttributeValue>>;

const text = (value: string, type = "String"): MessageAttributeValue => ({
  DataType: type,
  StringValue: value,
});
const binary = (bytes: readonly number[], type = "Binary"): MessageAttributeValue => ({
  DataType: type,
  BinaryValue: Uint8Array.from(bytes),
});
const traceparent = [
  ...Buffer.from("traceparent"),
  0x1e,
  ...Buffer.from("00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"),
];

/** The digests of spec section 5.3. */
const vectors: readonly (readonly [what: string, attributes: Attributes, md5: string])[] = [
  [
    "one of each type",
    { color: text("blue"), count: text("3", "Number"), blob: binary([1, 2, 3]) },
    "d838729972a4b70e2d2acd9d59ac847c",
  ],
  ["a number", { timestamp: text("1493147359900", "Number") }, "235c5c510d26fb653d073faed50ae77c"],
  [
    "labelled types, in the order of bytes",
    {
      price: text("10.50", "Number.float"),
      Zeta: text("é"),
      img: binary([0x89, 0x50, 0x4e, 0x47], "Binary.png"),
    },
    "e9e76de07878f3e22b410d8e69daa9b0",
  ],
  ["k", { k: text("x") }, "a45daa70926828a2f0a1db3418e6feb4"],
  ["Foo", { Foo: text("Bar") }, "ae7155c6026991b6d54b11589678bf9c"],
  ["MyAttribute", { MyAttribute: text("foobar") }, "adb59cd4678ea5a855436b949cd07ab6"],
  ["color", { color: text("blue") }, "da1b33cc3cbfe8b1630921e78e6b9880"],
  [
    "three names",
    { "Help.Me": text("Me"), Hello: text("There"), General: text("Kenobi") },
    "4c360f3fdafd970e05fae2f149d997f5",
  ],
  ["bytes", { attr1: binary(traceparent) }, "8cbe4db156db8a94db8b801b7addb984"],
];

const badType = (name: string) =>
  invalid(
    `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
  );
const noNumber = invalid("Can't cast the value of message (user) attribute 'k' to a number.");
const empty = (type: string) =>
  invalid(`Message (user) attribute 'k' must contain a non-empty value of type '${type}'.`);
const reserved = invalid(
  "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.",
);
const badName = invalid(
  "Message (user) attribute names can only contain alphanumeric characters, hyphens, underscores, and periods.",
);
const noLists = refused(
  "UnsupportedOperation",
  "Message attribute list values in SendMessage operation are not supported.",
);

const manyAttributes = (count: number): Attributes =>
  Object.fromEntries(Array.from({ length: count }, (_, place) => [`k${place}`, text("v")]));

/** In the order of spec section 4.3. */
const bad: readonly (readonly [rule: string, mark: Mark, given: Attributes, refusal: Refusal])[] = [
  [
    "eleven",
    "V",
    manyAttributes(11),
    invalid("Number of message attributes [11] exceeds the allowed maximum [10]."),
  ],
  [
    "an empty name",
    "V",
    { "": text("v") },
    invalid("The request must contain non-empty message attribute name."),
  ],
  [
    "a name of 257 characters",
    "text unconfirmed",
    { ["k".repeat(257)]: text("v") },
    invalid("Message (user) attribute names must be at most 256 characters long."),
  ],
  ["a name with !", "text unconfirmed", { "k!": text("v") }, badName],
  ['a name with "', "text unconfirmed", { 'k"': text("v") }, badName],
  ["a name with §", "text unconfirmed", { "k§": text("v") }, badName],
  ["a name with (", "text unconfirmed", { "k(": text("v") }, badName],
  ["a name with ?", "text unconfirmed", { "k?": text("v") }, badName],
  ["a name with a space", "text unconfirmed", { "a b": text("v") }, badName],
  ["a name that begins with AWS.", "text unconfirmed", { "AWS.k": text("v") }, reserved],
  ["a name that begins with aws.", "text unconfirmed", { "aws.k": text("v") }, reserved],
  ["a name that begins with Amazon.", "text unconfirmed", { "AMAZON.k": text("v") }, reserved],
  ["a name that begins with a full stop", "text unconfirmed", { ".k": text("v") }, reserved],
  ["a name that ends with a full stop", "text unconfirmed", { "k.": text("v") }, reserved],
  ["a name with two full stops in a row", "unconfirmed", { "a..b": text("v") }, reserved],
  ["an unknown type", "V", { k: text("v", "Text") }, badType("k")],
  ["a type in other capitals", "V", { k: text("v", "string") }, badType("k")],
  ["a type that goes on without a full stop", "V", { k: text("v", "Strings") }, badType("k")],
  ["a type of 257 characters", "D", { k: text("v", `String.${"x".repeat(250)}`) }, badType("k")],
  [
    "no type",
    "unconfirmed",
    { k: { DataType: undefined, StringValue: "v" } },
    invalid("The message (user) attribute 'k' must contain a non-empty message attribute type."),
  ],
  [
    "an empty type",
    "unconfirmed",
    { k: text("v", "") },
    invalid("The message (user) attribute 'k' must contain a non-empty message attribute type."),
  ],
  ["no value", "V", { k: { DataType: "String" } }, empty("String")],
  ["an empty text", "V", { k: text("") }, empty("String")],
  ["an empty number", "unconfirmed", { k: text("", "Number.int") }, empty("Number.int")],
  ["no bytes", "unconfirmed", { k: binary([]) }, empty("Binary")],
  [
    "a text with both kinds of value",
    "unconfirmed",
    { k: { DataType: "String", StringValue: "v", BinaryValue: Uint8Array.of(1) } },
    invalid("Message (user) attribute 'k' must contain only a value of type 'String'."),
  ],
  [
    "a text with an illegal character",
    "text unconfirmed",
    { k: text("a\u0007") },
    invalid(
      "Invalid binary character '#x7' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
    ),
  ],
  ["a word for a number", "V", { k: text("many", "Number") }, noNumber],
  ["NaN for a number", "V", { k: text("NaN", "Number") }, noNumber],
  ["a hexadecimal number", "V", { k: text("0x10", "Number") }, noNumber],
  ["a number with a space", "V", { k: text(" 1", "Number") }, noNumber],
  ["a number of 39 digits", "V", { k: text("1".repeat(39), "Number") }, noNumber],
  ["a number over 10^126", "V", { k: text("1.1e126", "Number") }, noNumber],
  ["a number under 10^-128", "V", { k: text("9e-129", "Number") }, noNumber],
  [
    "a list of texts",
    "text unconfirmed",
    { k: { DataType: "String", StringValue: "v", StringListValues: ["v"] } },
    noLists,
  ],
  [
    "a list of bytes",
    "text unconfirmed",
    { k: { DataType: "Binary", BinaryListValues: [Uint8Array.of(1)] } },
    noLists,
  ],
];

/** Spec sections 4.3 and 5.3. */
export function describeMessageAttributes(it: SqsTest): void {
  describe("the attributes of a message", () => {
    it.for(vectors)("have the digest that AWS gives to %s", async ([, given, md5], { sqs }) => {
      const queue = await sqs.createQueue();

      const sent = await queue.send("hello", { MessageAttributes: given });
      const batch = await queue.sendBatch([
        { Id: "a", MessageBody: "hello", MessageAttributes: given },
      ]);
      const messages = await queue.receiveAll({ MessageAttributeNames: ["All"] });

      expect(sent.MD5OfMessageAttributes).toBe(md5);
      expect(batch.Successful?.[0]?.MD5OfMessageAttributes).toBe(md5);
      expect(messages.map((message) => message.MD5OfMessageAttributes)).toEqual([md5, md5]);
    });

    it.for([
      ["of every type", { a: text("x"), b: text("1", "Number"), c: binary([0, 255]) }],
      ["ten", manyAttributes(10)],
      ["with labels", { a: text("x", "String.json"), b: text("1", "Number.int") }],
      ["with a number as it was written", { a: text("+0010.500", "Number") }],
      [
        "with large and small numbers",
        { a: text("-1e126", "Number"), b: text("1e-128", "Number") },
      ],
      ["with a number of 38 digits", { a: text("1".repeat(38), "Number") }],
      ["with names of every character", { "Az09_-.b": text("x"), az09: text("y") }],
      ["with a name of 256 characters", { ["k".repeat(256)]: text("x") }],
      ["with a type of 256 characters", { k: text("x", `String.${"x".repeat(249)}`) }],
      ["with white space and emoji", { k: text(" \r\n\t😀 ") }],
      ["with names that objects have", { constructor: text("x"), toString: text("y") }],
      ["with every byte", { k: binary(Array.from({ length: 256 }, (_, byte) => byte)) }],
    ] as const)("may be %s, and come back the same", async ([, given], { sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello", { MessageAttributes: given });

      const { MessageAttributes } = await queue.receiveOne({ MessageAttributeNames: ["All"] });

      expect(MessageAttributes).toEqual(given);
    });

    it("may come with members that are not used and empty", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      await queue.send("hello", {
        MessageAttributes: { k: { ...text("v"), StringListValues: [], BinaryListValues: [] } },
      });

      const { MessageAttributes } = await queue.receiveOne({ MessageAttributeNames: ["All"] });
      expect(MessageAttributes).toEqual({ k: text("v") });
    });

    itRefuses(
      it,
      bad.map(([rule, mark, MessageAttributes, refusal]) => ({
        rule,
        mark,
        call: (queue) => queue.send("hello", { MessageAttributes }),
        refusal,
      })),
    );
  });
}
