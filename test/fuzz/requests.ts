import fc from "fast-check";
import { type ActionName, isActionName, operations } from "#contract/operations.ts";
import type { Shape, StructureShape } from "#contract/shape.ts";
import type { HttpRequest } from "#protocol/http.ts";
import { aRestCall, escaped, formOf } from "../support/wireCalls.ts";
import { aRequest } from "../unit/protocol/aRequest.ts";
import type { Loot } from "./fuzzWorld.ts";
import { headerText, inheritedNames, nastyJson, nastyText, policyText } from "./texts.ts";

/** Requests by the grammar of each protocol, with words in them that do not belong. */
export interface Requests {
  readonly json: fc.Arbitrary<HttpRequest>;
  readonly query: fc.Arbitrary<HttpRequest>;
  readonly rest: fc.Arbitrary<HttpRequest>;
  /** Of no protocol in particular. */
  readonly any: fc.Arbitrary<HttpRequest>;
}

const actions = Object.keys(operations).filter(isActionName);
const queueNames = ["orders", "orders.fifo", "dead", "fresh", "gone"] as const;

/** What is probably right for a member, by its name. */
function rightTexts({
  handles,
  taskHandles,
  nextTokens,
}: Loot): Readonly<Record<string, readonly string[]>> {
  const urls = queueNames.map((name) => `http://127.0.0.1:9324/000000000000/${name}`);
  const arns = queueNames.map((name) => `arn:aws:sqs:us-east-1:000000000000:${name}`);
  return {
    QueueUrl: urls,
    QueueName: queueNames,
    QueueNamePrefix: ["", "o", "orders"],
    ReceiptHandle: handles.length > 0 ? handles : [""],
    TaskHandle: taskHandles,
    NextToken: nextTokens,
    SourceArn: arns,
    DestinationArn: arns,
    MessageGroupId: ["a", "b"],
    MessageDeduplicationId: ["d1", "d2"],
    Id: ["1", "2", "3", "4"],
    Label: ["label"],
    Actions: ["SendMessage", "*"],
    AWSAccountIds: ["111122223333"],
    DataType: ["String", "Number", "Binary", "String.x"],
    AttributeNames: ["All", "QueueArn", "ApproximateNumberOfMessages"],
    MessageSystemAttributeNames: ["All", "SentTimestamp"],
    MessageAttributeNames: ["All", "a.*", "a"],
  };
}

const attributeNames = [
  "DelaySeconds",
  "MaximumMessageSize",
  "MessageRetentionPeriod",
  "Policy",
  "ReceiveMessageWaitTimeSeconds",
  "VisibilityTimeout",
  "RedrivePolicy",
  "RedriveAllowPolicy",
  "KmsMasterKeyId",
  "KmsDataKeyReusePeriodSeconds",
  "SqsManagedSseEnabled",
  "FifoQueue",
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoThroughputLimit",
];

/** Flips, cuts and doubles: a token that was right once. */
function damaged(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...texts), fc.nat(), fc.string({ minLength: 1, maxLength: 3 }))
    .map(([text, at, inserted]) => {
      const index = text.length === 0 ? 0 : at % text.length;
      return text.slice(0, index) + inserted + text.slice(index + (at % 3));
    });
}

/** Tokens of our own forms, whose contents are a caller's: digests and checksums are no secrets. */
const forgedToken = fc
  .oneof(
    nastyJson.map((value) => JSON.stringify(value)),
    fc
      .tuple(nastyText, nastyText)
      .map(([taskId, sourceArn]) => JSON.stringify({ taskId, sourceArn })),
    nastyText,
  )
  .map((text) => Buffer.from(text).toString("base64"));

