import { describe, expect } from "vitest";
import { jsonHeaders, type RawAnswer, rawCall } from "./rawCall.ts";
import type { Mark } from "./refusal.ts";
import type { Sqs, SqsTest } from "./sqsTest.ts";
import type { TestQueue } from "./testQueue.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const contentType = "application/x-amz-json-1.0";

/** The parts of an answer that clients look at. */
function partsOf({ status, headers, text }: RawAnswer) {
  return { status, error: headers.get("x-amzn-query-error"), text };
}

/** An answer with an error of the framework. */
function malformed(message: string) {
  return {
    status: 400,
    error: "MalformedInput;Sender",
    text: JSON.stringify({ __type: "com.amazon.coral.service#SerializationException", message }),
  };
}

const withoutOutput: readonly (readonly [
  action: string,
  input: (queue: TestQueue, sqs: Sqs) => Promise<object> | object,
])[] = [
  [
    "ChangeMessageVisibility",
    async (queue) => {
      await queue.send("hello");
      return { ReceiptHandle: (await queue.receiveOne()).ReceiptHandle, VisibilityTimeout: 1 };
    },
  ],
  [
    "DeleteMessage",
    async (queue) => {
      await queue.send("hello");
      return { ReceiptHandle: (await queue.receiveOne()).ReceiptHandle };
    },
  ],
  ["DeleteQueue", () => ({})],
  ["PurgeQueue", () => ({})],
  ["SetQueueAttributes", () => ({ Attributes: { DelaySeconds: "1" } })],
  ["TagQueue", () => ({ Tags: { a: "b" } })],
  ["UntagQueue", () => ({ TagKeys: ["a"] })],
];

const nothingToSay: readonly (readonly [action: string, input: object])[] = [
  ["ReceiveMessage", {}],
  ["ReceiveMessage", { MessageSystemAttributeNames: ["All"], MessageAttributeNames: ["All"] }],
  ["ListQueueTags", {}],
  ["ListDeadLetterSourceQueues", {}],
  ["GetQueueAttributes", {}],
  ["ListQueues", { QueueNamePrefix: "nobody" }],
];

/** What SendMessage is given in place of an object, or in an object. */
const unreadable: readonly (readonly [what: string, mark: Mark, body: string, message: string])[] =
  [
    ["no JSON", "text unconfirmed", "garbage", "Expected the request body to be JSON."],
    ["nothing at all", "text unconfirmed", "", "Expected the request body to be JSON."],
    [
      "half an object",
      "text unconfirmed",
      '{"QueueUrl":"a"',
      "Expected the request body to be JSON.",
    ],
    ["a list", "text unconfirmed", "[]", "Expected the request body to be a JSON object."],
    ["a text", "text unconfirmed", '"a"', "Expected the request body to be a JSON object."],
    ["null", "text unconfirmed", "null", "Expected the request body to be a JSON object."],
    [
      "a list for a text",
      "text unconfirmed",
      '{"MessageBody":["a"]}',
      "Start of list found where not expected",
    ],
    [
      "an object for a text",
      "text unconfirmed",
      '{"MessageBody":{"a":1}}',
      "Start of structure or map found where not expected.",
    ],
    [
      "a number for a text",
      "text unconfirmed",
      '{"MessageBody":1}',
      "NUMBER_VALUE can not be converted to a String",
    ],
    [
      "a text for a number",
      "text unconfirmed",
      '{"DelaySeconds":"1"}',
      "STRING_VALUE can not be converted to an Integer",
    ],
    [
      "true for a number",
      "text unconfirmed",
      '{"DelaySeconds":true}',
      "TRUE_VALUE can not be converted to an Integer",
    ],
    [
      "false for a number",
      "text unconfirmed",
      '{"DelaySeconds":false}',
      "FALSE_VALUE can not be converted to an Integer",
    ],
    [
      "a list for a number",
      "text unconfirmed",
      '{"DelaySeconds":[1]}',
      "Start of list found where not expected",
    ],
    [
      "a text for a map",
      "text unconfirmed",
      '{"MessageAttributes":"a"}',
      "Unrecognized collection type class java.lang.String",
    ],
    [
      "a list for a map",
      "text unconfirmed",
      '{"MessageAttributes":[]}',
      "Start of list found where not expected",
    ],
    [
      "a text in a map of objects",
      "text unconfirmed",
      '{"MessageAttributes":{"k":"v"}}',
      "Unrecognized collection type class java.lang.String",
    ],
    [
      "a number deep inside",
      "text unconfirmed",
      '{"MessageAttributes":{"k":{"DataType":1}}}',
      "NUMBER_VALUE can not be converted to a String",
    ],
    [
      "bytes that are no base64",
      "text unconfirmed",
      '{"MessageAttributes":{"k":{"DataType":"Binary","BinaryValue":"!"}}}',
      "Expected a blob in base64.",
    ],
  ];

