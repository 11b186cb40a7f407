import type { MessageCounts } from "../messageCounts.ts";

/** Where a queue's messages stand, for its metrics. Of very long queues most is estimated. */
export interface QueueFigures extends MessageCounts {
  /** Since when the oldest message is in this queue; 0 of an empty one. */
  readonly oldestAgeMs: number;
}

/** Adds messages up, one by one. */
export class Tally {
  available = 0;
  inFlight = 0;
  delayed = 0;
  #oldestMs = Infinity;

  /** A message that is in the queue since then. */
  add(standing: keyof MessageCounts, sinceMs: number): void {
    this[standing] += 1;
    this.#oldestMs = Math.min(this.#oldestMs, sinceMs);
  }

  /** Takes what was counted for a part of the whole, which is so many times as much. */
  scale(factor: number): void {
    this.available = Math.round(this.available * factor);
    this.inFlight = Math.round(this.inFlight * factor);
    this.delayed = Math.round(this.delayed * factor);
  }

  /** Adds what was counted for a part. */
  include(part: Tally): void {
    this.available += part.available;
    this.inFlight += part.inFlight;
    this.delayed += part.delayed;
    this.#oldestMs = Math.min(this.#oldestMs, part.#oldestMs);
  }

  figures(nowMs: number): QueueFigures {
    const { available, inFlight, delayed } = this;
    const oldestAgeMs = Math.max(0, nowMs - Math.min(nowMs, this.#oldestMs));
    return { available, inFlight, delayed, oldestAgeMs };
  }
}

/** The figures of parts of a queue as those of the whole. */
export function together(parts: readonly QueueFigures[]): QueueFigures {
  return parts.reduce(
    (sum, part) => ({
      available: sum.available + part.available,
      inFlight: sum.inFlight + part.inFlight,
      delayed: sum.delayed + part.delayed,
      oldestAgeMs: Math.max(sum.oldestAgeMs, part.oldestAgeMs),
    }),
    { available: 0, inFlight: 0, delayed: 0, oldestAgeMs: 0 },
  );
}
