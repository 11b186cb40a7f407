import { EventEmitter, once } from "node:events";
import type { Message } from "@aws-sdk/client-sqs";
import { Consumer, type ConsumerOptions } from "sqs-consumer";
import { afterAll, afterEach, beforeEach, describe, expect, vi } from "vitest";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { sqsTest } from "./sqsTest.ts";
import { noMessages } from "./testQueue.ts";

const table = openSqliteTable({ path: ":memory:", clock: { nowMs: () => 0 } });
const it = sqsTest({ table: () => table, missing: undefined, protocol: "JSON" });
const consumers = new Set<Consumer>();
/** Of this test's consumers: those of the last one are still being told that they are aborted. */
let errors: string[] = [];

/** As its README says: a queue URL and a handler, and the credentials of the environment. */
function consumerOf(options: ConsumerOptions): Consumer {
  const consumer = Consumer.create({ region: "us-east-1", ...options });
  const own = errors;
  consumer.on("error", ({ message }) => own.push(message));
  consumer.on("processing_error", () => undefined);
  consumers.add(consumer);
  return consumer;
}

/** Resolves when the consumer has emitted an event so many times. */
async function times(consumer: Consumer, event: string, count: number): Promise<void> {
  for (let seen = 0; seen < count; seen += 1) await once(consumer, event);
}

beforeEach(() => {
  // The client says that it takes the server from the queue's URL, as it is meant to.
  vi.spyOn(console, "warn").mockReturnValue();
  errors = [];
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});
afterEach(() => {
  expect(errors.splice(0)).toEqual([]);
  for (const consumer of consumers) consumer.stop({ abort: true });
  consumers.clear();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await table.close();
});

