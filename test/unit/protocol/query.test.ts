import { describe, expect, it } from "vitest";
import { missingParameter, SqsError, type SqsErrorName, sqsErrors } from "#contract/errors.ts";
import { type ActionName, isActionName, operations } from "#contract/operations.ts";
import { query } from "#protocol/query.ts";
import { aJsonCall, aRequest } from "./aRequest.ts";
import { aQueryCall, refusal } from "./queryCall.ts";

const queue = "/000000000000/orders";

describe("query, whose request it is", () => {
  it.each([
    ["a form with an action", aQueryCall("Action=ListQueues"), true],
    ["a form whose action comes late", aQueryCall("Version=2012-11-05&Action=ListQueues"), true],
    ["a form with an empty action", aQueryCall("Action="), true],
    [
      "a form in capitals",
      aQueryCall("Action=X", {
        headers: { "content-type": "Application/X-WWW-Form-Urlencoded" },
      }),
      true,
    ],
    ["a form for a queue", aQueryCall("Action=X", { path: queue }), true],
    ["a form with a query", aQueryCall("QueueName=a", { query: "Action=GetQueueUrl" }), true],
    ["a POST with a query", aRequest({ method: "POST", query: "Action=X" }), true],
    ["a GET with a query", aRequest({ query: "Version=2012-11-05&Action=X" }), true],
    ["a GET for a queue", aRequest({ path: queue, query: "Action=ReceiveMessage" }), true],
    ["a form without an action", aQueryCall("QueueName=a"), false],
    ["a form with the word in a name", aQueryCall("NotAction=X&Action.1=X"), false],
    ["a form with the word in a value", aQueryCall("MessageBody=Action%3DX"), false],
    ["an empty form", aQueryCall(""), false],
    [
      "a body that is no form",
      aRequest({ method: "POST", body: Buffer.from("Action=SendMessage") }),
      false,
    ],
    ["a GET with a body", aRequest({ body: Buffer.from("Action=SendMessage") }), false],
    ["a bare GET", aRequest(), false],
    ["a GET of a queue", aRequest({ path: queue }), false],
    ["a HEAD", aRequest({ method: "HEAD", query: "Action=X" }), false],
    ["a PUT", aRequest({ method: "PUT", query: "Action=X" }), false],
    ["a form for another protocol", aQueryCall("Action=X", { path: "/v1/queues" }), false],
    ["a GET of another protocol", aRequest({ path: "/v1", query: "Action=X" }), false],
    ["a queue of the name v1", aQueryCall("Action=X", { path: "/000000000000/v1" }), true],
    ["a path that begins like another's", aQueryCall("Action=X", { path: "/v10" }), true],
    ["a call in JSON", aJsonCall("ListQueues"), false],
  ])("%s", (_name, request, expected) => {
    expect(query.recognises(request)).toBe(expected);
  });
});

describe("query, the action", () => {
  it.each([
    ["a form", aQueryCall("Action=PurgeQueue")],
    ["a form with other parameters first", aQueryCall("a=b&Version=x&Action=PurgeQueue")],
    ["a query", aRequest({ query: "Action=PurgeQueue" })],
    ["an escaped value", aQueryCall("Action=Purge%51ueue")],
  ])("is read from %s", (_name, request) => {
    expect(query.decode(request)).toEqual({ action: "PurgeQueue", input: {} });
  });

  it.each(["NoSuchAction", "sendMessage", "", "toString", "__proto__", "<Action>"])(
    "%j is refused",
    (action) => {
      expect(refusal(() => query.decode(aQueryCall({ Action: action })))).toEqual({
        error: "UnknownOperationException",
        message: `The action ${action} is not valid for this endpoint.`,
      });
    },
  );

  it("is read from a form and a query together", () => {
    const request = aQueryCall("QueueName=a", { query: "Action=GetQueueUrl&QueueName=b" });

    expect(query.decode(request).input).toEqual({ QueueName: "a" });
  });

  it("leaves the body of a GET alone", () => {
    const request = aRequest({ query: "Action=ListQueues", body: Buffer.from("MaxResults=1") });

    expect(query.decode(request).input).toEqual({});
  });
});

