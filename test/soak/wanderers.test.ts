import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createEngine } from "#engine/createEngine.ts";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Table } from "#table/table.ts";
import type { Account } from "../../bench/ledger.ts";
import { freshDynamodbTables } from "../support/dynamodbFreshTable.ts";
import { ownDynamodb } from "../support/ownDynamodb.ts";
import { SteppedClock, seededLuck, wander } from "./wanderers.ts";

/** Another seed may be tried by `MILLRACE_SOAK_SEED`. */
const seed = Number(process.env["MILLRACE_SOAK_SEED"] ?? Date.now() % 1_000_000);

function expectNoHarm(account: Account, total: number): void {
  process.stdout.write(`  seed ${seed}: ${JSON.stringify(account)}\n`);
  expect(account, `MILLRACE_SOAK_SEED=${seed}`).toMatchObject({
    sent: total,
    deleted: total,
    lost: 0,
    doubled: 0,
    overlapping: 0,
    undead: 0,
    miscounted: 0,
    invented: 0,
    outOfOrder: 0,
  });
}

/** Closed when the test is over. */
function serve(table: Table, clock: SteppedClock, index = 0) {
  const engine = createEngine({ table, clock, random: seededLuck(seed + index) });
  onTestFinished(async () => {
    await engine.close();
    await table.close();
  });
  return engine;
}

describe("consumers who time out, hand back, keep and delete late", { timeout: 120_000 }, () => {
  it("lose and double nothing on SQLite", async () => {
    const total = 4000;
    const clock = new SteppedClock();
    const engine = serve(openSqliteTable({ path: ":memory:", clock }), clock);

    const account = await wander({ engines: [engine], clock, total, seed });

    expectNoHarm(account, total);
  });

  describe("on DynamoDB", () => {
    const dynamodb = ownDynamodb();
    beforeEach(({ skip }) => skip(dynamodb.missing !== undefined, dynamodb.missing));

    it("lose and double nothing over two engines", async () => {
      const total = 1000;
      const clock = new SteppedClock();
      const tables = await freshDynamodbTables(dynamodb.endpoint);
      const engines = [serve(tables.open(), clock, 1), serve(tables.open(), clock, 2)];

      const account = await wander({ engines, clock, total, seed });

      expectNoHarm(account, total);
    });
  });
});
