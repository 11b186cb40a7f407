import fc from "fast-check";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Table } from "#table/table.ts";
import { sqsTest } from "../compatibility/sqsTest.ts";
import { freshDynamodbTable } from "../support/dynamodbFreshTable.ts";
import { ownDynamodb } from "../support/ownDynamodb.ts";
import { drain as drainFifo, fifoPrograms, type RealFifo } from "./fifoCommands.ts";
import { FifoModel } from "./fifoModel.ts";
import { drain, standardPrograms } from "./standardCommands.ts";
import { StandardModel } from "./standardModel.ts";

/** `MODEL_RUNS=n` runs so many programs; a failure prints its seed, and `MODEL_SEED=n` runs it again. */
const runs = Number(process.env["MODEL_RUNS"] ?? 60);
const seed = process.env["MODEL_SEED"];

const dynamodb = ownDynamodb();
const tables: Table[] = [];

beforeAll(async () => {
  tables.push(openSqliteTable({ path: ":memory:", clock: { nowMs: () => 0 } }));
  if (dynamodb.missing !== undefined) return;
  tables.push(await freshDynamodbTable(dynamodb.endpoint));
});
afterAll(async () => {
  for (const table of tables) await table.close();
});

function tableAt(index: number): Table {
  const table = tables[index];
  if (table === undefined) throw new Error("expected a table");
  return table;
}

describe("programs of API calls", () => {
  const kinds = [
    { name: "SQLite", index: 0, isExact: true, lack: undefined, share: 1 },
    { name: "DynamoDB (dynoxide)", index: 1, isExact: false, lack: dynamodb.missing, share: 4 },
  ] as const;

  for (const { name, index, isExact, lack, share } of kinds) {
    const it = sqsTest({ table: () => tableAt(index), missing: lack });

    let bodies = 0;
    const newBody = () => {
      bodies += 1;
      return `message-${bodies}`;
    };
    const options = {
      numRuns: Math.ceil(runs / share),
      ...(seed !== undefined && { seed: Number(seed) }),
    };

    it(`do to standard queues what the model says, on ${name}`, { timeout: 600_000 }, async ({
      relaxed: sqs,
    }) => {
      await fc.assert(
        fc.asyncProperty(standardPrograms(40), async (program) => {
          const model = new StandardModel();
          const retention = { MessageRetentionPeriod: `${model.retentionSeconds}` };
          const dead = await sqs.createQueue(retention);
          const source = await sqs.createSourceOf(dead, model.maxReceiveCount, retention);
          const real = { source, dead, clock: sqs.clock, isExact, newBody };
          await fc.asyncModelRun(() => ({ model, real }), program);

          await drain(model, real);
          expect(model.owed(sqs.clock.nowMs())).toEqual([]);
        }),
        options,
      );
    });

    it(`do to FIFO queues what the model says, on ${name}`, { timeout: 600_000 }, async ({
      relaxed: sqs,
    }) => {
      let queues = 0;
      await fc.assert(
        fc.asyncProperty(fifoPrograms(40), async (program) => {
          queues += 1;
          const queue = await sqs.createQueue({ FifoQueue: "true" }, `queue-${queues}.fifo`);
          const model = new FifoModel();
          const { clock } = sqs;
          const real: RealFifo = { queue, clock, isExact, newBody, answers: new Map() };
          await fc.asyncModelRun(() => ({ model, real }), program);

          await drainFifo(model, real);
          expect(model.counts(clock.nowMs())).toEqual({ available: 0, inFlight: 0 });
        }),
        options,
      );
    });
  }
});
