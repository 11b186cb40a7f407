import type { Clock } from "../clock.ts";

/** How much one run may do. Both bounds are looked at between steps, so a run overshoots by one. */
export interface SweepBounds {
  /** No step begins after that. */
  readonly untilMs: number;
  /** About how many items it may read and write. Default: 100,000. */
  readonly itemsMax?: number;
}

const itemsMaxDefault = 100_000;

/** What is left to a run of what it may do. */
export class SweepBudget {
  readonly #clock: Clock;
  readonly #untilMs: number;
  #itemsLeft: number;

  constructor(clock: Clock, { untilMs, itemsMax = itemsMaxDefault }: SweepBounds) {
    this.#clock = clock;
    this.#untilMs = untilMs;
    this.#itemsLeft = itemsMax;
  }

  /** So many items were read or written. */
  spend(items: number): void {
    this.#itemsLeft -= items;
  }

  get isSpent(): boolean {
    return this.#itemsLeft <= 0 || this.#clock.nowMs() >= this.#untilMs;
  }
}