describe("sqs-consumer", () => {
  it("handles each message once, and deletes it", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    await queue.sendAll("a", "b", "c");
    const seen: (string | undefined)[] = [];
    const consumer = consumerOf({
      queueUrl: queue.url,
      handleMessage: async (message) => {
        seen.push(message.Body);
        return message;
      },
    });

    consumer.start();
    await times(consumer, "message_processed", 3);

    expect(seen).toEqual(["a", "b", "c"]);
    expect(await queue.counts()).toEqual(noMessages);
  });

  it("waits for messages by long polling, and is woken by each", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const consumer = consumerOf({
      queueUrl: queue.url,
      handleMessage: async (message) => message,
    });
    const deadlineMs = sqs.clock.nowMs() + 20_000;
    consumer.start();

    for (const body of ["one", "two"]) {
      await sqs.clock.untilDueAt(deadlineMs, (waiting) => waiting === 1);
      const processed = once(consumer, "message_processed");
      await queue.send(body);
      expect((await processed)[0]).toMatchObject({ Body: body });
    }
  });

  it("polls again after an empty answer", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const consumer = consumerOf({
      queueUrl: queue.url,
      handleMessage: async (message) => message,
    });
    consumer.start();
    await sqs.clock.untilDueAt(sqs.clock.nowMs() + 20_000, (waiting) => waiting === 1);

    const empty = once(consumer, "empty");
    sqs.advanceSeconds(20);
    await empty;
    const processed = once(consumer, "message_processed");
    await queue.send("hello");

    expect((await processed)[0]).toMatchObject({ Body: "hello" });
  });

  it("handles batches, and deletes those messages that its handler gives back", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    await queue.sendAll("keep", "delete", "delete");
    const seen: (readonly (string | undefined)[])[] = [];
    const consumer = consumerOf({
      queueUrl: queue.url,
      batchSize: 10,
      messageSystemAttributeNames: ["All"],
      handleMessageBatch: async (messages) => {
        seen.push(messages.map(({ Attributes }) => Attributes?.ApproximateReceiveCount));
        return messages.filter(({ Body }) => Body === "delete");
      },
    });

    consumer.start();
    await once(consumer, "response_processed");
    expect(await queue.counts()).toEqual({ available: 0, inFlight: 1, delayed: 0 });
    const again = once(consumer, "response_processed");
    sqs.advanceSeconds(30);
    await again;

    expect(seen).toEqual([["1", "1", "1"], ["2"]]);
  });

  it("gives a message back when its handler fails, and gets it again", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    await queue.send("hello");
    const counts: (string | undefined)[] = [];
    const consumer = consumerOf({
      queueUrl: queue.url,
      terminateVisibilityTimeout: true,
      messageSystemAttributeNames: ["ApproximateReceiveCount"],
      handleMessage: async (message: Message) => {
        counts.push(message.Attributes?.ApproximateReceiveCount);
        if (counts.length < 3) throw new Error("not yet");
        return message;
      },
    });

    consumer.start();
    await once(consumer, "message_processed");

    expect(counts).toEqual(["1", "2", "3"]);
    expect(await queue.counts()).toEqual(noMessages);
  });

  it("leaves a message that fails time after time to the dead-letter queue", async ({ sqs }) => {
    const dead = await sqs.createQueue();
    const queue = await sqs.createSourceOf(dead, 2);
    await queue.send("poison");
    const consumer = consumerOf({
      queueUrl: queue.url,
      terminateVisibilityTimeout: true,
      handleMessage: async () => {
        throw new Error("never");
      },
    });
    const poll = await dead.poll();

    consumer.start();

    const [message] = await poll.answer;
    expect(message?.Body).toBe("poison");
  });

  it("keeps a message by its heartbeat for longer than the timeout", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    await queue.send("long work");
    const beats = new EventEmitter();
    const beating = new Set<Promise<unknown>>();
    let isDeleting = false;
    sqs.client.middlewareStack.add(
      (next, { commandName }) =>
        async (request) => {
          // The consumer beats on while it deletes, and SQS refuses a beat that comes after the delete.
          // So the delete waits for those that are on their way, and later ones are not sent.
          if (commandName === "DeleteMessageCommand") {
            isDeleting = true;
            await Promise.all(beating);
          }
          if (commandName !== "ChangeMessageVisibilityCommand") return await next(request);
          if (isDeleting) return await new Promise<never>(() => {});
          const begunMs = sqs.clock.nowMs();
          const answer = next(request);
          beating.add(answer);
          const result = await answer;
          beating.delete(answer);
          beats.emit("beat", begunMs);
          return result;
        },
      { step: "initialize" },
    );
    /** Resolves at the end of a beat that began now: earlier ones may still be on their way. */
    const untilBeat = async () => {
      const nowMs = sqs.clock.nowMs();
      const { promise, resolve } = Promise.withResolvers<void>();
      beats.on("beat", (begunMs) => begunMs >= nowMs && resolve());
      await promise;
    };
    const { promise: isDone, resolve: finish } = Promise.withResolvers<void>();
    const consumer = consumerOf({
      queueUrl: queue.url,
      sqs: sqs.client,
      visibilityTimeout: 30,
      heartbeatInterval: 0.02,
      handleMessage: async (message) => {
        await isDone;
        return message;
      },
    });
    const received = once(consumer, "message_received");
    consumer.start();
    await received;

    for (let rounds = 0; rounds < 3; rounds += 1) {
      sqs.advanceSeconds(29);
      await untilBeat();
      expect(await queue.receive()).toEqual([]);
    }
    const processed = once(consumer, "message_processed");
    finish();
    await processed;

    expect(await queue.counts()).toEqual(noMessages);
  });

  it("is handed nothing any more when it was stopped by aborting", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const consumer = consumerOf({
      queueUrl: queue.url,
      handleMessage: async (message) => message,
    });
    const deadlineMs = sqs.clock.nowMs() + 20_000;
    consumer.start();
    await sqs.clock.untilDueAt(deadlineMs, (waiting) => waiting === 1);

    consumer.stop({ abort: true });
    await once(consumer, "error");
    expect(errors.splice(0)).toEqual(["SQS receive message failed: Request aborted"]);
    await sqs.clock.untilDueAt(deadlineMs, (waiting) => waiting === 0);
    await queue.send("hello");

    expect((await queue.receiveOne()).Attributes?.ApproximateReceiveCount).toBe("1");
  });
});
