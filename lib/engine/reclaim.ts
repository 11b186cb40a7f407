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
export function reclaimLanes({ table, background }: EngineContext, queue: Queue): void {
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
        const keys = isFifo ? await keysOfGroup(table, item) : keysOfSegment(item, queue.id);
        for (let start = 0; start < keys.length; start += writeManyMax) {
          if (!mayGoOn()) return;
          await table.writeMany(keys.slice(start, start + writeManyMax).map(deletionOf));
        }
      }
    }
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
