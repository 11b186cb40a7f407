import type { Context } from "aws-lambda";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ActionName, Input, Output } from "#contract/operations.ts";
import { createEngine } from "#engine/createEngine.ts";
import type { Engine } from "#engine/engine.ts";
import { openDynamodbTable } from "#table/dynamodb/dynamodbTable.ts";
import { ensureTable } from "#table/dynamodb/ensureTable.ts";
import type { Table } from "#table/table.ts";
import { clock, random } from "../../../bin/platform.ts";
import {
  type DynamodbEngine,
  startDynamodbEngine,
  whyNoDynamodbEngine,
} from "../../support/dynamodbEngine.ts";
import { dynamodbOptions } from "../../support/dynamodbFreshTable.ts";
import { aCaller } from "../../support/engineCaller.ts";
import { LambdaEndpoint, Throttled } from "../../support/lambdaEndpoint.ts";

type Handler = (event: unknown, context: Context) => Promise<unknown>;

const lack = whyNoDynamodbEngine();
const worker = "arn:aws:lambda:us-east-1:000000000000:function:pack-orders";

let dynamodb: DynamodbEngine;
let lambda: LambdaEndpoint;
let table: Table;
let engine: Engine;
let handler: Handler;
let queues = 0;

beforeAll(async () => {
  if (lack !== undefined) return;
  [dynamodb, lambda] = await Promise.all([startDynamodbEngine(), LambdaEndpoint.start()]);
  const options = dynamodbOptions(dynamodb.endpoint);
  await ensureTable(options);
  table = openDynamodbTable(options);
  engine = createEngine({ table, clock, random, isRelaxed: true });
  Object.assign(process.env, {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    MILLRACE_TABLE: options.tableName,
    MILLRACE_LOG_LEVEL: "silent",
  });
  ({ handler } = await import("../../../functions/poll.ts"));
});

afterAll(async () => {
  if (lack !== undefined) return;
  await engine.close();
  await table.close();
  await Promise.all([dynamodb.stop(), lambda[Symbol.asyncDispose]()]);
});

afterEach(() => lambda?.invocations.splice(0));

function ask<Action extends ActionName>(
  action: Action,
  input: Input<Action>,
): Promise<Output<Action>> {
  return engine.operate(action, input, aCaller());
}

/** A new queue with these messages in it. */
async function aQueueOf(...bodies: readonly string[]): Promise<string> {
  queues += 1;
  const queue = `orders-${queues}`;
  await ask("CreateQueue", { QueueName: queue });
  for (const MessageBody of bodies) await ask("SendMessage", { QueueUrl: queue, MessageBody });
  return queue;
}

/** A run of the function, of an invocation that has so much time. */
function run(queue: string, said: object = {}, timeMs = 60_000): Promise<unknown> {
  const context = { getRemainingTimeInMillis: () => timeMs } as Context;
  return handler({ trigger: { name: "a-trigger", queue, worker, ...said } }, context);
}

interface SeenRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
}

const recordsOf = (event: unknown): readonly SeenRecord[] =>
  (event as { readonly Records: readonly SeenRecord[] }).Records;

const bodies = (): readonly (readonly string[])[] =>
  lambda.invocations.map(({ event }) => recordsOf(event).map(({ body }) => body));

async function inFlight(queue: string): Promise<string | undefined> {
  const name = "ApproximateNumberOfMessagesNotVisible";
  const { Attributes } = await ask("GetQueueAttributes", {
    QueueUrl: queue,
    AttributeNames: [name],
  });
  return Attributes?.get(name);
}

