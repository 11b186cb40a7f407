import { describe, expect, it } from "vitest";
import { blob, boolean, list, map, string, structure } from "#contract/shape.ts";
import { readForm } from "#protocol/form.ts";
import { formReaderOf } from "#protocol/queryInput.ts";
import { inputOf, refusal } from "./queryCall.ts";

type Parameters = Readonly<Record<string, string>>;

/** Spec section 1.4, the table of parameter names: the primary first, then each that is accepted. */
describe("the Query protocol's parameters, every spelling", () => {
  const attributes = (...names: readonly string[]): readonly Parameters[] =>
    names.map((name) => ({ [`${name}.1.Name`]: "Policy", [`${name}.1.Value`]: "" }));
  const unnumbered = { "Attribute.Name": "Policy", "Attribute.Value": "" };
  const policy = { Attributes: new Map([["Policy", ""]]) };

  it.each([
    ...attributes("Attribute", "Attributes").flatMap((parameters) => [
      ["CreateQueue", parameters, policy] as const,
      ["SetQueueAttributes", parameters, policy] as const,
    ]),
    ["SetQueueAttributes", unnumbered, policy] as const,
  ])("attributes of %s: %o", (action, parameters, expected) => {
    expect(inputOf(action, parameters)).toEqual(expected);
  });

  it.each<Parameters>([
    { "AttributeName.1": "a", "AttributeName.2": "b" },
    { "AttributeNames.1": "a", "AttributeNames.2": "b" },
    { AttributeName: "a", "AttributeName.1": "b" },
    { AttributeNames: "a", "AttributeNames.9": "b" },
    { "AttributeName.1": "a", "AttributeNames.1": "b" },
  ])("attribute names of a queue: %o", (parameters) => {
    expect(inputOf("GetQueueAttributes", parameters)).toEqual({ AttributeNames: ["a", "b"] });
  });

  it.each<[Parameters, readonly string[]]>([
    [{ "MessageSystemAttributeName.1": "a" }, ["a"]],
    [{ "MessageSystemAttributeNames.1": "a" }, ["a"]],
    [{ "AttributeName.1": "a" }, ["a"]],
    [{ "AttributeNames.1": "a" }, ["a"]],
    [{ AttributeName: "a" }, ["a"]],
    [{ "AttributeName.1": "a", "MessageSystemAttributeName.1": "b" }, ["b", "a"]],
  ])("system attribute names: %o", (parameters, expected) => {
    const input = inputOf("ReceiveMessage", parameters);

    expect(input).toHaveProperty("MessageSystemAttributeNames", expected);
  });

  it("takes both lists of names under the one name that generated clients use", () => {
    const form = readForm(["AttributeName.1=SenderId&AttributeName.1=All&AttributeName.2=x"]);
    const read = formReaderOf(
      "ReceiveMessage",
      structure({ MessageSystemAttributeNames: list(string) }),
    );

    expect(read(form)).toEqual({ MessageSystemAttributeNames: ["SenderId", "All", "x"] });
  });

  it.each<Parameters>([
    { "MessageAttributeName.1": "a.*" },
    { "MessageAttributeNames.1": "a.*" },
    { MessageAttributeName: "a.*" },
  ])("user attribute names: %o", (parameters) => {
    expect(inputOf("ReceiveMessage", parameters)).toEqual({ MessageAttributeNames: ["a.*"] });
  });

  it.each(["MessageAttribute", "MessageAttributes"])("user attributes: %s", (prefix) => {
    const input = inputOf("SendMessage", {
      [`${prefix}.1.Name`]: "s",
      [`${prefix}.1.Value.DataType`]: "String",
      [`${prefix}.1.Value.StringValue`]: "x",
      [`${prefix}.2.Name`]: "b",
      [`${prefix}.2.Value.DataType`]: "Binary",
      [`${prefix}.2.Value.BinaryValue`]: "AP/+",
      [`${prefix}.3.Name`]: "l",
      [`${prefix}.3.Value.DataType`]: "String",
      [`${prefix}.3.Value.StringListValue.1`]: "x",
      [`${prefix}.3.Value.StringListValue.2`]: "y",
      [`${prefix}.3.Value.BinaryListValue.1`]: "AA==",
    });

    expect(input).toEqual({
      MessageAttributes: new Map<string, unknown>([
        ["s", { DataType: "String", StringValue: "x" }],
        ["b", { DataType: "Binary", BinaryValue: Buffer.of(0, 255, 254) }],
        [
          "l",
          {
            DataType: "String",
            StringListValues: ["x", "y"],
            BinaryListValues: [Buffer.of(0)],
          },
        ],
      ]),
    });
  });

  it.each(["MessageSystemAttribute", "MessageSystemAttributes"])(
    "system attributes: %s",
    (prefix) => {
      const input = inputOf("SendMessage", {
        [`${prefix}.1.Name`]: "AWSTraceHeader",
        [`${prefix}.1.Value.DataType`]: "String",
        [`${prefix}.1.Value.StringValue`]: "Root=1",
      });

      expect(input).toEqual({
        MessageSystemAttributes: new Map([
          ["AWSTraceHeader", { DataType: "String", StringValue: "Root=1" }],
        ]),
      });
    },
  );

  it.each(["SendMessageBatchRequestEntry", "Entries"])("entries of a send: %s", (prefix) => {
    const input = inputOf("SendMessageBatch", {
      [`${prefix}.1.Id`]: "a",
      [`${prefix}.1.MessageBody`]: "x",
      [`${prefix}.1.DelaySeconds`]: "5",
      [`${prefix}.1.MessageGroupId`]: "g",
      [`${prefix}.1.MessageDeduplicationId`]: "d",
      [`${prefix}.1.MessageAttribute.1.Name`]: "k",
      [`${prefix}.1.MessageAttribute.1.Value.DataType`]: "String",
      [`${prefix}.1.MessageAttribute.1.Value.StringValue`]: "v",
      [`${prefix}.1.MessageSystemAttribute.1.Name`]: "AWSTraceHeader",
      [`${prefix}.1.MessageSystemAttribute.1.Value.StringValue`]: "t",
      [`${prefix}.2.Id`]: "b",
    });

    expect(input).toEqual({
      Entries: [
        {
          Id: "a",
          MessageBody: "x",
          DelaySeconds: 5,
          MessageGroupId: "g",
          MessageDeduplicationId: "d",
          MessageAttributes: new Map([["k", { DataType: "String", StringValue: "v" }]]),
          MessageSystemAttributes: new Map([["AWSTraceHeader", { StringValue: "t" }]]),
        },
        { Id: "b" },
      ],
    });
  });

  it.each(["DeleteMessageBatchRequestEntry", "Entries"])("entries of a delete: %s", (prefix) => {
    expect(
      inputOf("DeleteMessageBatch", {
        [`${prefix}.1.Id`]: "a",
        [`${prefix}.1.ReceiptHandle`]: "h",
      }),
    ).toEqual({ Entries: [{ Id: "a", ReceiptHandle: "h" }] });
  });

  it.each(["ChangeMessageVisibilityBatchRequestEntry", "Entries"])(
    "entries of a change of visibility: %s",
    (prefix) => {
      expect(
        inputOf("ChangeMessageVisibilityBatch", {
          [`${prefix}.1.Id`]: "a",
          [`${prefix}.1.ReceiptHandle`]: "h",
          [`${prefix}.1.VisibilityTimeout`]: "0",
        }),
      ).toEqual({ Entries: [{ Id: "a", ReceiptHandle: "h", VisibilityTimeout: 0 }] });
    },
  );

  it.each(["Tag", "Tags"])("tags: %s", (prefix) => {
    const parameters = {
      [`${prefix}.1.Key`]: "a",
      [`${prefix}.1.Value`]: "b",
      [`${prefix}.2.Key`]: "c",
      [`${prefix}.2.Value`]: "",
    };
    const tags = new Map([
      ["a", "b"],
      ["c", ""],
    ]);

    expect(inputOf("TagQueue", parameters)).toEqual({ Tags: tags });
    expect(inputOf("CreateQueue", parameters)).toEqual({ tags });
  });

  it.each(["TagKey", "TagKeys"])("tag keys: %s", (prefix) => {
    expect(inputOf("UntagQueue", { [`${prefix}.1`]: "a", [`${prefix}.2`]: "b" })).toEqual({
      TagKeys: ["a", "b"],
    });
  });

  it.each([
    ["AWSAccountId", "ActionName"],
    ["AWSAccountIds", "Actions"],
  ])("permissions: %s, %s", (accounts, actions) => {
    const shape = structure({ AWSAccountIds: list(string), Actions: list(string), Label: string });
    const read = formReaderOf("AddPermission", shape);

    const input = read(readForm([`Label=l&${accounts}.1=1&${actions}.1=a&${actions}.2=b`]));

    expect(input).toEqual({ AWSAccountIds: ["1"], Actions: ["a", "b"], Label: "l" });
  });
});

