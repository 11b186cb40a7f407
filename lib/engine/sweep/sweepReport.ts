import type { QueueFigures } from "./queueFigures.ts";

/** What one run of a sweep came to. */
export interface SweepReport {
  /** The queues that it looked at, but for those that it failed at, which are reported. */
  readonly queues: readonly SweptQueue[];
  /** Of all queues. Absent if the run ended before it had seen all: a later one goes on and tells. */
  readonly totals?: SweepTotals;
  /** Messages that it moved to a dead-letter queue. */
  readonly deadLettered: number;
}

/** A queue as the sweep found it. */
export interface SweptQueue extends QueueFigures {
  readonly name: string;
}

/** What is said of an account's queues together. */
export interface SweepTotals {
  /** Messages that are available in queues that are dead-letter queues of others. */
  readonly deadLetters: number;
  readonly oldestAgeMs: number;
}
