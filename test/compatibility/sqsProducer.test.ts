import { Producer } from "sqs-producer";
import { afterAll, beforeEach, describe, expect, vi } from "vitest";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { sqsTest } from "./sqsTest.ts";
import { bodiesOf } from "./testQueue.ts";

const table = openSqliteTable({ path: ":memory:", clock: { nowMs: () => 0 } });
const it = sqsTest({ table: () => table, missing: undefined, protocol: "JSON" });

// As its README says: a queue URL and a region, and the credentials of the environment.
const producerOf = (queueUrl: string) => Producer.create({ queueUrl, region: "us-east-1" });

beforeEach(() => {
  // The client says that it takes the server from the queue's URL, as it is meant to.
  vi.spyOn(console, "warn").mockReturnValue();
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await table.close();
});

describe("sqs-producer", () => {
  it("finds the server by the queue's URL alone, and sends texts", async ({ sqs }) => {
    const queue = await sqs.createQueue();

    const sent = await producerOf(queue.url).send(["msg1", "msg2"]);

    const messages = await queue.receiveAll();
    expect(bodiesOf(messages)).toEqual(["msg1", "msg2"]);
    expect(messages.map(({ MessageId }) => MessageId)).toEqual(
      sent.map(({ MessageId }) => MessageId),
    );
  });

  it("knows the size of the queue", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const producer = producerOf(queue.url);
    await producer.send(["a", "b", "c"]);

    expect(await producer.queueSize()).toBe(3);
  });

  it("sends as many messages as it is given, in batches of ten", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const bodies = Array.from({ length: 25 }, (_, place) => `message-${place}`);

    const sent = await producerOf(queue.url).send(bodies);

    expect(sent.map(({ Id }) => Id)).toEqual(bodies);
    expect((await queue.counts()).available).toBe(25);
  });

  it("sends attributes, delays and group ids", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const messageAttributes = {
      attr1: { DataType: "String", StringValue: "stringValue" },
      attr2: { DataType: "Binary", BinaryValue: Uint8Array.from(Buffer.from("binaryValue")) },
    };

    await producerOf(queue.url).send([
      { id: "id1", body: "with attributes", messageAttributes },
      { id: "id2", body: "delayed", delaySeconds: 5 },
      { id: "id3", body: "of a tenant", groupId: "tenant-a" },
    ]);

    const messages = await queue.receiveAll({
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["MessageGroupId"],
    });
    const byBody = new Map(messages.map((message) => [message.Body, message]));
    expect(byBody.get("with attributes")?.MessageAttributes).toEqual(messageAttributes);
    expect(byBody.get("of a tenant")?.Attributes).toEqual({ MessageGroupId: "tenant-a" });
    expect(byBody.has("delayed")).toBe(false);
    sqs.advanceSeconds(5);
    expect((await queue.receiveOne()).Body).toBe("delayed");
  });

  it("is told which messages failed, while the others are sent", async ({ sqs }) => {
    const queue = await sqs.createQueue();

    const sending = producerOf(queue.url).send([
      { id: "bad", body: "a\u0000" },
      { id: "good", body: "hello" },
    ]);

    await expect(sending).rejects.toMatchObject({
      message: "Failed to send messages: bad",
      failedMessages: ["bad"],
    });
    expect(bodiesOf(await queue.receiveAll())).toEqual(["hello"]);
  });
});
