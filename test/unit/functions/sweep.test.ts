import type { Context } from "aws-lambda";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createEngine } from "#engine/createEngine.ts";
import type { Engine } from "#engine/engine.ts";
import { clock, random } from "../../../bin/platform.ts";
import { openQueueTable } from "../../../functions/shared/openQueueTable.ts";
import { whyNoDynamodbEngine } from "../../support/dynamodbEngine.ts";
import { aCaller } from "../../support/engineCaller.ts";
import { FunctionWorld, functionAccount } from "../../support/functionWorld.ts";
import { aLambdaContext } from "../../support/lambdaContext.ts";

const lack = whyNoDynamodbEngine();
const caller = aCaller({ account: functionAccount });

interface Emf extends Readonly<Record<string, unknown>> {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
    }[];
  };
}

let world: FunctionWorld;
let table: ReturnType<typeof openQueueTable>;
let engine: Engine;
let handler: (event: unknown, context: Context) => Promise<unknown>;
const lines: string[] = [];

beforeAll(async () => {
  if (lack !== undefined) return;
  world = await FunctionWorld.start({ POWERTOOLS_METRICS_DISABLED: "false" });
  const name = world.environment["MILLRACE_TABLE"] ?? "";
  table = openQueueTable({ kind: "dynamodb", table: name, endpoint: undefined });
  engine = createEngine({ table, clock, random, isRelaxed: true });
  for (const method of ["log", "info", "warn", "error"] as const) {
    vi.spyOn(console, method).mockImplementation((line) => lines.push(String(line)));
  }
  ({ handler } = await import("../../../functions/sweep.ts"));
});

afterAll(async () => {
  vi.restoreAllMocks();
  await engine?.close();
  await table?.close();
  await world?.stop();
});

afterEach(() => {
  lines.length = 0;
});

/** The blobs of metrics that were written, under the names of their dimensions. */
function published(): readonly (readonly [dimensions: string, emf: Emf])[] {
  const blobs = lines.map((line): Emf => JSON.parse(line)).filter((emf) => emf._aws !== undefined);
  return blobs.map((emf) => {
    const [described] = emf._aws.CloudWatchMetrics;
    expect(described?.Namespace).toBe("Millrace");
    return [described?.Dimensions[0]?.toSorted().join() ?? "", emf];
  });
}

async function create(name: string, attributes: Readonly<Record<string, string>> = {}) {
  const Attributes = new Map(Object.entries(attributes));
  await engine.operate("CreateQueue", { QueueName: name, Attributes }, caller);
}

describe("the sweep function", () => {
  it("publishes one blob a queue and one for the tenant", async ({ skip }) => {
    skip(lack !== undefined, lack);
    await create("dead");
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:${functionAccount}:dead`;
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    await create("orders", { RedrivePolicy });
    const send = (QueueUrl: string, DelaySeconds = 0) =>
      engine.operate("SendMessage", { QueueUrl, MessageBody: "hello", DelaySeconds }, caller);
    await send("orders");
    await send("orders", 60);
    await send("dead");
    // Received once, and available again at once: over maxReceiveCount.
    await send("orders");
    await engine.operate("ReceiveMessage", { QueueUrl: "orders", VisibilityTimeout: 0 }, caller);

    const result = await handler({}, aLambdaContext());

    expect(result).toEqual({ queues: 2, deadLettered: 1 });
    expect(published()).toMatchObject([
      [
        "QueueName,Tenant",
        {
          Tenant: "acme",
          QueueName: "dead",
          ApproximateNumberOfMessagesVisible: 1,
          ApproximateNumberOfMessagesNotVisible: 0,
          ApproximateNumberOfMessagesDelayed: 0,
          ApproximateAgeOfOldestMessage: expect.any(Number),
        },
      ],
      [
        "QueueName,Tenant",
        {
          QueueName: "orders",
          ApproximateNumberOfMessagesVisible: 1,
          ApproximateNumberOfMessagesNotVisible: 0,
          ApproximateNumberOfMessagesDelayed: 1,
        },
      ],
      [
        "Tenant",
        {
          Tenant: "acme",
          DeadLetterMessages: 1,
          ApproximateAgeOfOldestMessage: expect.any(Number),
        },
      ],
    ]);
    expect(published().at(-1)?.[1]).not.toHaveProperty("QueueName");
  });

  it("counts what it moved the next time", async ({ skip }) => {
    skip(lack !== undefined, lack);

    await handler({}, aLambdaContext());

    expect(published().at(-1)?.[1]["DeadLetterMessages"]).toBe(2);
  });

  it("leaves out what is said of all queues while it has not seen all", async ({ skip }) => {
    skip(lack !== undefined, lack);
    for (let index = 0; index < 10; index += 1) await create(`more-${index}`);

    await handler({}, aLambdaContext(1000));
    const first = published().map(([dimensions]) => dimensions);
    lines.length = 0;
    await handler({}, aLambdaContext(1000));
    const second = published().map(([dimensions]) => dimensions);

    expect([first, second]).toEqual([
      Array.from({ length: 8 }, () => "QueueName,Tenant"),
      [...Array.from({ length: 4 }, () => "QueueName,Tenant"), "Tenant"],
    ]);
  });

  it("publishes what it has seen although move tasks fail", async ({ skip }) => {
    skip(lack !== undefined, lack);
    const mark = { pk: "moves", sk: `${functionAccount}.a mark that says of no task` };
    await table.write({ kind: "put", item: mark });

    await expect(handler({}, aLambdaContext())).rejects.toThrow();

    const dimensions = published().map(([each]) => each);
    await table.write({ kind: "delete", key: mark, when: [] });
    expect(dimensions).toContain("Tenant");
  });
});
