import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { describeTable } from "./describeTable.ts";

/** A minute before the earliest time that the suite writes, so that no item expires. */
const clock = { nowMs: () => -60_000 };

describeTable("SQLite in memory", {
  open: async () => openSqliteTable({ path: ":memory:", clock }),
});