describe("the Query protocol's parameters, lists", () => {
  it("are in the order of their numbers, with gaps, whatever the order of coming", () => {
    const parameters = { "TagKey.10": "d", "TagKey.2": "b", "TagKey.99999": "e", "TagKey.1": "a" };

    expect(inputOf("UntagQueue", { ...parameters, "TagKey.3": "c" })).toEqual({
      TagKeys: ["a", "b", "c", "d", "e"],
    });
  });

  it.each(["0", "00", "01", "-1", "+1", "1.5", "1e3", "a", "", "member", "100000", "١"])(
    "leave out what is numbered %j",
    (number) => {
      expect(inputOf("UntagQueue", { [`TagKey.${number}`]: "x", "TagKey.1": "a" })).toEqual({
        TagKeys: ["a"],
      });
    },
  );

  it("that are missing are absent", () => {
    expect(inputOf("UntagQueue", {})).toEqual({});
    expect(inputOf("TagQueue", { "Tag.x": "1", "Tag.Value": "1" })).toEqual({});
    expect(inputOf("SendMessage", { "MessageAttribute.key": "1" })).toEqual({});
  });

  it("that say they are empty are absent, and an empty element is one", () => {
    expect(inputOf("UntagQueue", { TagKey: "" })).toEqual({});
    expect(inputOf("UntagQueue", { TagKey: "", "TagKey.1": "" })).toEqual({ TagKeys: [""] });
  });

  it.each(["SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"])(
    "of entries that are missing are empty: %s",
    (action) => {
      expect(inputOf(action, {})).toEqual({ Entries: [] });
      expect(inputOf(action, { "Entries.Id": "a", Entries: "b" })).toEqual({ Entries: [] });
    },
  );

  it("of entries have one that says nothing that is known", () => {
    expect(inputOf("DeleteMessageBatch", { "Entries.1.id": "a" })).toEqual({ Entries: [{}] });
  });
});

