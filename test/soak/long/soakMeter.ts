import { type Percentiles, percentilesOf } from "../../../bench/statistics.ts";

/**
 * What is timed: calls from asking to answer, and messages from their send to their receive; and some of
 * these at a fresh server beside it (freshServer.ts).
 */
const timedKinds = [
  "send",
  "arrival",
  "change",
  "delete",
  "freshSend",
  "freshArrival",
  "freshDelete",
] as const;
export type TimedKind = (typeof timedKinds)[number];

/** Collects how long things took, from one look to the next. */
export class SoakMeter {
  #durationsMs = new Map<TimedKind, number[]>();
  #calls = 0;

  /** A call was answered, of whatever kind. */
  call(): void {
    this.#calls += 1;
  }

  note(kind: TimedKind, durationMs: number): void {
    const durationsMs = this.#durationsMs.get(kind);
    if (durationsMs === undefined) this.#durationsMs.set(kind, [durationMs]);
    else durationsMs.push(durationMs);
  }

  /** What there was since the last look. */
  take(): { readonly calls: number; readonly tookMs: ReadonlyMap<TimedKind, Percentiles> } {
    const durationsMs = this.#durationsMs;
    const tookMs = timedKinds.map(
      (kind) => [kind, percentilesOf(durationsMs.get(kind) ?? [])] as const,
    );
    const taken = { calls: this.#calls, tookMs: new Map(tookMs) };
    this.#durationsMs = new Map();
    this.#calls = 0;
    return taken;
  }
}
