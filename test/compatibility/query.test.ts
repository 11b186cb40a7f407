import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Table } from "#table/table.ts";
import { type MillraceServer, startMillraceServer } from "../support/millraceServer.ts";
import { StoppedClock } from "../support/stoppedClock.ts";

const account = "123456789012";
const clock = new StoppedClock();
let table: Table;
let server: MillraceServer;

beforeAll(async () => {
  table = openSqliteTable({ path: ":memory:", clock });
  server = await startMillraceServer({ table, clock, account });
});
afterAll(async () => {
  await server.close();
  await table.close();
  expect(server.faults).toEqual([]);
});

type Parameters = Readonly<Record<string, string>>;

interface Answer {
  readonly status: number;
  readonly type: string | null;
  /** The body, its request id put as `{id}` if it is that of the header. */
  readonly body: string;
}

async function answerOf(response: Response): Promise<Answer> {
  const id = response.headers.get("x-amzn-requestid") ?? "";
  expect(id).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const body = (await response.text()).replace(`<RequestId>${id}<`, "<RequestId>{id}<");
  return { status: response.status, type: response.headers.get("content-type"), body };
}

/** As a script would with nothing but an HTTP client. */
async function post(parameters: Parameters, path = "/"): Promise<Answer> {
  const body = new URLSearchParams(parameters);
  return await answerOf(await fetch(`${server.origin}${path}`, { method: "POST", body }));
}

async function get(parameters: Parameters, path = "/"): Promise<Answer> {
  const query = new URLSearchParams(parameters);
  return await answerOf(await fetch(`${server.origin}${path}?${query}`));
}

const xml = (root: string, content: string): string =>
  `<?xml version="1.0"?><${root} xmlns="http://queue.amazonaws.com/doc/2012-11-05/">${content}</${root}>`;

const result = (action: string, content: string): Answer => ({
  status: 200,
  type: "text/xml",
  body: xml(
    `${action}Response`,
    `${content}<ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata>`,
  ),
});

const refusal = (status: number, code: string, message: string): Answer => ({
  status,
  type: "text/xml",
  body: xml(
    "ErrorResponse",
    `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message><Detail/></Error><RequestId>{id}</RequestId>`,
  ),
});

/** Makes a queue; gives its path. */
async function aQueue(attributes: Parameters = {}): Promise<string> {
  const QueueName = `queue-${randomUUID()}`;
  await post({ Action: "CreateQueue", QueueName, ...attributes });
  return `/${account}/${QueueName}`;
}

/** The text of the first element of a name. */
function textIn({ body }: Answer, name: string): string {
  const [, text = ""] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(body) ?? [];
  return text;
}

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