describe("query, the path", () => {
  it.each([
    ["names the queue", queue, "Action=PurgeQueue", queue],
    ["names the queue of a GetQueueAttributes too", queue, "Action=GetQueueAttributes", queue],
    ["may end in a slash", `${queue}/`, "Action=PurgeQueue", `${queue}/`],
    ["may name a FIFO queue", `${queue}.fifo`, "Action=PurgeQueue", `${queue}.fifo`],
    ["gives way to a parameter", queue, "Action=PurgeQueue&QueueUrl=other", "other"],
    ["gives way to an empty parameter", queue, "Action=PurgeQueue&QueueUrl=", ""],
    ["of another kind names none", "/orders", "Action=PurgeQueue", undefined],
    ["of other parts names none", "/queue/orders", "Action=PurgeQueue", undefined],
    ["of three parts names none", `${queue}/x`, "Action=PurgeQueue", undefined],
    ["may not bring parameters", `${queue}&QueueUrl=x`, "Action=PurgeQueue", undefined],
  ])("%s", (_name, path, body, expected) => {
    const { input } = query.decode(aQueryCall(body, { path }));

    expect(input).toEqual(expected === undefined ? {} : { QueueUrl: expected });
  });

  it.each(["CreateQueue", "ListQueues"])("of a queue is not one for %s", (Action) => {
    const request = aQueryCall({ Action, QueueName: "a" }, { path: queue });

    expect(refusal(() => query.decode(request))).toEqual({
      error: "UnknownOperationException",
      message: `The action ${Action} is not valid for this endpoint.`,
    });
  });

  it("of a queue is one for GetQueueUrl, which names its own", () => {
    const request = aQueryCall("Action=GetQueueUrl&QueueName=other", { path: queue });

    expect(query.decode(request).input).toEqual({ QueueName: "other" });
  });
});

const xml = (root: string, content: string): string =>
  `<?xml version="1.0"?><${root} xmlns="http://queue.amazonaws.com/doc/2012-11-05/">${content}</${root}>`;

const resultOf = (action: string, content: string): string =>
  xml(
    `${action}Response`,
    `${content}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>`,
  );

