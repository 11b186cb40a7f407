import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HttpRequest } from "#protocol/http.ts";
import { openMemoryTable } from "#table/memory/memoryTable.ts";
import type { Table } from "#table/table.ts";
import { aJsonCall, aRequest } from "../unit/protocol/aRequest.ts";
import { aFuzzWorld, type FuzzWorld } from "./fuzzWorld.ts";

/** How much longer the longer input is, and how much more time it may take: 64 were quadratic. */
const times = 8;
const ratioMax = 40;
/** Below this, what is measured is the machine and not the input: quadratic work takes far more. */
const measurableMs = 30;
const shortMsMin = 2;
const tries = 6;

let table: Table;
let world: FuzzWorld;

beforeAll(async () => {
  table = openMemoryTable({ clock: { nowMs: () => 0 } });
  world = await aFuzzWorld(table);
});
afterAll(async () => {
  await world.close();
  await table.close();
});

const orders = "http://127.0.0.1:9324/000000000000/orders";
const form = (text: string) =>
  aRequest({
    method: "POST",
    headers: { host: "x", "content-type": "application/x-www-form-urlencoded" },
    body: Buffer.from(`Action=ReceiveMessage&QueueUrl=${orders}&${text}`),
  });
const json = (action: string, input: object) => aJsonCall(action, { QueueUrl: orders, ...input });
const policy = (Policy: string) => json("SetQueueAttributes", { Attributes: { Policy } });

/** Where a caller's text goes through a pattern, a loop or a parser; and how long it can come. */
const places: readonly [string, number, (text: string) => HttpRequest][] = [
  ["the body of a message", 200_000, (MessageBody) => json("SendMessage", { MessageBody })],
  ["a queue URL", 200_000, (QueueUrl) => json("DeleteMessage", { QueueUrl, ReceiptHandle: "a" })],
  ["a receipt handle", 200_000, (ReceiptHandle) => json("DeleteMessage", { ReceiptHandle })],
  ["a task handle", 200_000, (TaskHandle) => json("CancelMessageMoveTask", { TaskHandle })],
  ["an ARN", 200_000, (SourceArn) => json("ListMessageMoveTasks", { SourceArn })],
  ["a token", 200_000, (NextToken) => json("ListQueues", { NextToken, MaxResults: 1 })],
  ["a prefix", 200_000, (QueueNamePrefix) => json("ListQueues", { QueueNamePrefix })],
  ["a policy", 200_000, policy],
  [
    "the name of a policy's action",
    200_000,
    (Action) => policy(JSON.stringify({ Statement: [{ Action }] })),
  ],
  [
    "a redrive policy's count",
    200_000,
    (text) =>
      json("SetQueueAttributes", {
        Attributes: {
          RedrivePolicy: `{"deadLetterTargetArn":"a","maxReceiveCount":${JSON.stringify(text)}}`,
        },
      }),
  ],
  ["a tag", 200_000, (text) => json("TagQueue", { Tags: { [text]: text } })],
  [
    "a label",
    200_000,
    (Label) => json("AddPermission", { Label, Actions: ["*"], AWSAccountIds: ["1"] }),
  ],
  [
    "a number",
    200_000,
    (text) =>
      json("SendMessage", {
        MessageBody: "x",
        MessageAttributes: { a: { DataType: "Number", StringValue: text } },
      }),
  ],
  [
    "the name of a message attribute",
    200_000,
    (text) =>
      json("SendMessage", {
        MessageBody: "x",
        MessageAttributes: { [text]: { DataType: "String", StringValue: "a" } },
      }),
  ],
  ["a form", 200_000, form],
  ["a name in a form", 200_000, (text) => form(`${encodeURIComponent(text)}=1`)],
  ["a path", 15_000, (text) => aRequest({ path: `/v1/queues/${text}` })],
  ["a query", 15_000, (query) => aRequest({ path: "/v1/queues", query })],
  [
    "a header of signatures",
    15_000,
    (authorization) => aJsonCall("ListQueues", {}, { headers: { authorization } }),
  ],
  [
    "a signed header's names",
    15_000,
    (text) =>
      aJsonCall(
        "ListQueues",
        {},
        {
          headers: {
            "x-amz-date": "20260101T000000Z",
            authorization: `AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host;${text}, Signature=0`,
          },
        },
      ),
  ],
  [
    "a presigned query",
    15_000,
    (text) => aRequest({ query: `Action=ListQueues&X-Amz-Signature=${text}` }),
  ],
];

/** What made patterns and loops go back and forth elsewhere. */
const repeated = [
  "a",
  "0",
  " ",
  ".",
  "/",
  ":",
  "*",
  "=",
  "&",
  "a=1&",
  "%41",
  "a,",
  ",",
  ";",
  "[",
  '{"a":',
  '"',
  "\\",
  "\u00e9",
  "x.1.",
  "arn:aws:",
  "e+1",
  "\t ",
];

async function timeOf(request: () => HttpRequest): Promise<number> {
  let leastMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const made = request();
    const before = process.cpuUsage();
    await world.handle(made);
    await world.handleSigned(made);
    leastMs = Math.min(leastMs, process.cpuUsage(before).user / 1000);
    if (leastMs < measurableMs) return leastMs;
  }
  return leastMs;
}

describe("an input that is eight times as long", { timeout: 120_000 }, () => {
  it.each(places)(
    "does not take much more than eight times as long: %s",
    async (_place, characters, requestOf) => {
      for (const unit of repeated) {
        const long = unit.repeat(characters / unit.length);
        const longMs = await timeOf(() => requestOf(long));
        if (longMs < measurableMs) continue;
        const shortMs = await timeOf(() => requestOf(long.slice(0, characters / times)));

        expect(longMs / Math.max(shortMs, shortMsMin), `of ${JSON.stringify(unit)}`).toBeLessThan(
          ratioMax,
        );
      }
    },
  );
});