describe("the Query protocol's parameters, maps", () => {
  it.each(["key", "name", "Key"])("hand over an empty name for a misspelt %s", (key) => {
    const input = inputOf("SendMessage", {
      [`MessageAttribute.1.${key}`]: "a",
      "MessageAttribute.1.Value.StringValue": "b",
    });

    expect(input).toEqual({ MessageAttributes: new Map([["", { StringValue: "b" }]]) });
  });

  it("hand over an attribute without a value", () => {
    expect(inputOf("SendMessage", { "MessageAttribute.1.Name": "a" })).toEqual({
      MessageAttributes: new Map([["a", {}]]),
    });
  });

  it.each([
    ["SetQueueAttributes", { "Attribute.1.Name": "Policy" }, "Attribute.Value"],
    ["SetQueueAttributes", { "Attributes.Name": "Policy" }, "Attribute.Value"],
    ["TagQueue", { "Tags.1.Key": "a" }, "Tag.Value"],
  ])("refuse a name without its value: %s %o", (action, parameters, missing) => {
    expect(refusal(() => inputOf(action, parameters))).toEqual({
      error: "MissingRequiredParameterException",
      message: `The request must contain the parameter ${missing}.`,
    });
  });

  it("reach no prototype, and keep the later of two values", () => {
    const input = inputOf("TagQueue", {
      "Tag.1.Key": "__proto__",
      "Tag.1.Value": "1",
      "Tag.2.Key": "a",
      "Tag.2.Value": "2",
      "Tag.3.Key": "a",
      "Tag.3.Value": "3",
    });

    expect(input).toEqual({
      Tags: new Map([
        ["__proto__", "1"],
        ["a", "3"],
      ]),
    });
  });
});

