import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MessageAttributeValue } from "#contract/operations.ts";
import {
  attributesBytes,
  checkMessageAttributes,
  selectAttributes,
  toWire,
} from "#engine/messageAttributes.ts";
import { refusalOf } from "../../support/refusalOf.ts";

const text = (StringValue: string, DataType = "String"): MessageAttributeValue => ({
  DataType,
  StringValue,
});
const bytes = (...values: number[]): MessageAttributeValue => ({
  DataType: "Binary",
  BinaryValue: Uint8Array.from(values),
});

const stored = (attributes: Readonly<Record<string, MessageAttributeValue>>) =>
  checkMessageAttributes(new Map(Object.entries(attributes)));

const reserved =
  "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.";
const alphabet =
  "Message (user) attribute names can only contain alphanumeric characters, hyphens, underscores, and periods.";
const badType =
  "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: Binary, Number, String.";
const empty = (type: string) =>
  `Message (user) attribute 'a' must contain a non-empty value of type '${type}'.`;

describe("checkMessageAttributes", () => {
  it.each([[undefined], [new Map()]])("takes none: %o", (attributes) => {
    expect(checkMessageAttributes(attributes).size).toBe(0);
  });

  it("keeps data types with their labels, numbers as written and bytes as they are", () => {
    expect(
      stored({
        price: text("10.50", "Number.float"),
        "A-b_c.1": text("é"),
        img: { DataType: "Binary.png", BinaryValue: Uint8Array.of(0, 255) },
      }),
    ).toEqual(
      new Map<string, unknown>([
        ["price", { dataType: "Number.float", text: "10.50" }],
        ["A-b_c.1", { dataType: "String", text: "é" }],
        ["img", { dataType: "Binary.png", bytes: Uint8Array.of(0, 255) }],
      ]),
    );
  });

  it("overlooks members that are there and empty", () => {
    const attributes = stored({
      a: {
        ...text("x"),
        BinaryValue: new Uint8Array(),
        StringListValues: [],
        BinaryListValues: [],
      },
    });

    expect(attributes.get("a")).toEqual({ dataType: "String", text: "x" });
  });

  it.each([["a".repeat(256)], ["AWSx"], ["amazonian"], ["a.b"], ["xAWS.y"], ["-"], ["__proto__"]])(
    "takes the name %s",
    (name) => {
      const attributes = new Map([[name, text("x")]]);

      expect(checkMessageAttributes(attributes).has(name)).toBe(true);
    },
  );

  it.each([
    ["", "The request must contain non-empty message attribute name."],
    ["a".repeat(257), "Message (user) attribute names must be at most 256 characters long."],
    ...["a!", 'a"', "a§", "a(", "a?", "a b", "ä", "a\n", "a/b"].map((name) => [name, alphabet]),
    ...["AWS.x", "aws.x", "Amazon.x", "aMaZoN.", ".a", "a.", ".", "a..b"].map((name) => [
      name,
      reserved,
    ]),
  ])("refuses the name %j", (name = "", message = "") => {
    expect(refusalOf(() => stored({ [name]: text("x") }))).toEqual([
      "InvalidParameterValueException",
      message,
    ]);
  });

  it("takes ten and refuses eleven", () => {
    const many = (count: number) =>
      new Map(Array.from({ length: count }, (_, index) => [`a${index}`, text("x")]));

    expect(checkMessageAttributes(many(10)).size).toBe(10);
    expect(refusalOf(() => checkMessageAttributes(many(11)))).toEqual([
      "InvalidParameterValueException",
      "Number of message attributes [11] exceeds the allowed maximum [10].",
    ]);
  });

  it.each<[what: string, value: MessageAttributeValue, message: string]>([
    [
      "no type",
      { StringValue: "x" },
      "The message (user) attribute 'a' must contain a non-empty message attribute type.",
    ],
    [
      "an empty type",
      text("x", ""),
      "The message (user) attribute 'a' must contain a non-empty message attribute type.",
    ],
    ["a type in small letters", text("x", "string"), badType],
    ["another type", text("x", "Boolean"), badType],
    ["a longer type", text("x", "Strings"), badType],
    ["a type without its label", text("x", "String."), badType],
    ["an illegal character in the label", text("x", "String.\x07"), badType],
    ["a type of 257 characters", text("x", `String.${"x".repeat(250)}`), badType],
    ["no value", { DataType: "String" }, empty("String")],
    ["an empty value", text("", "String.label"), empty("String.label")],
    ["an empty number", text("", "Number"), empty("Number")],
    ["no bytes", { DataType: "Binary" }, empty("Binary")],
    ["empty bytes", bytes(), empty("Binary")],
    ["text for bytes", text("x", "Binary"), empty("Binary")],
    ["bytes for text", { ...bytes(1), DataType: "String" }, empty("String")],
    [
      "both",
      { ...bytes(1), ...text("x") },
      "Message (user) attribute 'a' must contain only a value of type 'String'.",
    ],
    [
      "an illegal character",
      text("x\x07"),
      "Invalid binary character '#x7' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
    ],
    [
      "no number",
      text("three", "Number.int"),
      "Can't cast the value of message (user) attribute 'a' to a number.",
    ],
  ])("refuses %s", (_, value, message) => {
    expect(refusalOf(() => stored({ a: value }))).toEqual([
      "InvalidParameterValueException",
      message,
    ]);
  });

  it("takes a data type of 256 characters", () => {
    const dataType = `String.${"x".repeat(249)}`;

    expect(stored({ a: text("x", dataType) }).get("a")).toEqual({ dataType, text: "x" });
  });

  it.each<[what: string, lists: MessageAttributeValue]>([
    ["texts", { DataType: "String", StringListValues: ["x"] }],
    ["bytes", { ...bytes(1), BinaryListValues: [Uint8Array.of(1)] }],
  ])("refuses a list of %s", (_, value) => {
    expect(refusalOf(() => stored({ a: value }))).toEqual([
      "UnsupportedOperation",
      "Message attribute list values in SendMessage operation are not supported.",
    ]);
  });

  it("speaks of the first bad attribute", () => {
    expect(
      refusalOf(() => stored({ good: text("x"), a: text("x", "Nonsense"), "": text("") }))?.[1],
    ).toBe(badType);
  });
});

