import type { LaneMemories } from "./laneMemory.ts";
import { type LaneRef, lanesOf } from "./lanes.ts";
import type { Queue } from "./queue.ts";
import type { WaitEnd } from "./waiters.ts";

/** What a receive that waits reads now, of a queue that other processes write too. */
export type LanePoll =
  | {
      readonly kind: "look";
      readonly lanes: readonly LaneRef[];
      /** Whether it may miss what was written a moment ago: a second later it is there. */
      readonly mayBeStale: boolean;
    }
  /** Another receive of this process has just looked: that is soon enough. */
  | { readonly kind: "rest"; readonly untilMs: number };

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

  /** `end` is how the last wait of the receive ended; there was none before its first look. */
  next(queue: Queue, end: WaitEnd | undefined, nowMs: number): LanePoll {
    const polls = this.#pollsOf(queue.id);
    const sinceMs = nowMs - polls.polledAtMs;
    const isWatched = sinceMs >= 0 && sinceMs < watchedMs;
    if (!isWatched || end === "message") polls.awakeUntilMs = nowMs + awakeMs;
    const lanes = lanesOf(queue);
    const mayBeStale = end === "alarm";
    if (nowMs < polls.awakeUntilMs) {
      polls.polledAtMs = nowMs;
      return { kind: "look", lanes, mayBeStale };
    }
    const due = lanes.filter(({ partition }) => this.#isDue(partition, nowMs));
    if (end === undefined && due.length === 0 && sinceMs < pauseMs) {
      return { kind: "rest", untilMs: polls.polledAtMs + pauseMs };
    }
    polls.polledAtMs = nowMs;
    polls.turn += 1;
    return { kind: "look", lanes: inTurn(lanes, polls.turn, due), mayBeStale };
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
      turn: 0,
    };
    this.#byQueue.delete(queueId);
    this.#byQueue.set(queueId, polls);
    const oldest = this.#byQueue.size > queuesMax ? this.#byQueue.keys().next() : undefined;
    if (oldest?.value !== undefined) this.#byQueue.delete(oldest.value);
    return polls;
  }
}

interface QueuePolls {
  polledAtMs: number;
  awakeUntilMs: number;
  /** How often it was looked at while it was quiet. */
  turn: number;
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
/** Queues remembered; the one that was looked at longest ago is forgotten first. */
const queuesMax = 1000;
