import { openMemoryTable } from "#table/memory/memoryTable.ts";
import { describeSqs } from "./describeSqs.ts";

describeSqs("in memory", {
  open: async () => openMemoryTable({ clock: { nowMs: () => 0 } }),
});