describe("query, a result", () => {
  it("has SQS's envelope and headers", () => {
    const answer = query.encodeResult(
      "SendMessage",
      { MD5OfMessageBody: "d", MessageId: "m" },
      "r",
    );

    expect(answer).toEqual({
      status: 200,
      headers: { "x-amzn-RequestId": "r", "Content-Type": "text/xml" },
      body: resultOf(
        "SendMessage",
        "<SendMessageResult><MessageId>m</MessageId><MD5OfMessageBody>d</MD5OfMessageBody></SendMessageResult>",
      ),
    });
  });

  const silent: readonly string[] = [
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
    const { body } = query.encodeResult(action, {}, "r");

    expect(body).toBe(resultOf(action, silent.includes(action) ? "" : `<${action}Result/>`));
  });

  const failed = { Id: "2", SenderFault: true, Code: "c", Message: "m" };
  const failedXml =
    "<BatchResultErrorEntry><Id>2</Id><Code>c</Code><Message>m</Message><SenderFault>true</SenderFault></BatchResultErrorEntry>";

  it.each<[ActionName, Parameters<typeof query.encodeResult>[1], string]>([
    ["CreateQueue", { QueueUrl: "http://h/0/a" }, "<QueueUrl>http://h/0/a</QueueUrl>"],
    ["GetQueueUrl", { QueueUrl: "u" }, "<QueueUrl>u</QueueUrl>"],
    [
      "ListQueues",
      { QueueUrls: ["a", "b"], NextToken: "t" },
      "<QueueUrl>a</QueueUrl><QueueUrl>b</QueueUrl><NextToken>t</NextToken>",
    ],
    [
      "ListDeadLetterSourceQueues",
      { queueUrls: ["a"], NextToken: "t" },
      "<QueueUrl>a</QueueUrl><NextToken>t</NextToken>",
    ],
    [
      "GetQueueAttributes",
      {
        Attributes: new Map([
          ["Policy", '{"a":1}'],
          ["__proto__", ""],
        ]),
      },
      "<Attribute><Name>Policy</Name><Value>{&quot;a&quot;:1}</Value></Attribute><Attribute><Name>__proto__</Name><Value/></Attribute>",
    ],
    ["ListQueueTags", { Tags: new Map([["k", "v"]]) }, "<Tag><Key>k</Key><Value>v</Value></Tag>"],
    [
      "SendMessage",
      {
        MD5OfMessageBody: "b",
        MD5OfMessageAttributes: "a",
        MD5OfMessageSystemAttributes: "s",
        MessageId: "m",
        SequenceNumber: "1",
      },
      "<MessageId>m</MessageId><MD5OfMessageBody>b</MD5OfMessageBody><MD5OfMessageAttributes>a</MD5OfMessageAttributes><MD5OfMessageSystemAttributes>s</MD5OfMessageSystemAttributes><SequenceNumber>1</SequenceNumber>",
    ],
    [
      "SendMessageBatch",
      { Successful: [{ Id: "1", MD5OfMessageBody: "b", MessageId: "m" }], Failed: [failed] },
      `<SendMessageBatchResultEntry><Id>1</Id><MessageId>m</MessageId><MD5OfMessageBody>b</MD5OfMessageBody></SendMessageBatchResultEntry>${failedXml}`,
    ],
    [
      "DeleteMessageBatch",
      { Successful: [{ Id: "1" }, { Id: "3" }], Failed: [failed] },
      `<DeleteMessageBatchResultEntry><Id>1</Id></DeleteMessageBatchResultEntry><DeleteMessageBatchResultEntry><Id>3</Id></DeleteMessageBatchResultEntry>${failedXml}`,
    ],
    [
      "ChangeMessageVisibilityBatch",
      { Successful: [{ Id: "1" }], Failed: [{ ...failed, SenderFault: false }] },
      `<ChangeMessageVisibilityBatchResultEntry><Id>1</Id></ChangeMessageVisibilityBatchResultEntry>${failedXml.replace("true", "false")}`,
    ],
    [
      "ReceiveMessage",
      { Messages: [{ Body: "" }, { Body: "\r\n<&>\"'" }] },
      "<Message><Body/></Message><Message><Body>&#xD;\n&lt;&amp;&gt;&quot;'</Body></Message>",
    ],
    ["ReceiveMessage", { Messages: [{ Attributes: new Map() }] }, "<Message/>"],
  ])("of %s: %j", (action, output, expected) => {
    const { body } = query.encodeResult(action, output, "r");

    expect(body).toBe(resultOf(action, `<${action}Result>${expected}</${action}Result>`));
  });

  it("is the worked example of a receive", () => {
    const { body } = query.encodeResult(
      "ReceiveMessage",
      {
        Messages: [
          {
            MessageId: "m",
            ReceiptHandle: "h",
            MD5OfBody: "d",
            Body: "hello",
            Attributes: new Map([
              ["ApproximateReceiveCount", "1"],
              ["SentTimestamp", "1767225600000"],
            ]),
            MD5OfMessageAttributes: "a",
            MessageAttributes: new Map([
              ["k", { DataType: "String", StringValue: "x" }],
              ["b", { BinaryValue: Uint8Array.of(0, 255, 254), DataType: "Binary" }],
            ]),
          },
        ],
      },
      "r",
    );

    expect(body).toBe(
      resultOf(
        "ReceiveMessage",
        "<ReceiveMessageResult><Message><MessageId>m</MessageId><ReceiptHandle>h</ReceiptHandle><MD5OfBody>d</MD5OfBody><Body>hello</Body><Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute><Attribute><Name>SentTimestamp</Name><Value>1767225600000</Value></Attribute><MD5OfMessageAttributes>a</MD5OfMessageAttributes><MessageAttribute><Name>k</Name><Value><StringValue>x</StringValue><DataType>String</DataType></Value></MessageAttribute><MessageAttribute><Name>b</Name><Value><BinaryValue>AP/+</BinaryValue><DataType>Binary</DataType></Value></MessageAttribute></Message></ReceiveMessageResult>",
      ),
    );
  });
});

describe("query, an error", () => {
  const names = Object.keys(sqsErrors).filter((name): name is SqsErrorName => name in sqsErrors);

  it.each(names)("%s has its code, status and fault", (name) => {
    const { queryCode, status, fault } = sqsErrors[name];

    const answer = query.encodeError(new SqsError(name, 'a "text" <b>'), "r");

    const text =
      name === "QueueDoesNotExist"
        ? "The specified queue does not exist for this wsdl version."
        : "a &quot;text&quot; &lt;b&gt;";
    expect(answer).toEqual({
      status,
      headers: { "x-amzn-RequestId": "r", "Content-Type": "text/xml" },
      body: xml(
        "ErrorResponse",
        `<Error><Type>${fault}</Type><Code>${queryCode}</Code><Message>${text}</Message><Detail/></Error><RequestId>r</RequestId>`,
      ),
    });
  });

  it("calls the actions of a permission as its parameters do", () => {
    const { body } = query.encodeError(missingParameter("Actions"), "r");

    expect(body).toContain("<Message>The request must contain the parameter ActionName.</Message>");
  });
});
