import { type Page, queryLimitMax } from "#table/table.ts";
import type { EngineContext } from "./engineContext.ts";
import type { LaneMemory } from "./laneMemory.ts";
import type { Queue } from "./queue.ts";
import { availableRange, readSegment, type Segment, sentAtMs } from "./segment.ts";
import type { LookPlan, SharedRun } from "./sharedRun.ts";
import type { KeyRange, RunSegment } from "./skippedSegments.ts";
import type { Slot } from "./slot.ts";

/** A segment with messages that may be received now. */
export interface Candidate {
  readonly segment: Segment;
  /** The numbers of its available slots. */
  readonly slots: readonly number[];
}

/** What one look at a lane found. */
export interface LaneLook {
  /** What it was to read (sharedRun.ts). */
  readonly plan: LookPlan;
  readonly candidates: readonly Candidate[];
  /** Every segment behind the run that was read, in order, candidates and others. */
  readonly seen: readonly Segment[];
  /** Whether the lane was read to its end. */
  readonly isComplete: boolean;
  /** The parts of the run where something has returned. */
  readonly returns: readonly PartRead[];
  readonly lookBack: PartRead | undefined;
  /** Whether what lies behind the run was read stale, perhaps. */
  readonly mayBeStale: boolean;
}

/** A part of the run that was read, both ends included. */
export interface PartRead {
  readonly from: string;
  readonly to: string;
  readonly segments: readonly Segment[];
  /** Whether it is all that was to be read. */
  readonly isEnd: boolean;
}

/** A look that is to be taken. */
export interface LaneWish {
  readonly queue: Queue;
  readonly partition: string;
  readonly memory: LaneMemory;
  readonly run: SharedRun;
  readonly wanted: number;
  readonly nowMs: number;
  readonly isContended: boolean;
  /** Whether it may miss what was written a moment ago, which halves its price. */
  readonly mayBeStale: boolean;
  readonly except: ReadonlySet<string>;
  /** The number that the memory gave it. */
  readonly number: number;
}

/** Reads grow from the first to the largest page, so that few messages cost little to find. */
const firstLimitMin = 4;
const limitGrowth = 4;
/** Pages of so many segments may be stale. */
const longReadMin = 64;
/** Where something returned, so many segments may have come that nobody knows here. */
const unknownMax = 4;
/** About what an item's slot takes, and what it has beside its key, its contents and its slots. */
const slotBytes = 20;
const itemBytes = 24;

/** Whether a slot's message may be received at that time, its delay being over. */
export function isAvailable(slot: Slot, nowMs: number): boolean {
  return slot.kind === "fresh" || (slot.kind === "received" && slot.visibleAtMs <= nowMs);
}

/** Whether a segment has messages for others, of those that may be received now. */
export function leavesAny({ slots }: Segment, taken: readonly number[], nowMs: number): boolean {
  return slots.some((slot, index) => isAvailable(slot, nowMs) && !taken.includes(index));
}

export function isExpired(segment: Segment, queue: Queue, nowMs: number): boolean {
  return sentAtMs(segment) + queue.settings.retentionSeconds * 1000 <= nowMs;
}

/** The name of a slot among those of its lane. */
export function slotName(segment: Segment, slot: number): string {
  return `${segment.key.sk}.${slot}`;
}

/**
 * Reads a lane from its head, or from behind the messages known to be in flight, until so many
 * available messages are found; and of those in flight, what may have returned. Slots in `except`, and
 * those that another receive of this process is about to claim, do not count.
 */
export async function lookAtLane(context: EngineContext, look: LaneWish): Promise<LaneLook> {
  const { queue, run, nowMs, wanted, isContended } = look;
  const head = oldestKey(queue, nowMs);
  const plan = run.plan({ head, nowMs, wanted, isContended, random: context.random });
  try {
    const [returns, lookBack, behind] = await Promise.all([
      Promise.all(plan.returns.map((range) => readReturns(context, look, range))),
      plan.lookBack && readBack(context, look, plan.lookBack),
      readBehind(context, look, plan.from),
    ]);
    const back = returns.flatMap(({ segments }) =>
      segments.flatMap((segment) => candidateOf(segment, look) ?? []),
    );
    const candidates = [...back, ...behind.candidates];
    return { ...behind, plan, candidates, returns, lookBack, mayBeStale: look.mayBeStale };
  } catch (error) {
    run.abandon(plan);
    throw error;
  }
}

async function readBehind({ table }: EngineContext, look: LaneWish, start: string) {
  const { queue, memory, nowMs } = look;
  const { to } = availableRange({ afterMs: 0, upToMs: nowMs });
  const candidates: Candidate[] = [];
  const seen: Segment[] = [];
  let from = start;
  let found = 0;
  let limit = Math.min(Math.max(firstLimitMin, memory.segmentsFor(look.wanted)), queryLimitMax);
  for (;;) {
    // Whoever has so far to read is at messages that have been in flight for long.
    const mayBeStale = look.mayBeStale || limit >= longReadMin;
    const page = await table.query({ pk: look.partition, from, to, limit, mayBeStale });
    for (const item of page.items) {
      const segment = readSegment(item, queue.id);
      seen.push(segment);
      const candidate = candidateOf(segment, look);
      if (candidate === undefined) continue;
      candidates.push(candidate);
      found += candidate.slots.length;
    }
    if (candidates.length > 0) memory.noteDensity(found / candidates.length);
    const last = page.items.at(-1);
    if (!page.more || last === undefined) return { candidates, seen, isComplete: true };
    if (found >= look.wanted) return { candidates, seen, isComplete: false };
    from = `${last.sk}\u0000`;
    limit = Math.min(limit * limitGrowth, queryLimitMax);
  }
}