describe("the Query protocol's parameters, values", () => {
  it.each([
    ["0", 0],
    ["-1", -1],
    ["+5", 5],
    ["007", 7],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ])("%j is the integer %d", (text, DelaySeconds) => {
    expect(inputOf("SendMessage", { DelaySeconds: text })).toEqual({ DelaySeconds });
  });

  it.each(["", " ", "abc", "1.5", "1e3", "0x10", " 1", "1 ", "NaN", "9".repeat(400), "--1"])(
    "%j is no integer",
    (DelaySeconds) => {
      expect(refusal(() => inputOf("SendMessage", { DelaySeconds }))).toEqual({
        error: "SerializationException",
        message: "Expected the parameter DelaySeconds to be an integer.",
      });
    },
  );

  it.each(["A", "AA=", "A===", "A-_=", " AA=", "é==="])("%j is no blob", (text) => {
    expect(
      refusal(() => inputOf("SendMessage", { "MessageAttribute.1.Value.BinaryValue": text })),
    ).toEqual({ error: "SerializationException", message: "Expected a blob in base64." });
  });

  it("an empty text is an empty text, and the last of several counts", () => {
    const form = readForm(["MessageBody=a&MessageBody=&MessageGroupId=b"]);
    const read = formReaderOf("SendMessage", structure({ MessageBody: string }));

    expect(read(form)).toEqual({ MessageBody: "" });
  });

  it("are read only where the contract names them, as it spells them", () => {
    const parameters = {
      "X-Amz-Signature": "s",
      "X-Amz-Credential": "c",
      AWSAccessKeyId: "k",
      Timestamp: "t",
      messagebody: "x",
      "MessageBody.1": "x",
    };

    expect(inputOf("SendMessage", parameters)).toEqual({});
  });

  it("are those of other shapes, too, should an action take them", () => {
    const shape = structure({ Flag: boolean, Inner: structure({ Bytes: blob }), Tags: map(blob) });
    const read = formReaderOf("AnyAction", shape);

    expect(read(readForm(["Flag=true&Inner.Bytes=AA==&Tag.1.Key=a&Tag.1.Value=AQ=="]))).toEqual({
      Flag: true,
      Inner: { Bytes: Buffer.of(0) },
      Tags: new Map([["a", Buffer.of(1)]]),
    });
    expect(read(readForm(["Flag=false"]))).toEqual({ Flag: false });
    expect(refusal(() => read(readForm(["Flag=yes"])))).toEqual({
      error: "SerializationException",
      message: "Expected the parameter Flag to be true or false.",
    });
  });

  it.each([list(list(string)), list(map(string))])("of %o cannot be described", (shape) => {
    expect(() => formReaderOf("AnyAction", structure({ Tags: shape }))).toThrow(/hold text/);
  });

  it("of a list without a row cannot be described", () => {
    expect(() => formReaderOf("AnyAction", structure({ Others: list(string) }))).toThrow(
      "expected the list or map Others to have a row",
    );
  });
});
