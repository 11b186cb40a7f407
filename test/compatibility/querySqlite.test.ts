import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { describeSqs } from "./describeSqs.ts";

describeSqs("SQLite in memory", {
  protocol: "Query",
  open: async () => openSqliteTable({ path: ":memory:", clock: { nowMs: () => 0 } }),
});
