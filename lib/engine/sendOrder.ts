import { orderMax } from "./segment.ts";

/**
 * Numbers the sends of one process within a millisecond, so that messages sent one after another are
 * stored, and then received, in that order even when the clock did not move between them.
 */
export class SendOrder {
  #lastMs = -1;
  #last = 0;

  next(startsAtMs: number): number {
    this.#last = startsAtMs === this.#lastMs ? Math.min(this.#last + 1, orderMax) : 0;
    this.#lastMs = startsAtMs;
    return this.#last;
  }
}
