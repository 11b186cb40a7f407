import { type Delete, type Item, type Table, writeManyMax } from "#table/table.ts";
import type { EngineContext } from "./engineContext.ts";
import type { Queue } from "./queue.ts";
import { readSegment } from "./segment.ts";
import { chunkKeys } from "./segmentContents.ts";
import { lanesOf } from "./sendMessages.ts";

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
  for (const pk of lanesOf(queue)) {
    for (;;) {
      const { items } = await table.query({ pk, from: "", to: "~", limit: pageLimit });
      if (items.length === 0) break;
      const deletes = items.flatMap((item) => deletionsOf(item, queue.id));
      for (let start = 0; start < deletes.length; start += writeManyMax) {
        if (!mayGoOn()) return;
        await table.writeMany(deletes.slice(start, start + writeManyMax));
      }
    }
  }
}

function deletionsOf(item: Item, queueId: string): readonly Delete[] {
  const { contents } = readSegment(item, queueId);
  const chunks = contents.kind === "chunks" ? chunkKeys(contents) : [];
  const keys = [...chunks, { pk: item.pk, sk: item.sk }];
  return keys.map((key) => ({ kind: "delete", key, when: [] }));
}
