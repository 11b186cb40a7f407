import { dropOldest } from "./dropOldest.ts";

/**
 * Which queues other processes take messages from at the same moments as this one: there it is better to
 * choose at random, in all lanes of the queue, than to be after the same messages as they are.
 */
export class Contention {
  readonly #untilMs = new Map<string, number>();

  /** Another process took a message first: so it is likely to be for a while. */
  note(queueId: string, nowMs: number): void {
    this.#untilMs.delete(queueId);
    this.#untilMs.set(queueId, nowMs + contendedMs);
    dropOldest(this.#untilMs, queuesMax);
  }

  isAt(queueId: string, nowMs: number): boolean {
    return nowMs < (this.#untilMs.get(queueId) ?? -Infinity);
  }
}

const contendedMs = 10_000;
/** Queues remembered; the one where it happened longest ago is forgotten first. */
const queuesMax = 1000;
