import { describe, expect, it } from "vitest";
import { SqsError, type SqsErrorName, sqsErrors } from "#contract/errors.ts";
import { type ActionName, isActionName, operations } from "#contract/operations.ts";
import { headerOf } from "#protocol/http.ts";
import { json } from "#protocol/json.ts";
import { aJsonCall, aRequest } from "./aRequest.ts";

function refusal(act: () => unknown): { error: SqsErrorName; message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof SqsError) return { error: error.error, message: error.message };
    throw error;
  }
  throw new Error("expected an SqsError, got none");
}

function refusalOf(action: string, body: unknown): string {
  const { error, message } = refusal(() => json.decode(aJsonCall(action, body)));
  expect(error).toBe("SerializationException");
  return message;
}

function inputOf(action: string, body: unknown): unknown {
  return json.decode(aJsonCall(action, body)).input;
}

describe("json, whose request it is", () => {
  it.each([
    ["a target", { "x-amz-target": "AmazonSQS.SendMessage" }, true],
    [
      "a target and any content type",
      { "x-amz-target": "AmazonSQS.X", "content-type": "a/b" },
      true,
    ],
    ["the content type without a target", { "content-type": "application/x-amz-json-1.0" }, true],
    [
      "the type in capitals, with a charset",
      { "content-type": "Application/X-AMZ-JSON-1.0; charset=utf-8" },
      true,
    ],
    ["a target of another service", { "x-amz-target": "DynamoDB_20120810.GetItem" }, false],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, false],
    ["plain JSON", { "content-type": "application/json" }, false],
    ["nothing", {}, false],
  ])("%s: %o is %s", (_name, headers, expected) => {
    expect(json.recognises(aRequest({ method: "POST", headers }))).toBe(expected);
  });
});

describe("json, the action", () => {
  it("reads it from the target, at any path", () => {
    const call = json.decode(aJsonCall("PurgeQueue", {}, { path: "/000000000000/orders" }));

    expect(call.action).toBe("PurgeQueue");
  });

  it.each([
    ["AmazonSQS.NoSuchAction", "The action NoSuchAction is not valid for this endpoint."],
    ["AmazonSQS.sendMessage", "The action sendMessage is not valid for this endpoint."],
    ["AmazonSQS.toString", "The action toString is not valid for this endpoint."],
    ["AmazonSQS.__proto__", "The action __proto__ is not valid for this endpoint."],
    [
      "AmazonSQS.",
      "Expected the header X-Amz-Target to name an action, as in AmazonSQS.SendMessage.",
    ],
    [undefined, "Expected the header X-Amz-Target to name an action, as in AmazonSQS.SendMessage."],
  ])("refuses the target %s", (target, message) => {
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": target };

    const refused = refusal(() => json.decode(aRequest({ method: "POST", headers })));

    expect(refused).toEqual({ error: "UnknownOperationException", message });
  });
});

