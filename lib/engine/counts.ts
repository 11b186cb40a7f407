import { queryLimitMax } from "#table/table.ts";
import type { EngineContext } from "./engineContext.ts";
import { countGroups } from "./fifo/countGroups.ts";
import { isAvailable, isExpired, oldestKey } from "./laneReader.ts";
import { lanesOf } from "./lanes.ts";
import type { MessageCounts } from "./messageCounts.ts";
import type { Queue } from "./queue.ts";
import { readSegment, type Segment } from "./segment.ts";
import type { Slot } from "./slot.ts";
import { timeOf } from "./sortableTime.ts";

/** Pages that are counted one by one; a lane that is longer is estimated from them. */
const exactPagesMax = 200;

/**
 * Counts a queue's messages by reading its lanes: exact up to some 200,000 segments a lane, and
 * beyond that by assuming that the rest is as dense and as busy as what was read.
 */
export async function countMessages(context: EngineContext, queue: Queue): Promise<MessageCounts> {
  if (queue.settings.fifo !== undefined) return await countGroups(context, queue);
  const lanes = await Promise.all(
    lanesOf(queue).map(({ partition }) => countLane(context, queue, partition)),
  );
  return lanes.reduce(
    (sum, lane) => ({
      available: sum.available + lane.available,
      inFlight: sum.inFlight + lane.inFlight,
      delayed: sum.delayed + lane.delayed,
    }),
    { available: 0, inFlight: 0, delayed: 0 },
  );
}

async function countLane(
  { table, clock }: EngineContext,
  queue: Queue,
  pk: string,
): Promise<MessageCounts> {
  const nowMs = clock.nowMs();
  const counts = { available: 0, inFlight: 0, delayed: 0 };
  let from = oldestKey(queue, nowMs);
  let first: string | undefined;
  for (let pages = 0; pages < exactPagesMax; pages += 1) {
    const page = await table.query({ pk, from, to: "~", limit: queryLimitMax });
    for (const item of page.items) addSegment(counts, readSegment(item, queue.id), queue, nowMs);
    const last = page.items.at(-1);
    if (!page.more || last === undefined) return counts;
    first ??= page.items[0]?.sk;
    from = `${last.sk}\u0000`;
  }
  const [newest] = (await table.query({ pk, from, to: "~", limit: 1, descending: true })).items;
  if (newest === undefined || first === undefined) return counts;
  return extrapolate(counts, { first, from, last: newest.sk });
}

function addSegment(
  counts: { available: number; inFlight: number; delayed: number },
  segment: Segment,
  queue: Queue,
  nowMs: number,
): void {
  if (isExpired(segment, queue, nowMs)) return;
  for (const slot of segment.slots) {
    const standing = standingIn(segment, slot, nowMs);
    if (standing !== "gone") counts[standing] += 1;
  }
}

/** Where the message of a slot stands, if its segment has not outlived the retention period. */
export function standingIn(
  { startsAtMs }: Segment,
  slot: Slot,
  nowMs: number,
): keyof MessageCounts | "gone" {
  if (slot.kind === "gone") return "gone";
  if (slot.kind === "fresh" && startsAtMs > nowMs) return "delayed";
  return isAvailable(slot, nowMs) ? "available" : "inFlight";
}

function extrapolate(
  counts: MessageCounts,
  keys: { readonly first: string; readonly from: string; readonly last: string },
): MessageCounts {
  const factor = lengthOfLane(keys);
  const scale = (count: number) => Math.round(count * factor);
  return {
    available: scale(counts.available),
    inFlight: scale(counts.inFlight),
    delayed: scale(counts.delayed),
  };
}

/** How many times as long a lane is as what was read of it, going by the times in its keys. */
export function lengthOfLane(keys: {
  readonly first: string;
  readonly from: string;
  readonly last: string;
}): number {
  const read = Math.max(1, timeOf(keys.from) - timeOf(keys.first));
  const all = Math.max(read, timeOf(keys.last) - timeOf(keys.first));
  return all / read;
}
