// Nest keeps what its decorators say in metadata.
import "reflect-metadata";
import assert from "node:assert/strict";
import { once } from "node:events";
import { type Message, SQSClient } from "@aws-sdk/client-sqs";
import { type INestApplicationContext, Injectable } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import {
  SqsConsumerEventHandler,
  SqsMessageHandler,
  SqsModule,
  SqsService,
} from "@ssut/nestjs-sqs";
import type { SqsConsumerOptions } from "@ssut/nestjs-sqs/dist/sqs.types.js";
import { afterAll, afterEach, describe, expect, vi } from "vitest";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { sqsTest } from "./sqsTest.ts";
import type { TestQueue } from "./testQueue.ts";

const table = openSqliteTable({ path: ":memory:", clock: { nowMs: () => 0 } });
const it = sqsTest({ table: () => table, missing: undefined, protocol: "JSON" });
const apps = new Set<INestApplicationContext>();
const noneLeft = { available: 0, inFlight: 0, delayed: 0 };

class OrderHandler {
  readonly handle = vi.fn<(message: Message) => Promise<void>>(async () => undefined);
  readonly failed = vi.fn<(error: Error, message: Message) => void>();

  async handleMessage(message: Message): Promise<void> {
    await this.handle(message);
  }

  onProcessingError(error: Error, message: Message): void {
    this.failed(error, message);
  }

  /** A receive is given up when its app closes. */
  onError(): void {}
}

class BatchHandler {
  readonly handle = vi.fn<(messages: readonly Message[]) => Promise<void>>(async () => undefined);

  async handleBatch(messages: readonly Message[]): Promise<void> {
    await this.handle(messages);
  }

  onError(): void {}
}

class AppModule {}

// As its README says; but our compiler erases types and does nothing else, so there is no `@`.
Injectable()(OrderHandler);
decorate(OrderHandler, "handleMessage", SqsMessageHandler("orders", false));
decorate(OrderHandler, "onProcessingError", SqsConsumerEventHandler("orders", "processing_error"));
decorate(OrderHandler, "onError", SqsConsumerEventHandler("orders", "error"));
Injectable()(BatchHandler);
decorate(BatchHandler, "handleBatch", SqsMessageHandler("batches", true));
decorate(BatchHandler, "onError", SqsConsumerEventHandler("batches", "error"));

function decorate(
  type: { readonly prototype: object },
  method: string,
  decorator: MethodDecorator,
): void {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, method);
  assert(descriptor !== undefined);
  decorator(type.prototype, method, descriptor);
}

/** An app that consumes from and produces to one queue, whose URL is its endpoint, too. */
async function startApp(
  name: "orders" | "batches",
  { url: queueUrl }: TestQueue,
  options: Partial<SqsConsumerOptions> = {},
) {
  const sqs = new SQSClient({
    endpoint: queueUrl,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const module = {
    module: AppModule,
    imports: [
      SqsModule.register({
        consumers: [{ name, queueUrl, sqs, ...options }],
        producers: [{ name, queueUrl, sqs }],
        globalStopOptions: { abort: true },
      }),
    ],
    providers: [OrderHandler, BatchHandler],
  };
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  apps.add(app);
  const service = app.get(SqsService);
  const consumer = service.consumers.get(name)?.instance;
  assert(consumer !== undefined);
  return { service, consumer, orders: app.get(OrderHandler), batches: app.get(BatchHandler) };
}

afterEach(async () => {
  for (const app of apps) await app.close();
  apps.clear();
});
afterAll(async () => {
  await table.close();
});

describe("@ssut/nestjs-sqs", () => {
  it("sends what its handler is given, and deletes it", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const { service, consumer, orders } = await startApp("orders", queue, {
      messageAttributeNames: ["All"],
      attributeNames: ["All"],
    });
    const messageAttributes = { kind: { DataType: "String", StringValue: "new" } };
    const processed = once(consumer, "message_processed");

    await service.send("orders", {
      id: "id",
      body: { order: 17 },
      groupId: "tenant-a",
      delaySeconds: 0,
      messageAttributes,
    });
    await processed;

    expect(orders.handle.mock.calls).toMatchObject([
      [
        {
          Body: '{"order":17}',
          MessageAttributes: messageAttributes,
          Attributes: { MessageGroupId: "tenant-a", ApproximateReceiveCount: "1" },
        },
      ],
    ]);
    expect(await queue.counts()).toEqual(noneLeft);
  });

  it("hands over batches", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    await queue.sendAll("a", "b", "c");
    const { consumer, batches } = await startApp("batches", queue, { batchSize: 10 });

    await once(consumer, "response_processed");

    expect(batches.handle.mock.calls).toMatchObject([
      [[{ Body: "a" }, { Body: "b" }, { Body: "c" }]],
    ]);
    expect(await queue.counts()).toEqual(noneLeft);
  });

  it("gets again after the visibility timeout what its handler failed on", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const { service, consumer, orders } = await startApp("orders", queue);
    orders.handle.mockRejectedValueOnce(new Error("not yet"));
    const failed = once(consumer, "processing_error");
    await service.send("orders", { id: "id", body: "hello" });
    await failed;
    await sqs.clock.untilDueAt(sqs.clock.nowMs() + 20_000, (waiting) => waiting === 1);

    const processed = once(consumer, "message_processed");
    sqs.advanceSeconds(30);
    await processed;

    expect(orders.handle).toHaveBeenCalledTimes(2);
    expect(orders.failed.mock.calls).toMatchObject([
      [{ message: expect.stringContaining("not yet") }, { Body: "hello" }],
    ]);
    expect(await queue.counts()).toEqual(noneLeft);
  });

  it("leaves to the dead-letter queue what its handler fails on time after time", async ({
    sqs,
  }) => {
    const dead = await sqs.createQueue();
    const queue = await sqs.createSourceOf(dead, 2);
    const { service, orders } = await startApp("orders", queue, {
      terminateVisibilityTimeout: true,
    });
    orders.handle.mockRejectedValue(new Error("never"));
    const poll = await dead.poll();

    await service.send("orders", { id: "id", body: "poison" });

    expect(await poll.answer).toMatchObject([{ Body: "poison" }]);
    expect(orders.handle).toHaveBeenCalledTimes(2);
  });

  it("knows the size and the attributes of its queue, and purges it", async ({ sqs }) => {
    const queue = await sqs.createQueue({ DelaySeconds: "0" });
    const { service, consumer } = await startApp("orders", queue);
    consumer.stop({ abort: true });
    await sqs.clock.untilDueAt(sqs.clock.nowMs() + 20_000, (waiting) => waiting === 0);
    await service.send("orders", [
      { id: "1", body: "a" },
      { id: "2", body: "b" },
    ]);

    const size = await service.getProducerQueueSize("orders");
    const attributes = await service.getQueueAttributes("orders");
    await service.purgeQueue("orders");

    expect(size).toBe(2);
    expect(attributes).toMatchObject({ QueueArn: queue.arn, VisibilityTimeout: "30" });
    expect(await queue.counts()).toEqual(noneLeft);
  });
});
