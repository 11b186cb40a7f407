import { lengthOfLane, standingIn } from "../counts.ts";
import { moveToDeadLetterQueue, receivesHere } from "../deadLetter.ts";
import { removeEmptySegments } from "../emptySegments.ts";
import { growLanes, isOfLastDoubling } from "../laneGrowth.ts";
import { isAvailable, isExpired, oldestKey } from "../laneReader.ts";
import { type LaneRef, lanesOf } from "../lanes.ts";
import { availableRange, readSegment, type Segment, sentAtMs } from "../segment.ts";
import { gone } from "../slot.ts";
import { editSlots } from "../slotEdits.ts";
import { dropOutlived } from "./dropOutlived.ts";
import { isBusy, isDense, segmentsRead } from "./laneDensity.ts";
import { type QueueFigures, Tally, together } from "./queueFigures.ts";
import {
  forEachWithin,
  itemsCountedMax,
  itemsCountedMin,
  type QueueSweep,
  walk,
  walkOn,
} from "./queueSweep.ts";

/** Messages that are moved or dropped at the same time. */
const movesAtOnce = 8;

/**
 * Sweeps a standard queue: counts its messages, moves those that were received too often, drops what
 * nobody will, and gives it more lanes if one is written to too fast.
 */
export async function sweepLanes(sweep: QueueSweep): Promise<QueueFigures> {
  const lanes = lanesOf(sweep.queue);
  const limit = Math.max(itemsCountedMin, Math.floor(itemsCountedMax / lanes.length));
  return together(await Promise.all(lanes.map((lane) => sweepLane(sweep, lane, limit))));
}

async function sweepLane(
  sweep: QueueSweep,
  { partition: pk, number }: LaneRef,
  limit: number,
): Promise<QueueFigures> {
  const { context, queue } = sweep;
  const nowMs = context.clock.nowMs();
  const from = oldestKey(queue, nowMs);
  const head = await walk(sweep, { pk, from, to: "~", limit });
  const segments = head.items.map((item) => readSegment(item, queue.id));
  const tally = tallyOf(sweep, segments, nowMs);
  let newest: readonly Segment[] = segments;
  if (head.next !== undefined) {
    newest = await newestOf(sweep, pk, 1);
    const [first, last] = [segments[0]?.key.sk, newest[0]?.key.sk];
    if (first !== undefined && last !== undefined) {
      tally.scale(lengthOfLane({ first, from: head.next, last }));
    }
  }
  const lane = { partition: pk, number };
  const known = { newest, areAll: head.next === undefined };
  if (await isWrittenTooFast(sweep, lane, known)) await growLanes(context, queue, [number]);
  const { to } = availableRange({ afterMs: 0, upToMs: nowMs });
  const more = sweep.hasDeadLetterQueue
    ? await walkOn(sweep, { pk, next: head.next, to, limit })
    : [];
  const all = [...segments, ...more.map((item) => readSegment(item, queue.id))];
  tally.available -= await moveExhausted(sweep, all, nowMs);
  await removeEmptySegments(context.table, all);
  await dropOutlived(sweep, pk, from);
  return tally.figures(nowMs);
}

function tallyOf({ queue }: QueueSweep, segments: readonly Segment[], nowMs: number): Tally {
  const tally = new Tally();
  for (const segment of segments) {
    if (isExpired(segment, queue, nowMs)) continue;
    // What was moved here is in this queue since then, whenever it was sent.
    const sinceMs = segment.moved === undefined ? sentAtMs(segment) : segment.startsAtMs;
    for (const slot of segment.slots) {
      const standing = standingIn(segment, slot, nowMs);
      if (standing !== "gone") tally.add(standing, sinceMs);
    }
  }
  return tally;
}

/** Given all segments of a lane, or the newest. */
async function isWrittenTooFast(
  sweep: QueueSweep,
  { partition, number }: LaneRef,
  { newest, areAll }: { readonly newest: readonly Segment[]; readonly areAll: boolean },
): Promise<boolean> {
  const { context, queue } = sweep;
  const { table, clock } = context;
  if (!table.traits.isShared || !isOfLastDoubling(queue, number)) return false;
  if (areAll) return isDense(newest, clock.nowMs());
  if (!isBusy(newest, clock.nowMs())) return false;
  return isDense(await newestOf(sweep, partition, segmentsRead), clock.nowMs());
}

/** The last segments of a lane that is too long to be read, the newest first. */
async function newestOf(
  { context, queue, budget }: QueueSweep,
  pk: string,
  limit: number,
): Promise<readonly Segment[]> {
  const { items } = await context.table.query({
    pk,
    from: "",
    to: "~",
    limit,
    descending: true,
    mayBeStale: true,
  });
  budget.spend(items.length);
  return items.map((item) => readSegment(item, queue.id));
}

/** Answers how many messages were moved or dropped. */
async function moveExhausted(
  sweep: QueueSweep,
  segments: readonly Segment[],
  nowMs: number,
): Promise<number> {
  const { queue, hasDeadLetterQueue } = sweep;
  const most = queue.settings.redrivePolicy?.maxReceiveCount;
  if (!hasDeadLetterQueue || most === undefined) return 0;
  const isExhausted = (segment: Segment, index: number) => {
    const slot = segment.slots[index];
    return (
      slot?.kind === "received" && isAvailable(slot, nowMs) && receivesHere(segment, slot) >= most
    );
  };
  let done = 0;
  const concerned = segments.filter(
    (segment) =>
      !isExpired(segment, queue, nowMs) &&
      segment.slots.some((_, index) => isExhausted(segment, index)),
  );
  await forEachWithin(sweep, concerned, movesAtOnce, async (found) => {
    let segment = found;
    // One after another: each changes what the next one's write is about.
    for (const index of found.slots.keys()) {
      if (!isExhausted(found, index) || sweep.budget.isSpent) continue;
      if (!(await moveOrDrop(sweep, segment, index))) continue;
      done += 1;
      segment = { ...segment, slots: segment.slots.with(index, gone) };
    }
  });
  return done;
}

async function moveOrDrop(
  { context, queue, budget }: QueueSweep,
  segment: Segment,
  index: number,
): Promise<boolean> {
  const slot = segment.slots[index];
  if (slot === undefined) return false;
  budget.spend(1);
  const outcome = await moveToDeadLetterQueue(context, queue, { segment, index, slot });
  if (outcome !== "contentsMissing") return outcome === "moved";
  context.report({ event: "message.contentsMissing", queue: queue.name, count: 1 });
  const edit = {
    slot: index,
    expected: { kind: "exactly", slot },
    become: gone,
    otherwise: () => undefined,
  } as const;
  await editSlots(context.table, [{ key: segment.key, size: segment.slots.length, edits: [edit] }]);
  return true;
}
