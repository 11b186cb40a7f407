import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openMemoryTable } from "#table/memory/memoryTable.ts";
import type { Table } from "#table/table.ts";
import { aJsonCall, aRequest } from "../unit/protocol/aRequest.ts";
import { aFuzzWorld, type FuzzWorld } from "./fuzzWorld.ts";
import { problemOf } from "./wellFormed.ts";

/** What fuzzing and thinking about it found, each once more. */

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
const dead = "arn:aws:sqs:us-east-1:000000000000:dead";
const lists = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

async function refusal(action: string, input: object): Promise<string> {
  const answer = await world.handle(aJsonCall(action, input));
  expect(problemOf(answer)).toBe(undefined);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  return JSON.parse(String(answer.body)).message;
}

const setting = (name: string, value: string) => ({
  QueueUrl: orders,
  Attributes: { [name]: value },
});

describe("a policy that is nested deeper than the stack", () => {
  const deepPolicy = `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"S":{"k":${lists(3900)}}}}}`;

  it.each([
    ["Policy", deepPolicy],
    ["RedrivePolicy", `{"deadLetterTargetArn":"${dead}","maxReceiveCount":${lists(100_000)}}`],
    ["RedriveAllowPolicy", `{"redrivePermission":${objects(100_000)}}`],
  ])("is refused as a %s", async (name, value) => {
    await expect(refusal("SetQueueAttributes", setting(name, value))).resolves.toContain(name);
  });

  it.each([
    ["PATCH", "/v1/queues/orders", `{"attributes":{"Policy":${objects(200_000)}}}`],
    ["POST", "/v1/queues/orders/tags", `{"tags":{"a":${objects(200_000)}}}`],
  ])("is refused where it may stand as an object: %s %s", async (method, path, body) => {
    const answer = await world.handle(aRequest({ method, path, body: Buffer.from(body) }));

    expect(answer.status).toBe(400);
    expect(answer.body).toContain("nested");
  });
});

describe("a value that would not fit the item of its queue", () => {
  it.each([
    ["KmsMasterKeyId", "x".repeat(2049)],
    ["RedriveAllowPolicy", `{"redrivePermission":"allowAll"${" ".repeat(8192)}}`],
  ])("is refused as a %s", async (name, value) => {
    await expect(refusal("SetQueueAttributes", setting(name, value))).resolves.toContain(name);
  });

  it("is refused as one tag too many, in a new queue too", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [`tag-${index}`, "x".repeat(200)]),
    );

    await expect(refusal("TagQueue", { QueueUrl: orders, Tags: many })).resolves.toContain("65536");
    await expect(refusal("CreateQueue", { QueueName: "fresh", tags: many })).resolves.toContain(
      "65536",
    );
  });
});

describe("a refusal", () => {
  it("does not repeat megabytes of what it refuses", async () => {
    const handle = '"'.repeat(3_000_000);
    const body = Buffer.from(`Action=DeleteMessage&QueueUrl=${orders}&ReceiptHandle=${handle}`);
    const headers = { "content-type": "application/x-www-form-urlencoded" };

    const answers = [
      await world.handle(aJsonCall("DeleteMessage", { QueueUrl: orders, ReceiptHandle: handle })),
      await world.handle(aRequest({ method: "POST", headers, body })),
    ];

    for (const answer of answers) {
      expect(answer.status).toBe(404);
      expect(problemOf(answer)).toBe(undefined);
    }
  });
});

describe("a name that no queue can have", () => {
  const long = "x".repeat(3000);

  it("is not asked of the table, nor remembered, in an ARN", async () => {
    const before = world.tableCalls();

    await refusal("ListMessageMoveTasks", {
      SourceArn: `arn:aws:sqs:us-east-1:000000000000:${long}`,
    });
    await refusal(
      "SetQueueAttributes",
      setting(
        "RedrivePolicy",
        `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:${long}","maxReceiveCount":3}`,
      ),
    );

    expect(world.tableCalls()).toBe(before);
  });

  it("begins none of a list", async () => {
    const before = world.tableCalls();

    const answer = await world.handle(aJsonCall("ListQueues", { QueueNamePrefix: long }));

    expect(answer).toMatchObject({ status: 200, body: "{}" });
    expect(world.tableCalls()).toBe(before);
  });
});

describe("a key that every object inherits", () => {
  it.each(["__proto__", "constructor", "toString"])("is a tag like any other: %s", async (key) => {
    const tags = JSON.stringify({ QueueUrl: orders, Tags: "?" }).replace('"?"', `{"${key}":"x"}`);

    await world.handle(aJsonCall("TagQueue", tags));
    const listed = await world.handle(aJsonCall("ListQueueTags", { QueueUrl: orders }));
    const entries = Object.entries(JSON.parse(String(listed.body)).Tags);

    expect(entries).toContainEqual([key, "x"]);
    expect(Object.hasOwn({}, "x")).toBe(false);
  });

  it.each(["__proto__", "constructor", "toString"])("is no attribute: %s", async (key) => {
    const body = `{"QueueUrl":"${orders}","Attributes":{"${key}":"1"}}`;

    const answer = await world.handle(aJsonCall("SetQueueAttributes", body));

    expect(answer.status).toBe(400);
    expect(answer.body).toContain(`Unknown Attribute ${key}.`);
  });
});
