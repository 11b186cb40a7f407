import { type Item, queryLimitMax, type Table } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { MessageCounts } from "../messageCounts.ts";
import type { Queue } from "../queue.ts";
import {
  type Entry,
  groupsPartition,
  hasExpired,
  pagesPartition,
  readEntries,
  readGroup,
  standingOf,
} from "./group.ts";

/** Counts are exact up to this many items; what lies beyond is not counted. */
const itemsMax = 200_000;

/**
 * Counts a FIFO queue's messages. Those that wait behind one in flight are available to the counters
 * (spec section 7.4).
 */
export async function countGroups(
  { table, clock }: EngineContext,
  queue: Queue,
): Promise<MessageCounts> {
  const nowMs = clock.nowMs();
  const counts = { available: 0, inFlight: 0, delayed: 0 };
  const add = (entry: Entry): void => {
    if (!hasExpired(entry, queue, nowMs)) counts[standingOf(entry, queue, nowMs).kind] += 1;
  };
  let left = itemsMax;
  for await (const item of itemsOf(table, groupsPartition(queue))) {
    const group = readGroup(item);
    for (const entry of group.entries) add(entry);
    if (group.pages !== undefined) {
      for await (const page of itemsOf(table, pagesPartition(group))) {
        for (const entry of readEntries(page)) add(entry);
        left -= 1;
        if (left <= 0) return counts;
      }
    }
    left -= 1;
    if (left <= 0) return counts;
  }
  return counts;
}

/** All items of a partition, a page at a time. */
export async function* itemsOf(table: Table, pk: string): AsyncGenerator<Item> {
  let from = "";
  for (;;) {
    const page = await table.query({ pk, from, to: "~", limit: queryLimitMax });
    yield* page.items;
    const last = page.items.at(-1);
    if (!page.more || last === undefined) return;
    from = `${last.sk}\u0000`;
  }
}
