import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { describeFifo } from "./fifoSuite.ts";

const open = async () => openSqliteTable({ path: ":memory:", clock: { nowMs: () => 0 } });

describeFifo("SQLite in memory", { open });
describeFifo("SQLite in memory", { open, protocol: "Query" });
