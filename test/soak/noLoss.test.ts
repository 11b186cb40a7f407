import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createEngine } from "#engine/createEngine.ts";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Table } from "#table/table.ts";
import { bodiesOf } from "../../bench/bodies.ts";
import { openEngineQueue } from "../../bench/engineQueue.ts";
import { type Account, Ledger } from "../../bench/ledger.ts";
import { consume, numbersTo, produce, untilAllDeleted } from "../../bench/load.ts";
import type { QueueClient } from "../../bench/queueClient.ts";
import { clock, random } from "../../bin/platform.ts";
import { freshDynamodbTables } from "../support/dynamodbFreshTable.ts";
import { ownDynamodb } from "../support/ownDynamodb.ts";

const producers = 8;
const consumers = 8;
/** Longer than any run here: whatever is received twice was received within its timeout. */
const visibilityTimeoutSeconds = 600;
/** How many times as long as usual: a soak takes 10 or 100. */
const factor = Number(process.env["MILLRACE_SOAK_TIMES"] ?? 1);
const runMsMax = 180_000 * factor;

interface Size {
  readonly total: number;
  readonly batch: number;
}

function times({ total, batch }: Size): Size {
  return { total: total * factor, batch };
}

/** What a run must come to, however it went. */
function flawless(total: number): Account {
  return {
    sent: total,
    received: total,
    deleted: total,
    lost: 0,
    doubled: 0,
    overlapping: 0,
    undead: 0,
    miscounted: 0,
    invented: 0,
    outOfOrder: 0,
  };
}

/** Runs eight producers and eight consumers at once, dealt out over the queues' servers in turn. */
async function run(queues: readonly QueueClient[], { total, batch }: Size): Promise<Account> {
  const ledger = new Ledger();
  const { nowMs } = clock;
  const load = { ledger, nowMs, batch, numbers: numbersTo(total), bodyOf: bodiesOf(400) };
  const mayGoOn = untilAllDeleted(ledger, { total, nowMs });
  const startedMs = nowMs();
  const workers = queues.flatMap((queue) => [
    ...Array.from({ length: producers / queues.length }, () => produce(queue, load)),
    ...Array.from({ length: consumers / queues.length }, () =>
      consume(queue, { ...load, visibilityTimeoutSeconds, waitSeconds: 1, mayGoOn }),
    ),
  ]);
  await Promise.all(workers);
  const seconds = (nowMs() - startedMs) / 1000;
  const account = ledger.account();
  process.stdout.write(
    `  ${total} messages by ${batch} over ${queues.length} engine(s) in ${seconds.toFixed(1)} s: ${JSON.stringify(account)}\n`,
  );
  return account;
}

async function serve(table: Table): Promise<QueueClient> {
  const engine = createEngine({ table, clock, random });
  onTestFinished(async () => {
    await engine.close();
    await table.close();
  });
  return await openEngineQueue(engine, "soak");
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-soak-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe("SQLite", () => {
  it.each([
    { total: 90_000, batch: 10 },
    { total: 10_000, batch: 1 },
  ])(
    "in memory loses and doubles none of $total by $batch",
    { timeout: runMsMax },
    async (load) => {
      const queue = await serve(openSqliteTable({ path: ":memory:", clock }));

      const account = await run([queue], load);

      expect(account).toEqual(flawless(load.total));
    },
  );

  it.each([
    { total: 45_000, batch: 10 },
    { total: 5000, batch: 1 },
  ])("on disk loses and doubles none of $total by $batch", { timeout: runMsMax }, async (given) => {
    const load = times(given);
    const folder = await temporaryFolder();
    const queue = await serve(openSqliteTable({ path: join(folder, "soak.db"), clock }));

    const account = await run([queue], load);

    expect(account).toEqual(flawless(load.total));
  });
});

describe("DynamoDB", () => {
  const dynamodb = ownDynamodb();
  beforeEach(({ skip }) => skip(dynamodb.missing !== undefined, dynamodb.missing));

  it.each([
    { engines: 1, total: 9000, batch: 10 },
    { engines: 1, total: 1000, batch: 1 },
    { engines: 2, total: 9000, batch: 10 },
    { engines: 2, total: 1000, batch: 1 },
  ])(
    "behind $engines engine(s) loses and doubles none of $total by $batch",
    { timeout: runMsMax },
    async ({ engines, ...given }) => {
      const load = times(given);
      const tables = await freshDynamodbTables(dynamodb.endpoint);
      const queues: QueueClient[] = [];
      for (let index = 0; index < engines; index += 1) queues.push(await serve(tables.open()));

      const account = await run(queues, load);

      expect(account).toEqual(flawless(load.total));
    },
  );
});
