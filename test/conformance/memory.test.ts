import { MemoryTable } from "../support/memoryTable.ts";
import { describeTable } from "./describeTable.ts";

describeTable("in memory, for tests", { open: async () => new MemoryTable() });
