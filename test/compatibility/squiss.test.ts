import { once } from "node:events";
import { type ISquissOptions, type Message, Squiss } from "squiss-ts";
import { afterAll, afterEach, describe, expect } from "vitest";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { type Sqs, sqsTest } from "./sqsTest.ts";

const table = openSqliteTable({ path: ":memory:", clock: { nowMs: () => 0 } });
const it = sqsTest({ table: () => table, missing: undefined, protocol: "JSON" });
const pollers = new Set<Squiss>();
const errors: Error[] = [];
const noneLeft = { available: 0, inFlight: 0, delayed: 0 };

/** As its README says: a configuration of the SDK, and the name or the URL of a queue. */
function squissAt(origin: string, options: ISquissOptions): Squiss {
  const squiss = new Squiss({
    awsConfig: {
      endpoint: origin,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    },
    deleteWaitMs: 1,
    ...options,
  });
  squiss.on("error", (error) => errors.push(error));
  pollers.add(squiss);
  return squiss;
}

/** Calls back with each message, and resolves when so many have been deleted. */
async function handle(
  squiss: Squiss,
  handler: (message: Message) => void,
  count: number,
): Promise<void> {
  squiss.on("message", handler);
  const { promise: areDeleted, resolve } = Promise.withResolvers<void>();
  let deleted = 0;
  squiss.on("deleted", () => {
    deleted += 1;
    if (deleted === count) resolve();
  });
  await squiss.start();
  await areDeleted;
}

const receiveCountOf = ({ sqsAttributes }: Message) => sqsAttributes["ApproximateReceiveCount"];

/** Resolves when so many receives wait for messages. */
async function untilWaiting({ clock }: Sqs, count: number): Promise<void> {
  await clock.untilDueAt(clock.nowMs() + 20_000, (waiting) => waiting === count);
}

afterEach(async () => {
  for (const squiss of pollers) await squiss.stop(false, 1);
  pollers.clear();
  expect(errors.splice(0)).toEqual([]);
});
afterAll(async () => {
  await table.close();
});