describe("attributesBytes", () => {
  it.each([
    ["none", {}, 0],
    ["the vector of spec section 4.2", { k: text("x") }, 1 + 6 + 1],
    ["UTF-8 and bytes", { k: text("é"), img: bytes(1, 2, 3) }, 1 + 6 + 2 + 3 + 6 + 3],
    ["a label", { price: text("10.50", "Number.float") }, 5 + 12 + 5],
  ])("%s", (_, attributes, expected) => {
    expect(attributesBytes(stored(attributes))).toBe(expected);
  });
});

describe("selectAttributes", () => {
  const attributes = stored({
    "Help.Me": text("Me"),
    Hello: text("There"),
    General: text("Kenobi"),
  });
  const all = ["Help.Me", "Hello", "General"];

  it.each<[names: readonly string[] | undefined, selected: readonly string[]]>([
    [undefined, []],
    [[], []],
    [["All"], all],
    [[".*"], all],
    [["*"], all],
    [["Nonsense", "All"], all],
    [["Hello"], ["Hello"]],
    [["hello"], []],
    [
      ["General", "Hello", "General"],
      ["Hello", "General"],
    ],
    [["Hel.*"], ["Help.Me", "Hello"]],
    [["Help.*"], ["Help.Me"]],
    [
      ["Help.*", "General"],
      ["Help.Me", "General"],
    ],
    [["Hel*"], []],
    [["all"], []],
    [["", "§", "AWS."], []],
  ])("%j selects %j", (names, selected) => {
    expect([...selectAttributes(names, attributes).keys()]).toEqual(selected);
  });

  it("never changes what is stored, and selects the stored values", () => {
    const pattern = fc.oneof(fc.constantFrom(...all, "All", "*", "Hel.*"), fc.string());

    fc.assert(
      fc.property(fc.array(pattern), (names) => {
        const before = structuredClone(attributes);

        for (const [name, value] of selectAttributes(names, attributes)) {
          expect(value).toBe(attributes.get(name));
        }

        expect(attributes).toEqual(before);
        expect([...selectAttributes(["All"], attributes)]).toEqual([...before]);
      }),
    );
  });
});

describe("toWire", () => {
  it("gives back what was sent", () => {
    const sent = new Map([
      ["color", text("blue")],
      ["price", text("10.50", "Number.float")],
      ["img", bytes(1, 2)],
    ]);

    expect(toWire(checkMessageAttributes(sent))).toEqual(sent);
  });
});
