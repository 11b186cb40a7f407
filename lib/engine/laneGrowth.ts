import { TableThrottledError } from "#table/table.ts";
import type { EngineContext } from "./engineContext.ts";
import { fairLanesStart, type LaneKind, laneKindOf } from "./lanes.ts";
import type { Queue } from "./queue.ts";
import type { Segment } from "./segment.ts";

/**
 * Lanes grow by doubling, where a lane is a partition that takes only so much a second:
 *
 * ```
 *   1 ──► 2 ──► 4 ──► … ──► 64      no sooner than five seconds after the last time
 *         │     └ lanes 2, 3        only a lane of the last doubling says that there are too few:
 *         └ lane 1                  an older one may be busy with what it held before
 * ```
 *
 * Messages never move, and lanes never go. Processes learn the new number with the queue, some
 * seconds later; until then they send to the lanes that they know, and do not see what is in others.
 */
const lanesMax = 64;
const growthPauseMs = 5000;

/**
 * Does work that writes to those lanes. If the table takes no more of it, the queue gets more lanes,
 * and the error comes out all the same: part of the work may be done.
 */
export async function growingIfRefused<Result>(
  context: EngineContext,
  queue: Queue,
  lanes: readonly number[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TableThrottledError && error.mayBePartition) {
      await growLanes(context, queue, lanes);
    }
    throw error;
  }
}

/** Segments were stored: their queue gets more lanes, in the background, when it takes many. */
export function noteStored(
  context: EngineContext,
  queue: Queue,
  segments: readonly Segment[],
  lanes: readonly number[],
): void {
  if (!context.table.traits.isShared) return;
  const nowMs = context.clock.nowMs();
  const heavy = lanes.filter((_, index) => {
    const partition = segments[index]?.key.pk;
    return partition !== undefined && context.laneLoads.isHeavy(partition, nowMs);
  });
  if (heavy.length > 0) void growLanes(context, queue, heavy);
}

/**
 * Doubles the lanes of those kinds for which one of these lanes speaks. Never rejects: growth is
 * never what anybody asked for.
 */
export async function growLanes(
  context: EngineContext,
  queue: Queue,
  busy: readonly number[],
): Promise<void> {
  if (!context.table.traits.isShared) return;
  for (const kind of ["plain", "fair"] as const) {
    const lanes = busy.filter((lane) => laneKindOf(lane) === kind);
    const isWanted = (known: Queue) =>
      mayGrow(known, context.clock.nowMs()) && lanes.some((lane) => isOfLastDoubling(known, lane));
    if (lanes.length === 0 || !isWanted(queue)) continue;
    await context.background.track("laneGrowth", () => double(context, queue, kind, isWanted));
  }
}

async function double(
  { queues, clock, report }: EngineContext,
  queue: Queue,
  kind: LaneKind,
  isWanted: (known: Queue) => boolean,
): Promise<void> {
  const { account, name, id } = queue;
  // Many requests are refused at once, and the first of them has told this process the new number.
  const known = await queues.find(account, name);
  if (known?.id !== id || !isWanted(known)) return;
  const change = await queues.change(account, name, (entry) => {
    if (entry?.kind !== "live" || entry.queue.id !== id || !isWanted(entry.queue)) {
      return { kind: "keep" };
    }
    return { kind: "store", queue: doubled(entry.queue, kind, clock.nowMs()) };
  });
  if (change.kind !== "store") return;
  const { lanes, fairLanes = 0 } = change.queue;
  report({ event: "lanes.grown", queue: name, lanes, fairLanes });
}

function doubled(queue: Queue, kind: LaneKind, nowMs: number): Queue {
  const grown = { ...queue, lanesGrownAtMs: nowMs };
  const twice = 2 * laneCount(queue, kind);
  return kind === "plain" ? { ...grown, lanes: twice } : { ...grown, fairLanes: twice };
}

/** Clocks differ: a time that lies ahead counts like one that has passed. */
function mayGrow({ lanesGrownAtMs = -Infinity }: Queue, nowMs: number): boolean {
  return Math.abs(nowMs - lanesGrownAtMs) >= growthPauseMs;
}

/** Whether the lane is there since the last doubling, and there may be another. */
export function isOfLastDoubling(queue: Queue, lane: number): boolean {
  const kind = laneKindOf(lane);
  const count = laneCount(queue, kind);
  const place = kind === "plain" ? lane : lane - fairLanesStart;
  return count <= lanesMax / 2 && place >= Math.floor(count / 2);
}

function laneCount({ lanes, fairLanes = 0 }: Queue, kind: LaneKind): number {
  return kind === "plain" ? lanes : fairLanes;
}