/** Spec section 1.3: the JSON protocol, without a client. */
export function describeWire(it: SqsTest): void {
  describe("an answer", () => {
    it("has a fresh request id, its type and its length", async ({ sqs }) => {
      const answers = [
        await rawCall(sqs.origin, "ListQueues", {}),
        await rawCall(sqs.origin, "ListQueues", {}),
        await rawCall(sqs.origin, "GetQueueUrl", { QueueName: "nobody" }),
      ];

      for (const { headers, text } of answers) {
        expect(headers.get("x-amzn-requestid")).toMatch(uuid);
        expect(headers.get("content-type")).toBe(contentType);
        expect(headers.get("content-length")).toBe(String(text.length));
        expect(headers.get("date")).not.toBeNull();
      }
      expect(new Set(answers.map(({ headers }) => headers.get("x-amzn-requestid"))).size).toBe(3);
    });

    it.for(withoutOutput)("of %s is 200 and no body at all", async ([action, input], { sqs }) => {
      const queue = await sqs.createQueue();
      const given = { QueueUrl: queue.url, ...(await input(queue, sqs)) };

      const answer = await rawCall(sqs.origin, action, given);

      expect(partsOf(answer)).toEqual({ status: 200, error: null, text: "" });
      expect(answer.headers.get("content-length")).toBe("0");
      expect(answer.headers.get("content-type")).toBe(contentType);
    });

    it.for(nothingToSay)(
      "of %s to %j with nothing to say is {}",
      async ([action, input], { sqs }) => {
        const queue = await sqs.createQueue();

        const answer = await rawCall(sqs.origin, action, { QueueUrl: queue.url, ...input });

        expect(partsOf(answer)).toEqual({ status: 200, error: null, text: "{}" });
      },
    );

    it("leaves out the list of a batch that is empty", async ({ sqs }) => {
      const { url } = await sqs.createQueue();
      const send = async (MessageBody: string) => {
        const Entries = [{ Id: "a", MessageBody }];
        const { text } = await rawCall(sqs.origin, "SendMessageBatch", { QueueUrl: url, Entries });
        return Object.keys(JSON.parse(text));
      };

      expect(await send("hello")).toEqual(["Successful"]);
      expect(await send("")).toEqual(["Failed"]);
    });

    it("lists sources under queueUrls and queues under QueueUrls", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const source = await sqs.createSourceOf(target, 1);

      const sources = await rawCall(sqs.origin, "ListDeadLetterSourceQueues", {
        QueueUrl: target.url,
      });
      const queues = await rawCall(sqs.origin, "ListQueues", {});

      expect(JSON.parse(sources.text)).toEqual({ queueUrls: [source.url] });
      expect(JSON.parse(queues.text)).toEqual({ QueueUrls: [target.url, source.url] });
    });

    it("shows attribute values as texts, and bytes in base64", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello", {
        MessageAttributes: { b: { DataType: "Binary", BinaryValue: Uint8Array.of(1, 2, 3) } },
      });

      const { text } = await rawCall(sqs.origin, "ReceiveMessage", {
        QueueUrl: queue.url,
        AttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      });

      const [message] = JSON.parse(text).Messages;
      expect(message.Attributes.ApproximateReceiveCount).toBe("1");
      expect(message.Attributes.SentTimestamp).toMatch(/^\d{13}$/);
      expect(message.MessageAttributes).toEqual({ b: { DataType: "Binary", BinaryValue: "AQID" } });
    });
  });

  describe("an error", () => {
    it("has its shape and text in the body, code and fault in a header", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const answer = await rawCall(sqs.origin, "DeleteMessage", {
        QueueUrl: queue.url,
        ReceiptHandle: "garbage",
      });

      expect(partsOf(answer)).toEqual({
        status: 404,
        error: "ReceiptHandleIsInvalid;Sender",
        text: '{"__type":"com.amazonaws.sqs#ReceiptHandleIsInvalid","message":"The input receipt handle \\"garbage\\" is not a valid receipt handle."}',
      });
    });

    it("has the header although the caller did not ask for it", async ({ sqs }) => {
      const { "x-amzn-query-mode": _, ...headers } = jsonHeaders("GetQueueUrl");

      const answer = await rawCall(sqs.origin, "GetQueueUrl", { QueueName: "a" }, { headers });

      expect(answer.headers.get("x-amzn-query-error")).toBe(
        "AWS.SimpleQueueService.NonExistentQueue;Sender",
      );
    });
  });

  describe("a request", () => {
    it("may be sent to the path of a queue, or any other", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      for (const path of [`/${sqs.account}/${queue.name}`, "/other/path", "/?a=b"]) {
        const input = { QueueUrl: queue.url, MessageBody: path };

        const { status } = await rawCall(sqs.origin, "SendMessage", input, { path });

        expect(status).toBe(200);
      }
      expect(await queue.receiveAll()).toHaveLength(3);
    });

    it.for([
      ["no content type but JSON's target", { "X-Amz-Target": "AmazonSQS.ListQueues" }],
      [
        "a content type with parameters",
        {
          "Content-Type": "application/x-amz-json-1.0; charset=utf-8",
          "X-Amz-Target": "AmazonSQS.ListQueues",
        },
      ],
      [
        "another JSON type",
        { "Content-Type": "application/json", "X-Amz-Target": "AmazonSQS.ListQueues" },
      ],
    ] as const)("may have %s", async ([, headers], { sqs }) => {
      const { url } = await sqs.createQueue();

      const { text } = await rawCall(sqs.origin, "ListQueues", {}, { headers });

      expect(JSON.parse(text)).toEqual({ QueueUrls: [url] });
    });

    it("may have members that are null, which count as absent", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const { status } = await rawCall(sqs.origin, "SendMessage", {
        QueueUrl: queue.url,
        MessageBody: "hello",
        DelaySeconds: null,
        MessageAttributes: null,
        MessageSystemAttributes: { AWSTraceHeader: null },
        MessageDeduplicationId: null,
        MessageGroupId: null,
      });

      expect(status).toBe(200);
      await queue.receiveOne();
    });

    it("may have members that nobody knows [unconfirmed]", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const { status } = await rawCall(sqs.origin, "SendMessage", {
        QueueUrl: queue.url,
        MessageBody: "hello",
        Unknown: { a: [1] },
        messagebody: 7,
      });

      expect(status).toBe(200);
      expect((await queue.receiveOne()).Body).toBe("hello");
    });

    it("names its members in the right capitals", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const { text } = await rawCall(sqs.origin, "SendMessage", {
        QueueUrl: queue.url,
        messageBody: "hello",
      });

      expect(JSON.parse(text).message).toBe("The request must contain the parameter MessageBody.");
    });

    it("gives the tags of a new queue under tags, not Tags", async ({ sqs }) => {
      const create = (input: object) => rawCall(sqs.origin, "CreateQueue", input);
      await create({ QueueName: "lower", tags: { a: "b" } });
      await create({ QueueName: "upper", Tags: { a: "b" } });
      const tagsOf = async (name: string) =>
        (await rawCall(sqs.origin, "ListQueueTags", { QueueUrl: name })).text;

      expect(await tagsOf("lower")).toBe('{"Tags":{"a":"b"}}');
      expect(await tagsOf("upper")).toBe("{}");
    });

    it("may have tags and attributes with names that objects have", async ({ sqs }) => {
      const { url } = await sqs.createQueue();
      const tags = '{"__proto__":"a","constructor":"b","toString":"c"}';

      await rawCall(sqs.origin, "TagQueue", `{"QueueUrl":"${url}","Tags":${tags}}`);

      const { text } = await rawCall(sqs.origin, "ListQueueTags", { QueueUrl: url });
      expect(text).toBe(`{"Tags":${tags}}`);
    });

    it("has no code points in its body that UTF-16 cannot pair", async ({ sqs }) => {
      const { url } = await sqs.createQueue();

      const answer = await rawCall(
        sqs.origin,
        "SendMessage",
        `{"QueueUrl":"${url}","MessageBody":"a\\ud83d"}`,
      );

      expect(answer.headers.get("x-amzn-query-error")).toBe("InvalidMessageContents;Sender");
      expect(JSON.parse(answer.text).message).toContain("'#xD83D'");
    });

    it("is UTF-8 [unconfirmed]", async ({ sqs }) => {
      const { url } = await sqs.createQueue();
      const [head, tail] = [`{"QueueUrl":"${url}","MessageBody":"`, '"}'];
      const bytes = Buffer.concat([Buffer.from(head), Buffer.of(0xff), Buffer.from(tail)]);

      const answer = await rawCall(sqs.origin, "SendMessage", new Uint8Array(bytes));

      expect(partsOf(answer)).toEqual(malformed("Expected the request body to be UTF-8."));
    });

    it.for(unreadable)("is refused when it holds %s [%s]", async ([, , body, message], { sqs }) => {
      const answer = await rawCall(sqs.origin, "SendMessage", body);

      expect(partsOf(answer)).toEqual(malformed(message));
    });

    it("is refused when its body is over every bound [unconfirmed]", async ({ sqs }) => {
      const answer = await rawCall(sqs.origin, "SendMessage", "x".repeat(8 * 1024 * 1024));

      expect(answer.status).toBe(413);
      expect(answer.text).toBe("");
    });
  });

  describe("an action that is unknown", () => {
    it.for(["Frobnicate", "sendMessage", "SendMessage2", "constructor", ""])(
      "as %j, is told so with 400, and with the right headers",
      async (action, { sqs }) => {
        const { status, headers, text } = await rawCall(sqs.origin, action, {});

        expect(status).toBe(400);
        expect(headers.get("content-type")).toBe(contentType);
        expect(headers.get("x-amzn-query-error")).toBe("InvalidAction;Sender");
        expect(JSON.parse(text)).toEqual({
          __type: "com.amazon.coral.service#UnknownOperationException",
          message: expect.any(String),
        });
      },
    );

    it("of another service, too", async ({ sqs }) => {
      const headers = { ...jsonHeaders(""), "X-Amz-Target": "AmazonSNS.SendMessage" };

      const answer = await rawCall(sqs.origin, "", {}, { headers });

      expect(answer.headers.get("x-amzn-query-error")).toBe("InvalidAction;Sender");
    });
  });

  describe("the header X-Amzn-Trace-Id", () => {
    const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    const headersOf = (action: string) => ({ ...jsonHeaders(action), "X-Amzn-Trace-Id": header });

    it("is stored as AWSTraceHeader, without a digest in the answer", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const answer = await rawCall(
        sqs.origin,
        "SendMessage",
        { QueueUrl: queue.url, MessageBody: "hello" },
        { headers: headersOf("SendMessage") },
      );

      expect(Object.keys(JSON.parse(answer.text)).toSorted()).toEqual([
        "MD5OfMessageBody",
        "MessageId",
      ]);
      expect((await queue.receiveOne()).Attributes?.AWSTraceHeader).toBe(header);
    });

    it("is stored with each message of a batch [unconfirmed]", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const Entries = ["a", "b"].map((Id) => ({ Id, MessageBody: "hello" }));

      await rawCall(
        sqs.origin,
        "SendMessageBatch",
        { QueueUrl: queue.url, Entries },
        { headers: headersOf("SendMessageBatch") },
      );

      const messages = await queue.receiveAll({ MessageSystemAttributeNames: ["AWSTraceHeader"] });
      expect(messages.map(({ Attributes }) => Attributes)).toEqual([
        { AWSTraceHeader: header },
        { AWSTraceHeader: header },
      ]);
    });

    it("gives way to what the request says itself", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const own = { DataType: "String", StringValue: "Root=own" };

      await rawCall(
        sqs.origin,
        "SendMessage",
        {
          QueueUrl: queue.url,
          MessageBody: "hello",
          MessageSystemAttributes: { AWSTraceHeader: own },
        },
        { headers: headersOf("SendMessage") },
      );

      expect((await queue.receiveOne()).Attributes?.AWSTraceHeader).toBe("Root=own");
    });
  });
}
