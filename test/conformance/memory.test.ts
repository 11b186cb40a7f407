import { openMemoryTable } from "#table/memory/memoryTable.ts";
import { MemoryTable } from "../support/memoryTable.ts";
import { describeTable } from "./describeTable.ts";

/** A minute before the earliest time that the suite writes, so that no item expires. */
const clock = { nowMs: () => -60_000 };

describeTable("in memory", { open: async () => openMemoryTable({ clock }) });

describeTable("in memory, for tests", { open: async () => new MemoryTable() });
