import { openMemoryTable } from "#table/memory/memoryTable.ts";
import { describeSqs } from "./describeSqs.ts";

describeSqs("a table in memory", {
  open: async () => openMemoryTable({ clock: { nowMs: () => 0 } }),
});
