import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Table } from "#table/table.ts";
import { clock } from "../../bin/platform.ts";
import { freshDynamodbTables } from "../support/dynamodbFreshTable.ts";
import { startMillraceServer } from "../support/millraceServer.ts";
import { ownDynamodb } from "../support/ownDynamodb.ts";
import { runFifoCrowd } from "./fifoCrowd.ts";
import { nothingWrong } from "./fifoLedger.ts";

/** How many times as long as usual: a soak takes 10 or 100. */
const factor = Number(process.env["MILLRACE_SOAK_TIMES"] ?? 1);
/** Another seed may be tried by `MILLRACE_SOAK_SEED`. */
const seed = Number(process.env["MILLRACE_SOAK_SEED"] ?? Date.now() % 1_000_000);
const runMsMax = 100_000 * factor;
const crowd = { producers: 50, consumers: 50, seed, runMsMax };

/** Runs a crowd over servers of these tables, and sees that it leaves nothing behind. */
async function run(
  tables: readonly Table[],
  { total, groups }: { readonly total: number; readonly groups: number },
): Promise<void> {
  const account = "123456789012";
  const servers = await Promise.all(
    tables.map((table) => startMillraceServer({ table, clock, account })),
  );
  onTestFinished(async () => {
    for (const server of servers) await server.close();
    for (const table of tables) await table.close();
  });
  const startedMs = clock.nowMs();

  const origins = servers.map(({ origin }) => origin);
  const report = await runFifoCrowd({ origins, total, groups, ...crowd });

  const seconds = ((clock.nowMs() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`  seed ${seed}, ${seconds} s: ${JSON.stringify(report)}\n`);
  const { sent, deleted, perhapsDeleted, ...wrong } = report.account;
  expect({ sent, settled: deleted + perhapsDeleted }).toEqual({ sent: total, settled: total });
  expect(wrong, `MILLRACE_SOAK_SEED=${seed}`).toEqual({ ...nothingWrong, lost: 0 });
  expect(report.isEmpty).toBe(true);
  expect(servers.flatMap(({ faults }) => faults)).toEqual([]);
}

describe("fifty producers and fifty consumers, who crash, hand back and keep", () => {
  it("lose, double and reorder nothing on SQLite", { timeout: 2 * runMsMax }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "millrace-soak-"));
    onTestFinished(() => rm(folder, { recursive: true }));

    await run([openSqliteTable({ path: join(folder, "soak.db"), clock })], {
      total: 2000 * factor,
      groups: 120,
    });
  });

  describe("on DynamoDB", () => {
    const dynamodb = ownDynamodb();
    beforeEach(({ skip }) => skip(dynamodb.missing !== undefined, dynamodb.missing));

    it("lose, double and reorder nothing over two servers", { timeout: 2 * runMsMax }, async () => {
      const tables = await freshDynamodbTables(dynamodb.endpoint);

      await run([tables.open(), tables.open()], { total: 600 * factor, groups: 60 });
    });
  });
});
