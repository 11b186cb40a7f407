import { percentilesOf } from "./statistics.ts";

/** What went on in one interval of a run. */
export interface Interval {
  readonly fromSeconds: number;
  readonly messagesPerSecond: number;
  /** How long calls took that ended in it, in milliseconds; `NaN` where none did. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sorts calls into intervals by the time at which they ended. */
export class Timeline {
  readonly #intervalMs: number;
  readonly #intervals: { messages: number; readonly durationsMs: number[] }[] = [];

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** `atMs` counts from the start of the run. */
  note(atMs: number, durationMs: number, messages: number): void {
    const index = Math.max(0, Math.floor(atMs / this.#intervalMs));
    while (this.#intervals.length <= index) this.#intervals.push({ messages: 0, durationsMs: [] });
    const interval = this.#intervals[index];
    if (interval === undefined) return;
    interval.messages += messages;
    interval.durationsMs.push(durationMs);
  }

  intervals(): readonly Interval[] {
    return this.#intervals.map(({ messages, durationsMs }, index) => {
      const { p50, p99 } = percentilesOf(durationsMs);
      return {
        fromSeconds: (index * this.#intervalMs) / 1000,
        messagesPerSecond: (messages * 1000) / this.#intervalMs,
        p50Ms: p50,
        p99Ms: p99,
      };
    });
  }
}
