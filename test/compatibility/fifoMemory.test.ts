import { openMemoryTable } from "#table/memory/memoryTable.ts";
import { describeFifo } from "./fifoSuite.ts";

const open = async () => openMemoryTable({ clock: { nowMs: () => 0 } });

describeFifo("in memory", { open });
describeFifo("in memory", { open, protocol: "Query" });
