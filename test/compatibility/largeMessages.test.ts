import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished } from "vitest";
import { createEngine } from "#engine/createEngine.ts";
import type { EngineEvent } from "#engine/engineEvent.ts";
import type { Table } from "#table/table.ts";
import { random } from "../../bin/platform.ts";
import { freshDynamodbTables } from "../support/dynamodbFreshTable.ts";
import { aCaller } from "../support/engineCaller.ts";
import { FaultyTable } from "../support/faultyTable.ts";
import { startMillraceServer } from "../support/millraceServer.ts";
import { ownDynamodb } from "../support/ownDynamodb.ts";
import { s3Blobs } from "../support/s3Blobs.ts";
import { type S3Server, startS3Server } from "../support/s3Server.ts";
import { sqsClient } from "../support/sqsClient.ts";
import { StoppedClock } from "../support/stoppedClock.ts";
import { createFifo, createFifoSourceOf, sendTo } from "./fifoQueue.ts";
import { type Attributes, sqsTest } from "./sqsTest.ts";
import { noMessages, TestQueue } from "./testQueue.ts";

const dynamodb = ownDynamodb();
let s3: S3Server;
let table: Table;

beforeAll(async () => {
  if (dynamodb.missing !== undefined) return;
  s3 = await startS3Server();
  table = (await freshDynamodbTables(dynamodb.endpoint)).open({ blobs: s3Blobs(s3) });
});
afterAll(async () => {
  await table?.close();
  await s3?.stop();
});

const it = sqsTest({ table: () => table, missing: dynamodb.missing });
const mebibyte = 1024 * 1024;

/** Text of so many bytes that hardly gets smaller. */
function randomText(bytes: number): string {
  return randomBytes(bytes).toString("base64").slice(0, bytes);
}

describe("large messages with a bucket", () => {
  it("of 1 MiB arrive as they were sent, by way of one object", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const body = randomText(mebibyte);
    const before = (await s3.keys()).length;

    await queue.send(body);
    const received = await queue.receiveOne();

    expect(received.Body === body).toBe(true);
    expect((await s3.keys()).length).toBe(before + 1);
    await queue.delete(received.ReceiptHandle);
    expect(await queue.counts()).toEqual(noMessages);
  });

  it("that compress well stay in the table", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const body = "all the same ".repeat(50_000);
    const before = (await s3.keys()).length;

    await queue.send(body);

    expect((await queue.receiveOne()).Body === body).toBe(true);
    expect((await s3.keys()).length).toBe(before);
  });

  it("keep their attributes and come back after their visibility timeout", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const body = randomText(50_000);
    const MessageAttributes = {
      k: { DataType: "Binary", BinaryValue: new Uint8Array(randomBytes(20_000)) },
    };
    await queue.send(body, { MessageAttributes });

    await queue.receiveOne({ VisibilityTimeout: 10 });
    sqs.advanceSeconds(10);
    const again = await queue.receiveOne({ MessageAttributeNames: ["All"] });

    expect(again).toMatchObject({ Body: body, MessageAttributes });
    expect(again.Attributes?.ApproximateReceiveCount).toBe("2");
  });

  it("arrive from a batch, the small ones among them as well", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const sizes = [200_000, 10, 60_000, 30_000, 30_000, 400_000, 2000, 9000, 100, 100_000];
    const bodies = sizes.map(randomText);

    await queue.sendAll(...bodies);
    const received = new Set<string | undefined>();
    while (received.size < bodies.length) {
      const messages = await queue.receiveAll();
      expect(messages).not.toEqual([]);
      for (const { Body } of messages) received.add(Body);
    }

    expect(received).toEqual(new Set(bodies));
  });

  it("move to a dead-letter queue by reference", async ({ sqs }) => {
    const target = await sqs.createQueue();
    const source = await sqs.createSourceOf(target, 1);
    const bodies = [randomText(20_000), randomText(20_000)];
    await source.sendAll(...bodies);
    const before = await s3.keys();

    await source.receiveAll({ VisibilityTimeout: 0 });
    expect(await source.receiveAll()).toEqual([]);
    const moved = await target.receiveAll();

    expect(new Set(moved.map(({ Body }) => Body))).toEqual(new Set(bodies));
    expect(await s3.keys()).toEqual(before);
  });

  it("keep the order of their group", async ({ sqs }) => {
    const queue = await createFifo(sqs);
    const bodies = [randomText(100_000), "small", randomText(mebibyte), randomText(9000)];
    await sendTo(queue, "g", ...bodies);

    const received = await queue.receiveAll();

    expect(received.map(({ Body }) => Body)).toEqual(bodies);
    for (const { ReceiptHandle } of received) await queue.delete(ReceiptHandle);
    expect(await queue.receiveAll()).toEqual([]);
  });

  it("are stored anew when a FIFO queue dead-letters them, as their retention is", async ({
    sqs,
  }) => {
    const target = await createFifo(sqs);
    const source = await createFifoSourceOf(sqs, target, 1);
    const body = randomText(30_000);
    await sendTo(source, "g", body);
    const before = (await s3.keys()).length;

    await source.receiveOne({ VisibilityTimeout: 0 });
    expect(await source.receiveAll()).toEqual([]);

    expect((await target.receiveOne()).Body === body).toBe(true);
    expect((await s3.keys()).length).toBe(before + 1);
  });

  it("are there for a server that is started again", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const body = randomText(40_000);
    await queue.send(body);

    await sqs.stop();
    const again = (await sqs.startAnother()).queueAt(queue.url);

    expect((await again.receiveOne()).Body === body).toBe(true);
  });
});

