import { describe, expect, it } from "vitest";
import type { MessageAttributeValue } from "#contract/operations.ts";
import {
  checkMessageSystemAttributes,
  selectSystemAttributes,
  systemAttributeNames,
} from "#engine/systemAttributes.ts";
import { refusalOf } from "../../support/refusalOf.ts";

const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

const check = (attributes: Readonly<Record<string, MessageAttributeValue>>) =>
  checkMessageSystemAttributes(new Map(Object.entries(attributes)));

describe("checkMessageSystemAttributes", () => {
  it("gives the trace header, if there is one", () => {
    expect(check({ AWSTraceHeader: { DataType: "String", StringValue: header } })).toBe(header);
    expect(check({})).toBe(undefined);
    expect(checkMessageSystemAttributes(undefined)).toBe(undefined);
  });

  it.each<[name: string, value: MessageAttributeValue, message: string]>([
    ["SenderId", {}, "Message system attribute name 'SenderId' is invalid."],
    ["awstraceheader", {}, "Message system attribute name 'awstraceheader' is invalid."],
    [
      "AWSTraceHeader",
      { StringValue: "x" },
      "The message (system) attribute 'AWSTraceHeader' must contain a non-empty message attribute type.",
    ],
    [
      "AWSTraceHeader",
      { DataType: "Binary", BinaryValue: Uint8Array.of(1) },
      "The type of message (system) attribute 'AWSTraceHeader' is invalid. You must use only the following supported type prefixes: String.",
    ],
    [
      "AWSTraceHeader",
      { DataType: "String", StringValue: "" },
      "Message (system) attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.",
    ],
    [
      "AWSTraceHeader",
      { DataType: "String", StringValue: "\x07" },
      "Invalid binary character '#x7' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
    ],
  ])("refuses %s as %o", (name, value, message) => {
    expect(refusalOf(() => check({ [name]: value }))).toEqual([
      "InvalidParameterValueException",
      message,
    ]);
  });
});

describe("selectSystemAttributes", () => {
  it("knows the nine of spec section 4.5", () => {
    expect(systemAttributeNames.size).toBe(9);
  });

  it.each<
    [
      attributeNames: string[] | undefined,
      messageSystemAttributeNames: string[] | undefined,
      selected: string[],
    ]
  >([
    [undefined, undefined, []],
    [[], [], []],
    [["SenderId"], undefined, ["SenderId"]],
    [undefined, ["SenderId", "SenderId"], ["SenderId"]],
    [["All"], undefined, [...systemAttributeNames]],
    [["SenderId"], ["All"], [...systemAttributeNames]],
    [["All"], ["SenderId"], ["SenderId"]],
    [["All"], [], [...systemAttributeNames]],
    [["Nonsense"], ["SenderId"], ["SenderId"]],
    [["SenderId", "All"], undefined, [...systemAttributeNames]],
  ])("AttributeNames %j and MessageSystemAttributeNames %j", (older, newer, selected) => {
    const chosen = selectSystemAttributes({
      attributeNames: older,
      messageSystemAttributeNames: newer,
    });

    expect([...chosen]).toEqual(selected);
  });

  it.each([
    [{ attributeNames: ["Nonsense"] }, "Nonsense"],
    [{ messageSystemAttributeNames: ["SenderId", "senderId"] }, "senderId"],
    [{ messageSystemAttributeNames: ["All", "all"] }, "all"],
    [{ attributeNames: ["VisibilityTimeout"] }, "VisibilityTimeout"],
  ])("refuses %j", (lists, name) => {
    expect(refusalOf(() => selectSystemAttributes(lists))).toEqual([
      "InvalidAttributeName",
      `Unknown Attribute ${name}.`,
    ]);
  });
});