/** A value of a shape: right, nearly right, or anything. */
function aValue(
  name: string,
  shape: Shape,
  right: ReturnType<typeof rightTexts>,
): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "string": {
      const texts = right[name];
      if (texts === undefined) return fc.oneof(fc.constantFrom("a", "b"), nastyText);
      return fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...texts) },
        { weight: 2, arbitrary: damaged(texts) },
        { weight: 1, arbitrary: forgedToken },
        { weight: 2, arbitrary: nastyText },
      );
    }
    case "integer":
      return fc.oneof(
        { weight: 3, arbitrary: fc.integer({ min: 0, max: 20 }) },
        fc.constantFrom<unknown>(-1, 43_200, 43_201, 2 ** 31, 2 ** 53, -(2 ** 53), 1.5, "3", null),
      );
    case "boolean":
      return fc.boolean();
    case "blob":
      return fc.oneof(fc.base64String({ maxLength: 40 }), nastyText);
    case "list":
      return fc.array(aValue(name, shape.of, right), { maxLength: 4 });
    case "map": {
      const value = fc.oneof(aValue(name, shape.of, right), policyText);
      const key = fc.oneof(
        fc.constantFrom(...(name === "Attributes" ? attributeNames : ["a", "b", "AWSTraceHeader"])),
        fc.constantFrom(...inheritedNames),
        nastyText,
      );
      return fc
        .array(fc.tuple(key, value), { maxLength: 4 })
        .map((pairs) => Object.fromEntries(pairs));
    }
    case "structure":
      return structureOf(shape, right);
  }
}

function structureOf(
  { members }: StructureShape,
  right: ReturnType<typeof rightTexts>,
): fc.Arbitrary<Record<string, unknown>> {
  const model = Object.fromEntries(
    Object.entries(members).map(([name, of]) => [
      name,
      fc.oneof(
        { weight: 19, arbitrary: aValue(name, of, right) },
        { weight: 1, arbitrary: nastyJson },
      ),
    ]),
  );
  const needed = Object.keys(members).filter((name) =>
    /Url$|^Entries$|^Id$|Body$|Handle$/.test(name),
  );
  return fc.record(model, { requiredKeys: needed });
}

interface WrittenCall {
  readonly action: ActionName;
  readonly input: Record<string, unknown>;
}

/** Bytes with one of them changed, or cut off: what no client would write. */
function mangled(body: string | Buffer): fc.Arbitrary<Uint8Array> {
  const bytes = Buffer.from(body);
  return fc.tuple(fc.nat(), fc.nat(255), fc.nat(9)).map(([at, byte, how]) => {
    if (how > 1 || bytes.length === 0) return bytes;
    if (how === 1) return bytes.subarray(0, at % bytes.length);
    const changed = Buffer.from(bytes);
    changed[at % bytes.length] = byte;
    return changed;
  });
}

/** The requests that a caller can think of who has seen `loot`. */
export function requestsWith(loot: Loot): Requests {
  const right = rightTexts(loot);
  const call: fc.Arbitrary<WrittenCall> = fc.oneof(
    ...actions.map((action) =>
      structureOf(operations[action].input, right).map((input) => ({ action, input })),
    ),
  );
  return {
    json: call.chain(({ action, input }) => jsonRequest(action, JSON.stringify(input))),
    query: fc.oneof(call.chain(queryRequest), looseQuery),
    rest: fc.oneof(call.chain(restRequest), looseRest),
    any: anyRequest,
  };
}

function jsonRequest(action: string, body: string): fc.Arbitrary<HttpRequest> {
  const target = fc.oneof(
    { weight: 30, arbitrary: fc.constant(action) },
    { weight: 1, arbitrary: fc.constantFrom<string>(...inheritedNames) },
    { weight: 1, arbitrary: headerText },
  );
  return fc.tuple(target, mangled(body), extraHeaders).map(([named, bytes, extra]) =>
    aRequest({
      method: "POST",
      headers: {
        host: "127.0.0.1:9324",
        ...extra,
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `AmazonSQS.${named}`,
      },
      body: bytes,
    }),
  );
}

const extraHeaders = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.constantFrom(
        "x-amzn-trace-id",
        "host",
        "authorization",
        "x-amz-date",
        "origin",
        "__proto__",
      ),
      fc.oneof(headerText, fc.array(headerText, { minLength: 1, maxLength: 2 })),
      { maxKeys: 2 },
    ),
  },
);

const formHeaders = { host: "127.0.0.1:9324", "content-type": "application/x-www-form-urlencoded" };