describe("the Query protocol", () => {
  it("makes a queue on the root, where the caller reached it", async () => {
    const answer = await post({ Action: "CreateQueue", QueueName: "made", Version: "2012-11-05" });

    const url = `${server.origin}/${account}/made`;
    expect(answer).toEqual(
      result("CreateQueue", `<CreateQueueResult><QueueUrl>${url}</QueueUrl></CreateQueueResult>`),
    );
  });

  it("takes a message through its life on the path of its queue", async () => {
    const path = await aQueue();

    const sent = await post(
      {
        Action: "SendMessage",
        MessageBody: "hello",
        "MessageAttribute.1.Name": "k",
        "MessageAttribute.1.Value.DataType": "String",
        "MessageAttribute.1.Value.StringValue": "x",
      },
      path,
    );
    const received = await post(
      {
        Action: "ReceiveMessage",
        MaxNumberOfMessages: "1",
        "AttributeName.1": "ApproximateReceiveCount",
        "AttributeName.2": "SentTimestamp",
        "MessageAttributeName.1": "All",
      },
      path,
    );
    const handle = textIn(received, "ReceiptHandle");
    const deleted = await post({ Action: "DeleteMessage", ReceiptHandle: handle }, path);
    const empty = await post({ Action: "ReceiveMessage" }, path);

    const id = textIn(sent, "MessageId");
    const digest = "a45daa70926828a2f0a1db3418e6feb4";
    expect(sent).toEqual(
      result(
        "SendMessage",
        `<SendMessageResult><MessageId>${id}</MessageId><MD5OfMessageBody>${md5("hello")}</MD5OfMessageBody><MD5OfMessageAttributes>${digest}</MD5OfMessageAttributes></SendMessageResult>`,
      ),
    );
    expect(received).toEqual(
      result(
        "ReceiveMessage",
        `<ReceiveMessageResult><Message><MessageId>${id}</MessageId><ReceiptHandle>${handle}</ReceiptHandle><MD5OfBody>${md5("hello")}</MD5OfBody><Body>hello</Body><Attribute><Name>SentTimestamp</Name><Value>${clock.nowMs()}</Value></Attribute><Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute><MD5OfMessageAttributes>${digest}</MD5OfMessageAttributes><MessageAttribute><Name>k</Name><Value><StringValue>x</StringValue><DataType>String</DataType></Value></MessageAttribute></Message></ReceiveMessageResult>`,
      ),
    );
    expect(deleted).toEqual(result("DeleteMessage", ""));
    expect(empty).toEqual(result("ReceiveMessage", "<ReceiveMessageResult/>"));
  });

  it("does the same by GET, to which a version and a signature are nothing", async () => {
    const path = await aQueue();
    const signature = {
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": "any/20260101/eu-west-1/sqs/aws4_request",
      "X-Amz-Date": "20260101T000000Z",
      "X-Amz-SignedHeaders": "host",
      "X-Amz-Signature": "0".repeat(64),
    };

    await get({ Action: "SendMessage", MessageBody: "a b+c&d=é", ...signature }, path);
    const received = await get({ Version: "2009-02-01", Action: "ReceiveMessage" }, path);

    expect(textIn(received, "Body")).toBe("a b+c&amp;d=é");
  });

  it("gives back the body that it was given, to the byte", async () => {
    const path = await aQueue();
    const MessageBody = "\r\n\t <&>\"' ]]> é \u{1f600} \u0085\u2028\ufffd";

    const sent = await post({ Action: "SendMessage", MessageBody }, path);
    const received = await post({ Action: "ReceiveMessage" }, path);

    expect(textIn(sent, "MD5OfMessageBody")).toBe(md5(MessageBody));
    expect(textIn(received, "MD5OfBody")).toBe(md5(MessageBody));
    expect(textIn(received, "Body")).toBe(
      "&#xD;\n\t &lt;&amp;&gt;&quot;' ]]&gt; é \u{1f600} \u0085\u2028\ufffd",
    );
  });

  it("takes a body of one mebibyte of which every character is escaped", async () => {
    const path = await aQueue();
    const body = `Action=SendMessage&MessageBody=${"%C3%A9".repeat(524_288)}`;
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };

    const response = await fetch(`${server.origin}${path}`, { method: "POST", headers, body });

    expect(textIn(await answerOf(response), "MD5OfMessageBody")).toBe(md5("é".repeat(524_288)));
  });

  it("refuses a request that no message can need", async () => {
    const body = `Action=SendMessage&MessageBody=${"a".repeat(8 * 1024 * 1024)}`;
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };

    const { status } = await fetch(server.origin, { method: "POST", headers, body });

    expect(status).toBe(413);
  });

  it("reads the queue from the parameter before it reads it from the path", async () => {
    const path = await aQueue();
    const QueueUrl = `http://elsewhere.example${await aQueue()}`;

    await post({ Action: "SendMessage", MessageBody: "here", QueueUrl }, path);

    expect(textIn(await post({ Action: "ReceiveMessage" }, path), "Body")).toBe("");
    expect(textIn(await post({ Action: "ReceiveMessage", QueueUrl }), "Body")).toBe("here");
  });

  it("answers each entry of a batch, in the order of their numbers", async () => {
    const path = await aQueue();

    const answer = await post(
      {
        Action: "SendMessageBatch",
        "SendMessageBatchRequestEntry.7.Id": "second",
        "SendMessageBatchRequestEntry.7.MessageBody": "\u0007",
        "SendMessageBatchRequestEntry.2.Id": "first",
        "SendMessageBatchRequestEntry.2.MessageBody": "b",
      },
      path,
    );

    const id = textIn(answer, "MessageId");
    expect(answer).toEqual(
      result(
        "SendMessageBatch",
        `<SendMessageBatchResult><SendMessageBatchResultEntry><Id>first</Id><MessageId>${id}</MessageId><MD5OfMessageBody>${md5("b")}</MD5OfMessageBody></SendMessageBatchResultEntry><BatchResultErrorEntry><Id>second</Id><Code>InvalidMessageContents</Code><Message>Invalid binary character '#x7' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].</Message><SenderFault>true</SenderFault></BatchResultErrorEntry></SendMessageBatchResult>`,
      ),
    );
  });

  it("configures, tags and lists queues", async () => {
    const path = await aQueue({ "Attribute.1.Name": "DelaySeconds", "Attribute.1.Value": "3" });
    const name = path.split("/").at(-1) ?? "";

    await post(
      { Action: "SetQueueAttributes", "Attribute.Name": "DelaySeconds", "Attribute.Value": "4" },
      path,
    );
    await post({ Action: "TagQueue", "Tags.1.Key": "a", "Tags.1.Value": "" }, path);

    expect(
      await post({ Action: "GetQueueAttributes", AttributeName: "DelaySeconds" }, path),
    ).toEqual(
      result(
        "GetQueueAttributes",
        "<GetQueueAttributesResult><Attribute><Name>DelaySeconds</Name><Value>4</Value></Attribute></GetQueueAttributesResult>",
      ),
    );
    expect(await post({ Action: "ListQueueTags" }, path)).toEqual(
      result(
        "ListQueueTags",
        "<ListQueueTagsResult><Tag><Key>a</Key><Value/></Tag></ListQueueTagsResult>",
      ),
    );
    expect(await post({ Action: "ListQueues", QueueNamePrefix: name })).toEqual(
      result(
        "ListQueues",
        `<ListQueuesResult><QueueUrl>${server.origin}${path}</QueueUrl></ListQueuesResult>`,
      ),
    );
    expect(await post({ Action: "ListDeadLetterSourceQueues" }, path)).toEqual(
      result("ListDeadLetterSourceQueues", "<ListDeadLetterSourceQueuesResult/>"),
    );
  });
});