async function readReturns(
  { table }: EngineContext,
  { queue, partition: pk }: LaneWish,
  { from, to, known }: KeyRange,
): Promise<PartRead> {
  const limit = Math.min(known + unknownMax, queryLimitMax);
  return partOf(queue, { from, to }, await table.query({ pk, from, to, limit }));
}

async function readBack(
  { table }: EngineContext,
  { queue, partition: pk }: LaneWish,
  { from, to, limit }: NonNullable<LookPlan["lookBack"]>,
): Promise<PartRead> {
  const page = await table.query({ pk, from, to, limit, mayBeStale: true });
  return partOf(queue, { from, to }, page);
}

function partOf(
  queue: Queue,
  { from, to }: { readonly from: string; readonly to: string },
  { items, more }: Page,
): PartRead {
  const segments = items.map((item) => readSegment(item, queue.id));
  return { from, to: more ? (items.at(-1)?.sk ?? from) : to, segments, isEnd: !more };
}

function candidateOf(segment: Segment, look: LaneWish): Candidate | undefined {
  const { queue, memory, nowMs, except, number } = look;
  if (isExpired(segment, queue, nowMs)) return undefined;
  const slots = segment.slots.flatMap((slot, index) => {
    if (!isAvailable(slot, nowMs)) return [];
    const name = slotName(segment, index);
    return memory.isReserved(name, number) || except.has(name) ? [] : [index];
  });
  return slots.length > 0 ? { segment, slots } : undefined;
}

/**
 * The first key of a lane that can still matter: a segment's key begins with a time no earlier than
 * its sending, so whatever lies before this has outlived the retention period.
 */
export function oldestKey(queue: Queue, nowMs: number): string {
  return availableRange({
    afterMs: nowMs - queue.settings.retentionSeconds * 1000,
    upToMs: nowMs,
  }).from;
}

/**
 * Notes how far the lane now holds nothing but messages in flight, and when those return, given what
 * was seen and what was claimed since. `states` has the segments that changed.
 */
export function rememberRun(
  { queue, run, nowMs }: Pick<LaneWish, "queue" | "run" | "nowMs">,
  look: LaneLook,
  states: ReadonlyMap<string, Segment | undefined>,
): void {
  const asItIs = (before: Segment): RunSegment => {
    const { sk } = before.key;
    const segment = states.has(sk) ? states.get(sk) : before;
    return runSegmentOf(sk, segment, { queue, nowMs });
  };
  const isOpen = ({ returnsAtMs }: RunSegment) => returnsAtMs <= nowMs;
  const part = ({ from, to, segments }: PartRead) => ({ from, to, segments: segments.map(asItIs) });
  const behind = look.seen.map(asItIs);
  const firstOpen = behind.findIndex(isOpen);
  const { lookBack } = look;
  run.settle(look.plan, {
    returns: look.returns.map(part),
    isFruitful: look.candidates.length > 0,
    lookBack: lookBack && {
      part: part(lookBack),
      isEnd: lookBack.isEnd,
      bytes: lookBack.segments.reduce((sum, segment) => sum + bytesOf(segment), 0),
    },
    behind: firstOpen === -1 ? behind : behind.slice(0, firstOpen),
    mayBeStale: look.mayBeStale || look.seen.length >= longReadMin,
  });
}

function runSegmentOf(
  sk: string,
  segment: Segment | undefined,
  { queue, nowMs }: { readonly queue: Queue; readonly nowMs: number },
): RunSegment {
  if (segment === undefined || isExpired(segment, queue, nowMs)) {
    return { sk, inFlight: 0, returnsAtMs: Infinity };
  }
  const inFlight = segment.slots.filter(({ kind }) => kind !== "gone").length;
  const isOpen = segment.slots.some((slot) => isAvailable(slot, nowMs));
  return { sk, inFlight, returnsAtMs: isOpen ? nowMs : nextVisibleMs(segment, nowMs) };
}

/** About what a read of the segment is billed for. */
function bytesOf({ key, slots, contents }: Segment): number {
  const payloadBytes = contents.kind === "inline" ? contents.payload.length : 0;
  return key.pk.length + key.sk.length + payloadBytes + slotBytes * slots.length + itemBytes;
}

/**
 * When the first of a segment's messages in flight becomes available; infinity if none will. Those
 * that were available before `nowMs` are none of them.
 */
export function nextVisibleMs(segment: Segment, nowMs: number): number {
  const times = segment.slots.map((slot) =>
    slot.kind === "received" && slot.visibleAtMs >= nowMs ? slot.visibleAtMs : Infinity,
  );
  return Math.min(...times);
}
