import type { Item } from "#table/table.ts";
import { type Entry, hasExpired, readEntries, standingOf } from "../fifo/entry.ts";
import { isExhausted } from "../fifo/fifoDeadLetter.ts";
import {
  type Group,
  groupsPartition,
  isEmpty,
  leadingRun,
  pagesPartition,
  readGroup,
  shareOfGroupsUpTo,
} from "../fifo/group.ts";
import { readyRun } from "../fifo/readyRun.ts";
import { type QueueFigures, Tally } from "./queueFigures.ts";
import { forEachWithin, itemsCountedMax, type QueueSweep, walk, walkOn } from "./queueSweep.ts";

/** Groups that are put in order at the same time. */
const groupsAtOnce = 8;
/** Overflow pages of one group that are counted; the others are taken to be as full. */
const pagesCountedMax = 200;

/**
 * Sweeps a FIFO queue: counts its messages, and puts the groups in order at whose head something is
 * that was received too often or has outlived its retention period.
 */
export async function sweepGroups(sweep: QueueSweep): Promise<QueueFigures> {
  const { context, queue } = sweep;
  const nowMs = context.clock.nowMs();
  const pk = groupsPartition(queue);
  const range = { pk, to: "~", limit: itemsCountedMax };
  const head = await walk(sweep, { ...range, from: "" });
  const tally = await tallyOf(sweep, head.items, nowMs);
  // Groups lie in the order of a hash, so those that were read tell of the others.
  if (head.next !== undefined) tally.scale(1 / shareOfGroupsUpTo(head.next));
  const more = await walkOn(sweep, { ...range, next: head.next });
  const groups = [...head.items, ...more].map(readGroup);
  const unsettled = groups.filter((group) => needsCare(sweep, group, nowMs));
  await forEachWithin(sweep, unsettled, groupsAtOnce, (group) => putInOrder(sweep, group, nowMs));
  return tally.figures(nowMs);
}

async function tallyOf(sweep: QueueSweep, items: readonly Item[], nowMs: number): Promise<Tally> {
  const tally = new Tally();
  for (const item of items) {
    for (const entry of readEntries(item)) addEntry(sweep, tally, entry, nowMs);
    const group = readGroup(item);
    if (group.firstPage !== undefined) await addPages(sweep, tally, group, nowMs);
  }
  return tally;
}

function addEntry({ queue }: QueueSweep, tally: Tally, entry: Entry, nowMs: number): void {
  if (hasExpired(entry, queue, nowMs)) return;
  const { moved, sentAtMs } = entry.facts;
  tally.add(standingOf(entry, queue, nowMs).kind, moved?.arrivedAtMs ?? sentAtMs);
}

async function addPages(
  sweep: QueueSweep,
  tally: Tally,
  group: Group,
  nowMs: number,
): Promise<void> {
  const { firstPage = 0, lastPage } = group;
  const pk = pagesPartition(group);
  const { items } = await walk(sweep, { pk, from: "", to: "~", limit: pagesCountedMax });
  const pages = new Tally();
  for (const item of items) {
    for (const entry of readEntries(item)) addEntry(sweep, pages, entry, nowMs);
  }
  if (items.length >= pagesCountedMax) pages.scale((lastPage - firstPage + 1) / items.length);
  tally.include(pages);
}

/** Whether a receive would find something in the way at the head of a group. */
function needsCare(
  { queue, hasDeadLetterQueue }: QueueSweep,
  group: Group,
  nowMs: number,
): boolean {
  if (isEmpty(group) || group.entries.length === 0) return true;
  const { run, expired } = leadingRun(group, queue, nowMs);
  const [first] = run;
  const isOver = first !== undefined && hasDeadLetterQueue && isExhausted(queue, first);
  return expired.length > 0 || isOver;
}

/** Clears out of a group's way what is in it, in the steps that a receive takes. */
async function putInOrder(sweep: QueueSweep, group: Group, nowMs: number): Promise<void> {
  const { context, queue, budget } = sweep;
  const ring = context.groups.ringOf(queue);
  const { sk } = group.key;
  // A receive of this process is at it.
  if (ring.isBusy(sk)) return;
  ring.setBusy(sk, true);
  try {
    const { expired } = leadingRun(group, queue, nowMs);
    // Behind what has expired there may be overflow pages with more of it.
    const wanted = expired.length > 0 || group.entries.length === 0 ? 1 : 0;
    await readyRun(context, queue, group, wanted);
    budget.spend(group.entryCount);
  } finally {
    ring.setBusy(sk, false);
    // What was behind may be received now.
    ring.hint(sk);
    context.waiters.wake(queue.id);
  }
}
