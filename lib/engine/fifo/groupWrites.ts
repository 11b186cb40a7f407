import type { Table, Write, WriteResult } from "#table/table.ts";

/** Guarded writes of different items in one round trip: no more than one call names groups. */
export async function writeAll(
  table: Table,
  writes: readonly Write[],
): Promise<readonly WriteResult[]> {
  const [only] = writes;
  if (only === undefined) return [];
  return writes.length === 1 ? [await table.write(only)] : await table.writeMany(writes);
}
