import type { EngineContext } from "../engineContext.ts";
import type { ContentsPlace } from "../segment.ts";
import { dropChunks as dropChunksAt } from "../segmentContents.ts";

/** Where expiry is not free, the chunks of what is gone are deleted with it. */
export async function dropChunks(
  { table }: EngineContext,
  gone: readonly { readonly contents: ContentsPlace }[],
): Promise<void> {
  await dropChunksAt(
    table,
    gone.map(({ contents }) => contents),
  );
}
