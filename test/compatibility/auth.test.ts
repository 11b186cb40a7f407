import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { describeAuth } from "./describeAuth.ts";

describeAuth("SQLite in memory", {
  open: async () => openSqliteTable({ path: ":memory:", clock: { nowMs: () => 0 } }),
});
