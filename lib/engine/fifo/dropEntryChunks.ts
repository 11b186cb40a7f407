import { writeManyMax } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import { chunkKeys } from "../segmentContents.ts";
import type { Entry } from "./group.ts";

/** Where expiry is not free, the chunks of entries that are gone are deleted with them. */
export async function dropEntryChunks(
  { table }: EngineContext,
  entries: readonly Entry[],
): Promise<void> {
  if (table.traits.expiryIsFree) return;
  const keys = entries.flatMap(({ contents }) =>
    contents.kind === "chunks" ? chunkKeys(contents) : [],
  );
  for (let start = 0; start < keys.length; start += writeManyMax) {
    const some = keys.slice(start, start + writeManyMax);
    await table.writeMany(some.map((key) => ({ kind: "delete", key, when: [] })));
  }
}
