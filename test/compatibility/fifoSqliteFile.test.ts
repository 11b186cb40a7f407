import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { describeFifo } from "./fifoSuite.ts";

const folder = await mkdtemp(join(tmpdir(), "millrace-"));
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const open = async () =>
  openSqliteTable({ path: join(folder, "queue.db"), clock: { nowMs: () => 0 } });

describeFifo("SQLite in a file", { open });
describeFifo("SQLite in a file", { open, protocol: "Query" });
