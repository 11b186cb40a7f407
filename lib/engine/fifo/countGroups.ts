import { type Item, queryLimitMax, type Table } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { MessageCounts } from "../messageCounts.ts";
import type { Queue } from "../queue.ts";
import { hasExpired, readEntries, standingOf } from "./entry.ts";
import { groupsPartition, pagesPartition, readGroup } from "./group.ts";

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
  let left = itemsMax;
  for await (const item of itemsWithPages(table, queue)) {
    for (const entry of readEntries(item)) {
      if (!hasExpired(entry, queue, nowMs)) counts[standingOf(entry, queue, nowMs).kind] += 1;
    }
    left -= 1;
    if (left === 0) break;
  }
  return counts;
}

async function* itemsWithPages(table: Table, queue: Queue): AsyncGenerator<Item> {
  for await (const item of itemsOf(table, groupsPartition(queue))) {
    yield item;
    if (item["f"] !== undefined) yield* itemsOf(table, pagesPartition(readGroup(item)));
  }
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
