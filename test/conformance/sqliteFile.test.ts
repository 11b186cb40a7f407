import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { describeTable } from "./describeTable.ts";

/** A minute before the earliest time that the suite writes, so that no item expires. */
const clock = { nowMs: () => -60_000 };
const folder = await mkdtemp(join(tmpdir(), "millrace-"));
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describeTable("SQLite in a file", {
  open: async () => openSqliteTable({ path: join(folder, "queue.db"), clock }),
});
