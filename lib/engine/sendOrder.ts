import { orderMax } from "./segment.ts";

/**
 * Numbers the sends of one process within a millisecond, so that messages sent one after another are
 * stored, and then received, in that order even when the clock did not move between them.
 */
export class SendOrder {
  /** By the delay, so that a send of another delay in between does not begin the count anew. */
  readonly #byDelay = new Map<number, { lastMs: number; last: number }>();

  next(startsAtMs: number, delayMs = 0): number {
    const order = this.#byDelay.get(delayMs) ?? { lastMs: -1, last: 0 };
    order.last = startsAtMs === order.lastMs ? Math.min(order.last + 1, orderMax) : 0;
    order.lastMs = startsAtMs;
    // There are as many delays as seconds in a quarter of an hour.
    this.#byDelay.set(delayMs, order);
    return order.last;
  }
}