describe("the poll function", () => {
  it("invokes the worker with Lambda's own event, and deletes what succeeded", async ({ skip }) => {
    skip(lack !== undefined, lack);
    const queue = await aQueueOf("one", "two");
    lambda.define(worker, () => undefined);

    const summary = await run(queue);

    expect(summary).toEqual({ received: 2, succeeded: 2, failed: 0, givenBack: 0 });
    expect(bodies()).toEqual([["one", "two"]]);
    expect(lambda.invocations[0]?.event).toMatchObject({
      Records: [
        {
          eventSource: "aws:sqs",
          eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
          awsRegion: "us-east-1",
        },
        {},
      ],
    });
  });

  it("has the failed half of a batch come again, and nothing else", async ({ skip }) => {
    skip(lack !== undefined, lack);
    const queue = await aQueueOf("1", "2", "3", "4");
    let isFirst = true;
    lambda.define(worker, (event) => {
      const failed = isFirst ? recordsOf(event).filter(({ body }) => Number(body) % 2 === 1) : [];
      isFirst = false;
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    });

    const summary = await run(queue, { reportsBatchItemFailures: true, retrySeconds: 0 });

    expect(bodies()).toEqual([
      ["1", "2", "3", "4"],
      ["1", "3"],
    ]);
    expect(summary).toMatchObject({ succeeded: 4, failed: 2 });
  });

  it("leaves a message that the worker fails to its visibility timeout", async ({ skip }) => {
    skip(lack !== undefined, lack);
    const queue = await aQueueOf("one");
    lambda.define(worker, () => {
      throw new Error("a bug");
    });

    expect(await run(queue)).toMatchObject({ succeeded: 0, failed: 1 });
    expect(await inFlight(queue)).toBe("1");
  });

  it("takes no receive from a message whose worker is throttled", async ({ skip }) => {
    skip(lack !== undefined, lack);
    const queue = await aQueueOf("one");
    lambda.define(worker, () => {
      throw new Throttled();
    });

    const summary = await run(queue);
    lambda.define(worker, () => undefined);
    await run(queue);

    expect(summary).toMatchObject({ succeeded: 0, givenBack: 1 });
    const [record] = recordsOf(lambda.invocations.at(-1)?.event);
    expect(record?.attributes.ApproximateReceiveCount).toBe("1");
  });

  it("fails for a worker that is not there, and gives everything back", async ({ skip }) => {
    skip(lack !== undefined, lack);
    const queue = await aQueueOf("one");
    const missing = `${worker}-of-nobody`;

    await expect(run(queue, { worker: missing })).rejects.toThrow(
      `expected to reach the worker ${missing}, got ResourceNotFoundException`,
    );

    lambda.define(worker, () => undefined);
    await run(queue);
    const [record] = recordsOf(lambda.invocations.at(-1)?.event);
    expect(record?.attributes.ApproximateReceiveCount).toBe("1");
  });

  it("ends before its time does, and holds nothing then", async ({ skip }) => {
    skip(lack !== undefined, lack);
    const queue = await aQueueOf("1", "2", "3", "4");
    const { promise, resolve } = Promise.withResolvers<void>();
    lambda.define(worker, () => promise);

    const summary = await run(queue, { batchSize: 1, concurrencyMax: 2 }, 2600);
    resolve();

    // Two are with the worker, which may go on for longer than we can.
    expect(summary).toMatchObject({ received: 2, failed: 2 });
    expect(await inFlight(queue)).toBe("2");
  });

  it("runs twice at once without handing out a message twice", async ({ skip }) => {
    skip(lack !== undefined, lack);
    const sent = Array.from({ length: 40 }, (_, index) => `${index}`);
    const queue = await aQueueOf(...sent);
    lambda.define(worker, () => undefined);

    await Promise.all([run(queue), run(queue, { name: "another-trigger" })]);

    expect(bodies().flat().sort()).toEqual([...sent].sort());
    expect(await inFlight(queue)).toBe("0");
  });

  it("keeps to its concurrency when its schedule fires while it runs", async ({ skip }) => {
    skip(lack !== undefined, lack);
    const queue = await aQueueOf("1", "2", "3", "4", "5", "6");
    let running = 0;
    let most = 0;
    const two = Promise.withResolvers<void>();
    lambda.define(worker, async () => {
      running += 1;
      most = Math.max(most, running);
      if (running === 2) two.resolve();
      await two.promise;
      running -= 1;
    });

    const said = { batchSize: 1, concurrencyMax: 2 };
    await Promise.all([run(queue, said), run(queue, said), run(queue, said)]);
    // What another run gave back may have come too late for the one that had the turn.
    await run(queue, said);

    expect(most).toBe(2);
    expect(bodies().flat().sort()).toEqual(["1", "2", "3", "4", "5", "6"]);
    const received = lambda.invocations.flatMap(({ event }) => recordsOf(event));
    expect(new Set(received.map(({ attributes }) => attributes.ApproximateReceiveCount))).toEqual(
      new Set(["1"]),
    );
  });

  it("says everything that is wrong with its trigger", async ({ skip }) => {
    skip(lack !== undefined, lack);

    await expect(run("orders", { batchSize: 0, worker: "" })).rejects.toThrow(
      'expected trigger.worker to be the name or ARN of a Lambda function, got ""; ' +
        "expected trigger.batchSize to be 1 to 10000, got 0",
    );
  });

  it("fails where there is no such queue, for somebody to see", async ({ skip }) => {
    skip(lack !== undefined, lack);

    await expect(run("nowhere")).rejects.toThrow("does not exist");
  });
});