function queryRequest({ action, input }: WrittenCall): fc.Arbitrary<HttpRequest> {
  return fc
    .tuple(
      fc.constantFrom("body", "query", "both"),
      fc.constantFrom("/", "/000000000000/orders", "//%/"),
      extraHeaders,
    )
    .chain(([where, path, extra]) => {
      const text = formOf(action, input);
      return mangled(where === "query" ? "" : text).map((body) =>
        aRequest({
          method: where === "query" ? "GET" : "POST",
          path,
          query: where === "body" ? "" : text.slice(0, 8000),
          headers: { ...formHeaders, ...extra },
          body,
        }),
      );
    });
}

/** Forms with names that no client writes: parts without end, inherited names, broken escapes. */
const looseQuery: fc.Arbitrary<HttpRequest> = fc
  .tuple(
    fc.constantFrom<string>(...actions),
    fc.array(
      fc.tuple(
        fc
          .array(
            fc.oneof(
              fc.constantFrom(
                "Attribute",
                "Tag",
                "Entry",
                "1",
                "2",
                "0",
                "-1",
                "99999999999",
                "Name",
                "Key",
                "Value",
              ),
              fc.constantFrom(
                "SendMessageBatchRequestEntry",
                "MessageAttribute",
                "QueueUrl",
                "MessageBody",
                "",
              ),
              fc.constantFrom<string>(...inheritedNames),
              nastyText,
            ),
            { maxLength: 9 },
          )
          .map((parts) => parts.join(".")),
        nastyText,
        fc.boolean(),
      ),
      { maxLength: 8 },
    ),
  )
  .map(([action, parameters]) => {
    const text = parameters
      .map(([name, value, raw]) =>
        raw ? `${name}=${value}` : `${escaped(name)}=${escaped(value)}`,
      )
      .join("&");
    const body = Buffer.from(`Action=${action}&QueueUrl=orders&${text}`);
    return aRequest({ method: "POST", headers: formHeaders, body });
  });

function restRequest({ action, input }: WrittenCall): fc.Arbitrary<HttpRequest> {
  const url = typeof input["QueueUrl"] === "string" ? input["QueueUrl"] : "orders";
  const { body, ...request } = aRestCall(action, input, url.split("/").at(-1) ?? "");
  return fc.tuple(mangled(Buffer.from(body)), extraHeaders).map(([bytes, extra]) => ({
    ...request,
    path: request.path.slice(0, 8000),
    query: request.query.slice(0, 8000),
    headers: { ...request.headers, ...extra },
    body: bytes,
  }));
}

const methods = ["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS", "__proto__"];

const looseRest: fc.Arbitrary<HttpRequest> = fc
  .tuple(
    fc.constantFrom(...methods),
    fc.array(
      fc.oneof(
        fc.constantFrom(
          "queues",
          "orders",
          "messages",
          "tags",
          "permissions",
          "..",
          "",
          "%",
          "%2e%2e",
          "batch",
        ),
        fc.constantFrom<string>(...inheritedNames),
        nastyText.map((text) => escaped(text).slice(0, 2000)),
      ),
      { maxLength: 6 },
    ),
    nastyText.map((text) => text.slice(0, 2000)),
    nastyJson,
  )
  .map(([method, parts, query, value]) =>
    aRequest({
      method,
      path: `/v1/queues/${parts.join("/")}`,
      query,
      body: Buffer.from(JSON.stringify(value)),
    }),
  );

const anyRequest: fc.Arbitrary<HttpRequest> = fc
  .tuple(
    fc.constantFrom(...methods),
    fc.oneof(fc.constantFrom("/", "/health", "/v1/openapi.json", "/v1", "//"), headerText),
    headerText,
    fc.dictionary(
      fc.oneof(
        fc.constantFrom("content-type", "x-amz-target", "host", "authorization"),
        fc.constantFrom<string>(...inheritedNames),
      ),
      fc.oneof(
        headerText,
        fc.constantFrom(
          "application/x-amz-json-1.0",
          "application/x-www-form-urlencoded",
          "AmazonSQS.SendMessage",
        ),
        fc.array(headerText, { maxLength: 2 }),
      ),
      { maxKeys: 4 },
    ),
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      nastyText.map((text) => Buffer.from(text)),
    ),
  )
  .map(([method, path, query, headers, body]) => aRequest({ method, path, query, headers, body }));
