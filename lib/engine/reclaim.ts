import { type Delete, type Item, type Key, type Table, writeManyMax } from "#table/table.ts";
import type { EngineContext } from "./engineContext.ts";
import { keysOfGroup } from "./fifo/keysOfGroup.ts";
import { lanesOf } from "./lanes.ts";
import type { Queue } from "./queue.ts";
import { readSegment } from "./segment.ts";
import { chunkKeys } from "./segmentContents.ts";

const pageLimit = 500;

/**
 * Deletes, in the background, what is stored in lanes that nothing leads to any more after a purge
 * or the deletion of a queue. Only done where expiry is not free; what a crash leaves behind expires.
 */
export function reclaimLanes({ table, background, lanes }: EngineContext, queue: Queue): void {
  for (const { partition } of lanesOf(queue)) lanes.forget(partition);
  if (table.traits.expiryIsFree) return;
  background.run("reclaim", () => reclaim(table, queue, () => !background.isClosing));
}

async function reclaim(table: Table, queue: Queue, mayGoOn: () => boolean): Promise<void> {
  const isFifo = queue.settings.fifo !== undefined;
  for (const { partition: pk } of lanesOf(queue)) {
    for (;;) {
      const { items } = await table.query({ pk, from: "", to: "~", limit: pageLimit });
      if (items.length === 0) break;
      for (const item of items) {
        if (!mayGoOn()) return;
        const keys = isFifo ? await keysOfGroup(table, item) : keysOfSegment(item, queue.id);
        await deleteAll(table, keys, mayGoOn);
      }
    }
  }
}

/** Deletes segments that nobody reads any more, with their contents. */
export async function deleteSegments(
  table: Table,
  items: readonly Item[],
  { queueId, mayGoOn }: { readonly queueId: string; readonly mayGoOn: () => boolean },
): Promise<void> {
  const keys = items.flatMap((item) => keysOfSegment(item, queueId));
  await deleteAll(table, keys, mayGoOn);
}

async function deleteAll(
  table: Table,
  keys: readonly Key[],
  mayGoOn: () => boolean,
): Promise<void> {
  for (let start = 0; start < keys.length && mayGoOn(); start += writeManyMax) {
    await table.writeMany(keys.slice(start, start + writeManyMax).map(deletionOf));
  }
}

/** The item's own key comes last, so that an interrupted run finds the rest again. */
function keysOfSegment(item: Item, queueId: string): readonly Key[] {
  const { contents } = readSegment(item, queueId);
  const chunks = contents.kind === "chunks" ? chunkKeys(contents) : [];
  return [...chunks, { pk: item.pk, sk: item.sk }];
}

function deletionOf(key: Key): Delete {
  return { kind: "delete", key, when: [] };
}
