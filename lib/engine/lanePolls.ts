import { dropOldest } from "./dropOldest.ts";
import type { LaneMemories } from "./laneMemory.ts";
import { type LaneRef, lanesOf } from "./lanes.ts";
import type { Queue } from "./queue.ts";
import type { WaitEnd } from "./waiters.ts";

/** What a receive that waits reads now, of a queue that other processes write too. */
export type LanePoll = LaneLook | Rest;

export interface LaneLook {
  readonly kind: "look";
  readonly lanes: readonly LaneRef[];
  /** Whether it may miss what was written a moment ago: a second later it is there. */
  readonly mayBeStale: boolean;
}

/** Another receive of this process has just looked. */
export interface Rest {
  readonly kind: "rest";
  readonly untilMs: number;
}

/** A receive that waits, at one of its looks. */
export interface Waiting {
  /** How its last wait ended; there was none before its first look. */
  readonly end: WaitEnd | undefined;
  /** How long it waits at most. It, or another for it, looks at least once. */
  readonly deadlineMs: number;
  readonly nowMs: number;
}

/**
 * Which lanes the receives that wait look at, so that a queue where nothing happens costs little, however
 * many lanes it has (decision 19):
 *
 * ```
 *   awake   something was received or sent here in the last seconds, or nobody has watched: all lanes
 *   quiet   once a second the first lane, where each sender's first message goes (sendSigns.ts), and by
 *           turns one of the others; and those of which something is known to return
 * ```
 */
export class LanePolls {
  readonly #memories: LaneMemories;
  readonly #byQueue = new Map<string, QueuePolls>();

  constructor(memories: LaneMemories) {
    this.#memories = memories;
  }

  /** Something was received, or may be. */
  noteLife(queueId: string, nowMs: number): void {
    const polls = this.#byQueue.get(queueId);
    if (polls !== undefined) polls.awakeUntilMs = nowMs + awakeMs;
  }

  /** What a receive of a standard queue looks at. */
  next(queue: Queue, waiting: Waiting): LanePoll {
    const { end, deadlineMs, nowMs } = waiting;
    const polls = this.#pollsOf(queue.id);
    const lanes = lanesOf(queue);
    if (this.#isAwake(polls, waiting)) {
      polls.polledAtMs = nowMs;
      return { kind: "look", lanes, mayBeStale: end === "alarm" };
    }
    const due = lanes.filter(({ partition }) => this.#isDue(partition, nowMs));
    const rest = due.length === 0 ? restOf(queue, polls, waiting) : undefined;
    if (rest !== undefined) return rest;
    polls.polledAtMs = nowMs;
    polls.turn += 1;
    const mayBeStale = end === "alarm" || nowMs + pauseMs < deadlineMs;
    return { kind: "look", lanes: inTurn(lanes, polls.turn, due), mayBeStale };
  }

  /**
   * Whether a receive of a FIFO queue rests now; else it looks at all groups. `isDue` says that
   * something is known to have happened to one of them.
   */
  restOfGroups(queue: Queue, waiting: Waiting, isDue: boolean): Rest | undefined {
    const polls = this.#pollsOf(queue.id);
    const mayRest = !this.#isAwake(polls, waiting) && !isDue && waiting.nowMs < polls.nextVisibleMs;
    const rest = mayRest ? restOf(queue, polls, waiting) : undefined;
    if (rest === undefined) polls.polledAtMs = waiting.nowMs;
    return rest;
  }

  /** A look found nothing, and that nothing which it saw becomes available before then. */
  noteNextVisible(queueId: string, nextVisibleMs: number): void {
    const polls = this.#byQueue.get(queueId);
    if (polls !== undefined) polls.nextVisibleMs = nextVisibleMs;
  }

  /** Also when nobody has watched, or somebody was told of a message just now. */
  #isAwake(polls: QueuePolls, { end, nowMs }: Waiting): boolean {
    const sinceMs = nowMs - polls.polledAtMs;
    const isWatched = sinceMs >= 0 && sinceMs < watchedMs;
    if (!isWatched || end === "message") polls.awakeUntilMs = nowMs + awakeMs;
    return nowMs < polls.awakeUntilMs;
  }

  /** Whether the lane was never looked at, or something in it has returned. */
  #isDue(partition: string, nowMs: number): boolean {
    const run = this.#memories.known(partition)?.shared;
    return run === undefined || run.nextReturnMs <= nowMs;
  }

  #pollsOf(queueId: string): QueuePolls {
    const polls = this.#byQueue.get(queueId) ?? {
      polledAtMs: -Infinity,
      awakeUntilMs: -Infinity,
      nextVisibleMs: Infinity,
      turn: 0,
    };
    this.#byQueue.delete(queueId);
    this.#byQueue.set(queueId, polls);
    dropOldest(this.#byQueue, queuesMax);
    return polls;
  }
}

interface QueuePolls {
  polledAtMs: number;
  awakeUntilMs: number;
  /** What the last look at a FIFO queue saw coming. */
  nextVisibleMs: number;
  /** How often it was looked at while it was quiet. */
  turn: number;
}

/** How long after a look that found nothing the next one is due, by one receive for all. */
export function pauseOf({ settings }: Queue): number {
  return settings.fifo === undefined ? pauseMs : fifoPauseMs;
}

/** Until the next look for all is due, if that is soon enough for a receive that begins to wait. */
function restOf(
  queue: Queue,
  { polledAtMs }: QueuePolls,
  { end, deadlineMs, nowMs }: Waiting,
): Rest | undefined {
  const untilMs = polledAtMs + pauseOf(queue);
  const rests = end === undefined && nowMs < untilMs && untilMs < deadlineMs;
  return rests ? { kind: "rest", untilMs } : undefined;
}

/** The first lane, at every other turn the next one of the others, and those that are due anyway. */
function inTurn(
  lanes: readonly LaneRef[],
  turn: number,
  due: readonly LaneRef[],
): readonly LaneRef[] {
  const [first, ...others] = lanes;
  const next = turn % 2 === 0 ? others[(turn / 2) % others.length] : undefined;
  const wanted = new Set([first, next, ...due]);
  return lanes.filter((lane) => wanted.has(lane));
}

/** Longer than a sender's messages follow the first one without another in the first lane. */
const awakeMs = 15_000;
/** Who has not looked for so long may have missed such a message. */
const watchedMs = 5000;
const pauseMs = 1000;
/** A look at a FIFO queue costs twice as much: with the queue's own item a read unit a second. */
const fifoPauseMs = 1500;
/** Queues remembered; the one that was looked at longest ago is forgotten first. */
const queuesMax = 1000;
