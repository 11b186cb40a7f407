import { openMemoryTable } from "#table/memory/memoryTable.ts";
import { describeFifo } from "./fifoSuite.ts";

const open = async () => openMemoryTable({ clock: { nowMs: () => 0 } });

describeFifo("a table in memory", { open });
