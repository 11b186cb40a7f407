import { queryLimitMax } from "#table/table.ts";
import type { EngineContext } from "./engineContext.ts";
import type { LaneMemory, RunSegment } from "./laneMemory.ts";
import type { Queue } from "./queue.ts";
import { availableRange, readSegment, type Segment, sentAtMs } from "./segment.ts";
import type { Slot } from "./slot.ts";

/** A segment with messages that may be received now. */
export interface Candidate {
  readonly segment: Segment;
  /** The numbers of its available slots. */
  readonly slots: readonly number[];
}

/** What one look at a lane found. */
export interface LaneLook {
  readonly candidates: readonly Candidate[];
  /** Every segment that was read, in order, candidates and others. */
  readonly seen: readonly Segment[];
  /** Whether the lane was read to its end. */
  readonly isComplete: boolean;
  /** The run that this look belongs to (laneMemory.ts). */
  readonly run: number;
  /**
   * When the first message that was seen in flight, or skipped because it had been, becomes available
   * again; infinity if none will.
   */
  readonly returnsAtMs: number;
}

/** Reads grow from the first to the largest page, so that few messages cost little to find. */
const firstLimitMin = 4;
const limitGrowth = 4;

/** Whether a slot's message may be received at that time, its delay being over. */
export function isAvailable(slot: Slot, nowMs: number): boolean {
  return slot.kind === "fresh" || (slot.kind === "received" && slot.visibleAtMs <= nowMs);
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
 * available messages are found. Slots in `except`, and those that another receive of this process is
 * about to claim, do not count.
 */
export async function lookAtLane(
  { table }: EngineContext,
  look: {
    readonly queue: Queue;
    readonly partition: string;
    readonly memory: LaneMemory;
    readonly wanted: number;
    readonly nowMs: number;
    readonly except: ReadonlySet<string>;
    /** The number that the memory gave it. */
    readonly number: number;
  },
): Promise<LaneLook> {
  const { queue, memory, nowMs, except } = look;
  const head = oldestKey(queue, nowMs);
  const { to } = availableRange({ afterMs: 0, upToMs: nowMs });
  const candidates: Candidate[] = [];
  const seen: Segment[] = [];
  const start = memory.startFrom(head, nowMs);
  const { run } = start;
  let { from, returnsAtMs } = start;
  let found = 0;
  let limit = Math.min(Math.max(firstLimitMin, memory.segmentsFor(look.wanted)), queryLimitMax);
  for (;;) {
    const page = await table.query({ pk: look.partition, from, to, limit });
    for (const item of page.items) {
      const segment = readSegment(item, queue.id);
      seen.push(segment);
      if (isExpired(segment, queue, nowMs)) continue;
      returnsAtMs = Math.min(returnsAtMs, nextVisibleMs(segment, nowMs));
      const slots = segment.slots.flatMap((slot, index) => {
        const name = slotName(segment, index);
        const isFree =
          isAvailable(slot, nowMs) && !memory.isReserved(name, look.number) && !except.has(name);
        return isFree ? [index] : [];
      });
      if (slots.length > 0) candidates.push({ segment, slots });
      found += slots.length;
    }
    if (candidates.length > 0) memory.noteDensity(found / candidates.length);
    const last = page.items.at(-1);
    if (!page.more || last === undefined) {
      return { candidates, seen, isComplete: true, run, returnsAtMs };
    }
    if (found >= look.wanted) return { candidates, seen, isComplete: false, run, returnsAtMs };
    from = `${last.sk}\u0000`;
    limit = Math.min(limit * limitGrowth, queryLimitMax);
  }
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
 * Notes how far the lane now holds nothing but messages in flight, given what was seen and what was
 * claimed since. `states` has the segments that changed.
 */
export function rememberRun(
  look: { readonly queue: Queue; readonly memory: LaneMemory; readonly nowMs: number },
  { seen, run }: LaneLook,
  states: ReadonlyMap<string, Segment | undefined>,
): void {
  const { queue, memory, nowMs } = look;
  const segments: RunSegment[] = [];
  for (const before of seen) {
    const { sk } = before.key;
    if (memory.isInRun(run, sk)) continue;
    const segment = states.has(sk) ? states.get(sk) : before;
    const isOver = segment === undefined || isExpired(segment, queue, nowMs);
    if (!isOver && segment.slots.some((slot) => isAvailable(slot, nowMs))) break;
    segments.push({
      sk,
      inFlight: isOver ? 0 : segment.slots.filter(({ kind }) => kind === "received").length,
      returnsAtMs: isOver ? Infinity : nextVisibleMs(segment, nowMs),
    });
  }
  memory.extendRun(run, segments, nowMs);
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
