import { writeManyMax } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { ContentsPlace } from "../segment.ts";
import { chunkKeys } from "../segmentContents.ts";

/** Where expiry is not free, the chunks of what is gone are deleted with it. */
export async function dropChunks(
  { table }: EngineContext,
  gone: readonly { readonly contents: ContentsPlace }[],
): Promise<void> {
  if (table.traits.expiryIsFree) return;
  const keys = gone.flatMap(({ contents }) =>
    contents.kind === "chunks" ? chunkKeys(contents) : [],
  );
  for (let start = 0; start < keys.length; start += writeManyMax) {
    const some = keys.slice(start, start + writeManyMax);
    await table.writeMany(some.map((key) => ({ kind: "delete", key, when: [] })));
  }
}