describe("json, the body", () => {
  it.each([
    ["nothing", "", "Expected the request body to be JSON."],
    ["no JSON", "{", "Expected the request body to be JSON."],
    ["two values", "{}{}", "Expected the request body to be JSON."],
    ["a list", "[]", "Expected the request body to be a JSON object."],
    ["a string", '"x"', "Expected the request body to be a JSON object."],
    ["null", "null", "Expected the request body to be a JSON object."],
    ["no UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), "Expected the request body to be UTF-8."],
    [
      "half a character",
      Buffer.from('{"MessageBody":"é').subarray(0, -1),
      "Expected the request body to be UTF-8.",
    ],
  ])("refuses %s", (_name, body, message) => {
    expect(refusalOf("SendMessage", body)).toBe(message);
  });

  it("does not quote the body in its refusal", () => {
    expect(refusalOf("SendMessage", "secret")).not.toContain("secret");
  });

  it("reads well after it has refused half a character", () => {
    refusalOf("SendMessage", Uint8Array.of(0xc3));

    expect(inputOf("SendMessage", { MessageBody: "é€😀" })).toEqual({ MessageBody: "é€😀" });
  });

  it.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("survives a million nested %s", (_name, open, close) => {
    const nested = `${open.repeat(1_000_000)}1${close.repeat(1_000_000)}`;

    expect(inputOf("SendMessage", `{"Unknown":${nested},"MessageBody":"x"}`)).toEqual({
      MessageBody: "x",
    });
    expect(refusalOf("SendMessage", `{"MessageBody":${nested}}`)).toMatch(/^Start of /);
  });
});

describe("json, members", () => {
  it("leaves out what is null, at every depth, and what the contract does not name", () => {
    const input = inputOf("SendMessageBatch", {
      QueueUrl: null,
      queueurl: "x",
      Extra: [1],
      Entries: [null, { Id: "1", MessageBody: null, Extra: {}, MessageAttributes: { a: null } }],
    });

    expect(input).toEqual({ Entries: [{ Id: "1", MessageAttributes: new Map() }] });
  });

  it("reads the member tags of CreateQueue in lower case only", () => {
    const input = inputOf("CreateQueue", { QueueName: "a", tags: { b: "c" }, Tags: { d: "e" } });

    expect(input).toEqual({ QueueName: "a", tags: new Map([["b", "c"]]) });
  });

  it("reads a map as a Map, where no key reaches a prototype", () => {
    const body = '{"Tags":{"__proto__":"1","constructor":"2","toString":"3","":"4","7":"5"}}';

    const input = inputOf("TagQueue", body);

    expect(input).toEqual({
      Tags: new Map([
        ["7", "5"],
        ["__proto__", "1"],
        ["constructor", "2"],
        ["toString", "3"],
        ["", "4"],
      ]),
    });
  });

  it("takes no member from a prototype that the body brings", () => {
    const input = inputOf("SendMessage", '{"__proto__":{"MessageBody":"x"}}');

    expect(input).toEqual({});
    expect(Object.hasOwn(Object.prototype, "MessageBody")).toBe(false);
  });

  it("reads a blob as bytes", () => {
    const MessageAttributes = { a: { DataType: "Binary", BinaryValue: "AP/+" } };

    const input = inputOf("SendMessage", { MessageAttributes });

    expect(input).toEqual({
      MessageAttributes: new Map([
        ["a", { DataType: "Binary", BinaryValue: Buffer.of(0, 255, 254) }],
      ]),
    });
  });

  it.each([0, -1, 7, 1e3, 2 ** 53, 1e300])("reads the integer %d", (WaitTimeSeconds) => {
    expect(inputOf("ReceiveMessage", { WaitTimeSeconds })).toEqual({ WaitTimeSeconds });
  });
});

describe("json, a member of the wrong type", () => {
  const list = "Start of list found where not expected";
  const structure = "Start of structure or map found where not expected.";
  const collection = (javaClass: string) =>
    `Unrecognized collection type class java.lang.${javaClass}`;

  it.each([
    ["a list for a string", "SendMessage", { MessageBody: ["x"] }, list],
    ["a map for a string", "SendMessage", { MessageBody: {} }, structure],
    [
      "a number for a string",
      "SendMessage",
      { MessageBody: 1 },
      "NUMBER_VALUE can not be converted to a String",
    ],
    [
      "true for a string",
      "SendMessage",
      { MessageBody: true },
      "TRUE_VALUE can not be converted to a String",
    ],
    ["a list for an integer", "SendMessage", { DelaySeconds: [] }, list],
    ["a map for an integer", "SendMessage", { DelaySeconds: {} }, structure],
    [
      "a string for an integer",
      "SendMessage",
      { DelaySeconds: "5" },
      "STRING_VALUE can not be converted to an Integer",
    ],
    [
      "true for an integer",
      "SendMessage",
      { DelaySeconds: true },
      "TRUE_VALUE can not be converted to an Integer",
    ],
    [
      "false for an integer",
      "SendMessage",
      { DelaySeconds: false },
      "FALSE_VALUE can not be converted to an Integer",
    ],
    [
      "a fraction for an integer",
      "SendMessage",
      { DelaySeconds: 1.5 },
      "NUMBER_VALUE can not be converted to an Integer",
    ],
    [
      "infinity for an integer",
      "SendMessage",
      '{"DelaySeconds":1e400}',
      "NUMBER_VALUE can not be converted to an Integer",
    ],
    ["a string for a list", "UntagQueue", { TagKeys: "a" }, collection("String")],
    ["a number for a list", "UntagQueue", { TagKeys: 1 }, collection("Integer")],
    ["a map for a list", "UntagQueue", { TagKeys: {} }, structure],
    [
      "a number in a list of strings",
      "UntagQueue",
      { TagKeys: ["a", 1] },
      "NUMBER_VALUE can not be converted to a String",
    ],
    ["a string for a map", "TagQueue", { Tags: "a" }, collection("String")],
    ["a fraction for a map", "TagQueue", { Tags: 1.5 }, collection("Double")],
    ["false for a map", "TagQueue", { Tags: false }, collection("Boolean")],
    ["a list for a map", "TagQueue", { Tags: [] }, list],
    [
      "a number in a map of strings",
      "CreateQueue",
      { Attributes: { DelaySeconds: 5 } },
      "NUMBER_VALUE can not be converted to a String",
    ],
    ["a string for a structure", "DeleteMessageBatch", { Entries: ["a"] }, collection("String")],
    ["a list for a structure", "DeleteMessageBatch", { Entries: [[]] }, list],
    [
      "a wrong member of an entry",
      "DeleteMessageBatch",
      { Entries: [{ Id: 1 }] },
      "NUMBER_VALUE can not be converted to a String",
    ],
  ])("%s", (_name, action, body, message) => {
    expect(refusalOf(action, body)).toBe(message);
  });

  it.each([1, ["AA=="], {}, "A", "AA=", "AAA", "A===", "AA=A", "A-_=", "AA==\n", "é==="])(
    "%o for a blob",
    (BinaryValue) => {
      const MessageAttributes = { a: { DataType: "Binary", BinaryValue } };

      expect(refusalOf("SendMessage", { MessageAttributes })).toMatch(/Blob|Start of|base64/);
    },
  );
});

describe("json, a result", () => {
  it("is a JSON object under a request id", () => {
    const answer = json.encodeResult("SendMessage", { MessageId: "m", MD5OfMessageBody: "d" }, "r");

    expect(answer).toEqual({
      status: 200,
      headers: { "x-amzn-RequestId": "r", "Content-Type": "application/x-amz-json-1.0" },
      body: '{"MD5OfMessageBody":"d","MessageId":"m"}',
    });
  });

  const silent: readonly ActionName[] = [
    "AddPermission",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "DeleteQueue",
    "PurgeQueue",
    "RemovePermission",
    "SetQueueAttributes",
    "TagQueue",
    "UntagQueue",
  ];

  it.each(Object.keys(operations).filter(isActionName))("of %s may be empty", (action) => {
    const { body } = json.encodeResult(action, {}, "r");

    expect(body).toBe(silent.includes(action) ? "" : "{}");
  });

  it.each<[string, ActionName, Parameters<typeof json.encodeResult>[1], string]>([
    ["empty lists", "ListQueues", { QueueUrls: [] }, "{}"],
    ["empty maps", "ListQueueTags", { Tags: new Map() }, "{}"],
    [
      "empty maps inside",
      "ReceiveMessage",
      { Messages: [{ Body: "b", Attributes: new Map() }] },
      '{"Messages":[{"Body":"b"}]}',
    ],
    [
      "what is not of the contract",
      "ListQueues",
      { QueueUrls: ["u"], ...{ inner: 1 } },
      '{"QueueUrls":["u"]}',
    ],
  ])("leaves out %s", (_name, action, output, expected) => {
    expect(json.encodeResult(action, output, "r").body).toBe(expected);
  });

  it("writes a blob in base64 and a map as an object, whatever its keys", () => {
    const { body } = json.encodeResult(
      "ReceiveMessage",
      {
        Messages: [
          {
            Attributes: new Map([["__proto__", "x"]]),
            MessageAttributes: new Map([["a", { BinaryValue: Uint8Array.of(0, 255, 254) }]]),
          },
        ],
      },
      "r",
    );

    expect(body).toBe(
      '{"Messages":[{"Attributes":{"__proto__":"x"},"MessageAttributes":{"a":{"BinaryValue":"AP/+"}}}]}',
    );
  });

  it("writes what it reads", () => {
    const MessageAttributes = {
      a: { StringValue: "\ud800 \u2028 é", BinaryValue: "AP/+", DataType: "Binary" },
    };
    const given = JSON.stringify({ Messages: [{ MessageAttributes }] });
    const { input } = json.decode(aJsonCall("SendMessage", { MessageAttributes }));

    const { body } = json.encodeResult("ReceiveMessage", { Messages: [input] }, "r");

    expect(body).toBe(given);
  });
});

describe("json, an error", () => {
  const names = Object.keys(sqsErrors).filter((name): name is SqsErrorName => name in sqsErrors);

  it.each(names)("%s has its namespace, code, status and fault", (name) => {
    const { namespace, queryCode, status, fault } = sqsErrors[name];

    const answer = json.encodeError(new SqsError(name, 'a "text"'), "r");

    expect(answer.status).toBe(status);
    expect(answer.headers).toEqual({
      "x-amzn-RequestId": "r",
      "Content-Type": "application/x-amz-json-1.0",
      "x-amzn-query-error": `${queryCode};${fault}`,
    });
    expect(JSON.parse(String(answer.body))).toEqual({
      __type: `${namespace}#${name}`,
      message: 'a "text"',
    });
  });

  it("is the recorded one for a queue that is not there", () => {
    const error = new SqsError("QueueDoesNotExist", "The specified queue does not exist.");

    const { body, headers } = json.encodeError(error, "r");

    expect(headers["x-amzn-query-error"]).toBe("AWS.SimpleQueueService.NonExistentQueue;Sender");
    expect(body).toBe(
      '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}',
    );
  });
});

describe("headerOf", () => {
  it.each([
    [undefined, undefined],
    ["a", "a"],
    [["a", "b"], "a"],
  ])("of %o is %o", (value, expected) => {
    expect(headerOf(aRequest({ headers: { x: value } }), "x")).toBe(expected);
  });
});