describe("large messages when the bucket fails", () => {
  beforeEach(({ skip }) => skip(dynamodb.missing !== undefined, dynamodb.missing));

  /** A server over a bucket of its own, which may fail. */
  async function aServer() {
    const own = await startS3Server();
    const table = (await freshDynamodbTables(dynamodb.endpoint)).open({ blobs: s3Blobs(own) });
    const clock = new StoppedClock();
    const server = await startMillraceServer({ table, clock, account: "123456789012" });
    const client = sqsClient(server.origin);
    onTestFinished(async () => {
      client.destroy();
      await server.close();
      await table.close();
      await own.stop();
    });
    const open = async (QueueName: string, Attributes: Attributes = {}) => {
      const { QueueUrl = "" } = await client.createQueue({ QueueName, Attributes });
      return new TestQueue(client, clock, QueueUrl);
    };
    return { open, clock, bucket: own, table };
  }

  const internalError = { $metadata: { httpStatusCode: 500 } };
  const unavailable = { $metadata: { httpStatusCode: 503 } };
  const fifo = { FifoQueue: "true", ContentBasedDeduplication: "true" };
  const inGroup = { MessageGroupId: "g" };

  it("are refused and not sent, while small ones are", async () => {
    const { open, bucket } = await aServer();
    const queue = await open("queue");
    const ordered = await open("queue.fifo", fifo);

    bucket.fail("lost");
    await expect(queue.send(randomText(20_000))).rejects.toMatchObject(internalError);
    await expect(ordered.send(randomText(20_000), inGroup)).rejects.toMatchObject(internalError);
    await queue.send("small");
    await ordered.send("small", inGroup);
    bucket.fail(undefined);

    expect((await queue.receiveAll()).map(({ Body }) => Body)).toEqual(["small"]);
    expect((await ordered.receiveAll()).map(({ Body }) => Body)).toEqual(["small"]);
  });

  it("are refused as too many when it is overloaded", async () => {
    const { open, bucket } = await aServer();
    const queue = await open("queue");

    bucket.fail({ status: 503, code: "SlowDown" });

    await expect(queue.send(randomText(20_000))).rejects.toMatchObject(unavailable);
  });

  it.for([
    ["a standard queue", "queue", {}, {}],
    ["a FIFO queue", "queue.fifo", fifo, inGroup],
  ] as const)("come back to %s at once, uncounted", async ([_name, name, attributes, group]) => {
    const { open, bucket } = await aServer();
    const queue = await open(name, attributes);
    const bodies = [randomText(20_000), randomText(30_000)];
    for (const body of bodies) await queue.send(body, group);

    bucket.fail("lost");
    await expect(queue.receiveAll()).rejects.toMatchObject(internalError);
    bucket.fail(undefined);

    const received = await queue.receiveAll({ MessageSystemAttributeNames: ["All"] });
    expect(received.map(({ Body }) => Body).sort()).toEqual(bodies.sort());
    const counts = received.map(({ Attributes }) => Attributes?.ApproximateReceiveCount);
    expect(counts).toEqual(["1", "1"]);
  });

  it("stay with the attempt that a receive names, for its next try", async () => {
    const { open, bucket } = await aServer();
    const queue = await open("queue.fifo", fifo);
    const body = randomText(20_000);
    await queue.send(body, inGroup);
    const attempt = { ReceiveRequestAttemptId: "attempt" };

    bucket.fail("lost");
    await expect(queue.receive(attempt)).rejects.toMatchObject(internalError);
    bucket.fail(undefined);

    expect(await queue.receive()).toEqual([]);
    expect((await queue.receive(attempt)).map(({ Body }) => Body)).toEqual([body]);
  });

  it("stay when a server has no bucket, and arrive from one that has", async () => {
    const { open, table } = await aServer();
    const queue = await open("queue");
    const body = randomText(20_000);
    await queue.send(body);
    const engine = createEngine({ table: withoutBlobs(table), clock: new StoppedClock(), random });
    const QueueUrl = queue.url;
    const caller = aCaller({ account: "123456789012" });

    const received = engine.operate("ReceiveMessage", { QueueUrl }, caller);

    await expect(received).rejects.toThrow("expected the table to have the bucket");
    await engine.close();
    expect((await queue.receiveOne()).Body).toBe(body);
  });

  it.for([
    ["a standard queue", "queue", {}, {}],
    ["a FIFO queue", "queue.fifo", fifo, inGroup],
  ] as const)(
    "are dropped from %s and reported when their object is gone",
    async ([_name, name, attributes, group]) => {
      const { open, bucket, table } = await aServer();
      const queue = await open(name, attributes);
      await queue.send(randomText(20_000), group);
      await queue.send("small", group);
      const events: EngineEvent[] = [];
      const report = (event: EngineEvent) => void events.push(event);
      const engine = createEngine({ table, clock: new StoppedClock(), random, report });
      const input = { QueueUrl: queue.url, MaxNumberOfMessages: 10 };
      const caller = aCaller({ account: "123456789012" });

      await bucket.loseAll();
      const { Messages } = await engine.operate("ReceiveMessage", input, caller);
      await engine.close();

      expect(Messages?.map(({ Body }) => Body)).toEqual(["small"]);
      expect(events).toEqual([{ event: "message.contentsMissing", queue: name, count: 1 }]);
      expect(await queue.counts()).toEqual({ available: 0, inFlight: 1, delayed: 0 });
    },
  );
});

/** The same table for a process that was given no bucket. */
function withoutBlobs(table: Table): Table {
  const without = new FaultyTable(table, () => ({}));
  return Object.defineProperty(without, "blobs", { value: undefined });
}