describe("the Query protocol, what it refuses", () => {
  const noSuchQueue = refusal(
    400,
    "AWS.SimpleQueueService.NonExistentQueue",
    "The specified queue does not exist for this wsdl version.",
  );
  const invalidAction = (action: string): Answer =>
    refusal(400, "InvalidAction", `The action ${action} is not valid for this endpoint.`);

  it.each<[string, Parameters, Answer]>([
    ["an unknown action", { Action: "<Dance>" }, invalidAction("&lt;Dance&gt;")],
    ["an unknown queue", { Action: "GetQueueUrl", QueueName: "none" }, noSuchQueue],
    ["no queue", { Action: "SendMessage", MessageBody: "x" }, noSuchQueue],
  ])("on the root: %s", async (_name, parameters, expected) => {
    expect(await post(parameters)).toEqual(expected);
    expect(await get(parameters)).toEqual(expected);
  });

  it.each<[string, Parameters, Answer]>([
    ["CreateQueue", { Action: "CreateQueue", QueueName: "a" }, invalidAction("CreateQueue")],
    ["ListQueues", { Action: "ListQueues" }, invalidAction("ListQueues")],
    [
      "a handle that is none",
      { Action: "DeleteMessage", ReceiptHandle: "garbage" },
      refusal(
        404,
        "ReceiptHandleIsInvalid",
        "The input receipt handle &quot;garbage&quot; is not a valid receipt handle.",
      ),
    ],
    [
      "a number that is none",
      { Action: "ReceiveMessage", WaitTimeSeconds: "soon" },
      refusal(400, "MalformedInput", "Expected the parameter WaitTimeSeconds to be an integer."),
    ],
    [
      "a batch of nothing",
      { Action: "DeleteMessageBatch" },
      refusal(
        400,
        "AWS.SimpleQueueService.EmptyBatchRequest",
        "There should be at least one DeleteMessageBatchRequestEntry in the request.",
      ),
    ],
    [
      "an attribute whose name is misspelt",
      {
        Action: "SendMessage",
        MessageBody: "x",
        "MessageAttribute.1.key": "k",
        "MessageAttribute.1.Value.DataType": "String",
        "MessageAttribute.1.Value.StringValue": "v",
      },
      refusal(
        400,
        "InvalidParameterValue",
        "The request must contain non-empty message attribute name.",
      ),
    ],
    [
      "no attributes",
      { Action: "SetQueueAttributes" },
      refusal(400, "MissingParameter", "The request must contain the parameter Attribute.Name."),
    ],
    [
      "an unknown attribute",
      { Action: "GetQueueAttributes", "AttributeName.1": "Foobar" },
      refusal(400, "InvalidAttributeName", "Unknown Attribute Foobar."),
    ],
  ])("on the path of a queue: %s", async (_name, parameters, expected) => {
    const path = await aQueue();

    expect(await post(parameters, path)).toEqual(expected);
    expect(await get(parameters, path)).toEqual(expected);
  });

  it("a second purge within a minute", async () => {
    const path = await aQueue();
    await post({ Action: "PurgeQueue" }, path);

    const { status, body } = await post({ Action: "PurgeQueue" }, path);

    expect(status).toBe(403);
    expect(body).toContain("<Code>AWS.SimpleQueueService.PurgeQueueInProgress</Code>");
  });
});

describe("the Query protocol, what is none of it", () => {
  const notFound: Answer = { status: 404, type: "text/xml", body: "<UnknownOperationException/>" };

  it("answers 404 to a request without an action", async () => {
    expect(await get({})).toEqual(notFound);
    expect(await get({ QueueName: "a" }, await aQueue())).toEqual(notFound);
    expect(await post({ QueueName: "a" })).toEqual(notFound);
  });

  it("finds any queue's URL on the path of one", async () => {
    const path = await aQueue();
    const QueueName = (await aQueue()).split("/").at(-1) ?? "";

    const answer = await get({ Action: "GetQueueUrl", QueueName }, path);

    expect(textIn(answer, "QueueUrl")).toBe(`${server.origin}/${account}/${QueueName}`);
  });

  it("leaves the health check alone", async () => {
    const response = await fetch(`${server.origin}/health`);

    expect(await response.text()).toBe('{"status":"ok"}');
  });
});
