import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { describeTable } from "./describeTable.ts";

describeTable("SQLite in memory", {
  open: async () => openSqliteTable({ path: ":memory:", clock: { nowMs: () => 0 } }),
});