describe("squiss-ts", () => {
  it("makes its queue, sends JSON with attributes, handles and deletes it", async ({ sqs }) => {
    const squiss = squissAt(sqs.origin, {
      queueName: "my-sqs-queue",
      bodyFormat: "json",
      maxInFlight: 15,
      visibilityTimeoutSecs: 60,
    });
    const queue = sqs.queueAt(await squiss.createQueue());
    const body = { name: "messageName", message: { a: 1, b: 2 } };
    const seen: unknown[] = [];

    await squiss.sendMessage(body, 0, { p1: 1, p2: "2" });
    await handle(
      squiss,
      (message) => {
        seen.push([message.body, message.attributes]);
        void message.del();
      },
      1,
    );

    expect(seen).toEqual([[body, { p1: 1, p2: "2" }]]);
    expect(await queue.attributes("VisibilityTimeout", "ReceiveMessageWaitTimeSeconds")).toEqual({
      VisibilityTimeout: "60",
      ReceiveMessageWaitTimeSeconds: "20",
    });
    expect(await queue.counts()).toEqual(noneLeft);
  });

  it("waits by long polling, and is woken by each message", async ({ sqs }) => {
    const { url: queueUrl } = await sqs.createQueue();
    const squiss = squissAt(sqs.origin, { queueUrl });
    await squiss.start();

    for (const body of ["one", "two"]) {
      await untilWaiting(sqs, 1);
      const came = once(squiss, "message");
      await squiss.sendMessage(body);
      const [message] = await came;
      expect(message.body).toBe(body);
      await message.del();
    }
  });

  it("sends many in batches, and never has more in flight than it may", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const squiss = squissAt(sqs.origin, { queueUrl: queue.url, maxInFlight: 7 });
    const bodies = Array.from({ length: 25 }, (_, place) => `message-${place}`);
    const [seen, inFlight]: [unknown[], number[]] = [[], []];

    const { Successful: sent } = await squiss.sendMessages(bodies);
    await handle(
      squiss,
      (message) => {
        seen.push(message.body);
        inFlight.push(squiss.inFlight);
        setImmediate(() => void message.del());
      },
      25,
    );

    expect(sent).toHaveLength(25);
    expect(seen.toSorted()).toEqual(bodies.toSorted());
    expect(Math.max(...inFlight)).toBeLessThanOrEqual(7);
    expect(await queue.counts()).toEqual(noneLeft);
  });

  it("gets again at once what it has released", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const squiss = squissAt(sqs.origin, { queueUrl: queue.url });
    const counts: unknown[] = [];
    await squiss.sendMessage("hello");

    await handle(
      squiss,
      (message) => {
        counts.push(receiveCountOf(message));
        void (counts.length < 3 ? message.release() : message.del());
      },
      1,
    );

    expect(counts).toEqual(["1", "2", "3"]);
    expect(await queue.counts()).toEqual(noneLeft);
  });

  it("gets again after the visibility timeout what it has not handled", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const squiss = squissAt(sqs.origin, { queueUrl: queue.url });
    await squiss.sendMessage("hello");
    const first = once(squiss, "message");
    await squiss.start();
    const [kept] = await first;
    kept.keep();
    await untilWaiting(sqs, 1);

    const second = once(squiss, "message");
    sqs.advanceSeconds(30);
    const [message] = await second;
    await message.del();

    expect([kept, message].map(receiveCountOf)).toEqual(["1", "2"]);
    expect(await queue.counts()).toEqual(noneLeft);
  });

  it("leaves to the dead-letter queue what it releases time after time", async ({ sqs }) => {
    const dead = await sqs.createQueue();
    const { url: queueUrl } = await sqs.createSourceOf(dead, 2);
    const squiss = squissAt(sqs.origin, { queueUrl });
    await squiss.sendMessage("poison");
    const poll = await dead.poll();
    squiss.on("message", (message) => void message.release());

    await squiss.start();

    expect(await poll.answer).toMatchObject([{ Body: "poison" }]);
  });

  it("extends the timeout for as long as a message is being handled", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const squiss = squissAt(sqs.origin, {
      queueUrl: queue.url,
      autoExtendTimeout: true,
      visibilityTimeoutSecs: 30,
      // It counts by the time of this machine, and extends 20 ms after each receive or extension.
      advancedCallMs: 29_980,
    });
    await squiss.sendMessage("long work");
    const came = once(squiss, "message");
    await squiss.start();
    const [message] = await came;

    for (let rounds = 0; rounds < 3; rounds += 1) {
      sqs.advanceSeconds(29);
      // The first may have been on its way before the clock was moved.
      for (let times = 0; times < 2; times += 1) await once(squiss, "timeoutExtended");
      expect(await queue.receive()).toEqual([]);
    }
    await message.del();

    expect(await queue.counts()).toEqual(noneLeft);
  });

  it("compresses bodies on their way", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const options = { queueUrl: queue.url, gzip: true, bodyFormat: "json" } as const;
    const squiss = squissAt(sqs.origin, options);
    const body = { text: "again and ".repeat(1000) };
    const seen: unknown[] = [];

    await squiss.sendMessage(body);
    await handle(
      squiss,
      (message) => {
        seen.push([message.body, Number(message.raw.Body?.length) < 1000]);
        void message.del();
      },
      1,
    );

    expect(seen).toEqual([[body, true]]);
  });

  it("keeps the order of a FIFO queue's message group", async ({ sqs }) => {
    const queue = await sqs.createQueue({ FifoQueue: "true" }, "orders.fifo");
    const squiss = squissAt(sqs.origin, { queueUrl: queue.url });
    const seen: unknown[] = [];
    const attributes = (id: string) => ({
      FIFO_MessageGroupId: "group",
      FIFO_MessageDeduplicationId: id,
    });

    await squiss.sendMessages(
      ["a", "b", "twin", "c"],
      undefined,
      ["1", "2", "2", "3"].map(attributes),
    );
    await handle(
      squiss,
      (message) => {
        seen.push(message.body);
        void message.del();
      },
      3,
    );

    expect(seen).toEqual(["a", "b", "c"]);
  });

  it("takes host and port of its queue's URL from the endpoint, if told to", async ({ sqs }) => {
    const { name } = await sqs.createQueue();
    const squiss = squissAt(`${sqs.origin}/with/a/path`, {
      queueName: name,
      correctQueueUrl: true,
    });

    await squiss.sendMessage("hello");

    expect(await squiss.getQueueUrl()).toBe(`${sqs.origin}/${sqs.account}/${name}`);
    expect(await sqs.queueAt(await squiss.getQueueUrl()).receive()).toMatchObject([
      { Body: "hello" },
    ]);
  });

  it("loses nothing when it stops while it waits", async ({ sqs }) => {
    const queue = await sqs.createQueue();
    const squiss = squissAt(sqs.origin, { queueUrl: queue.url });
    await squiss.start();
    await untilWaiting(sqs, 1);

    const aborted = once(squiss, "aborted");
    await squiss.stop();
    await aborted;
    await untilWaiting(sqs, 0);
    await queue.send("hello");

    expect((await queue.receiveOne()).Attributes?.ApproximateReceiveCount).toBe("1");
  });
});
