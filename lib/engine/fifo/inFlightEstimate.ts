/** A queue that seems to be full is counted anew so often. */
const countAgainMs = 20_000;

/**
 * About how many messages of a FIFO queue are in flight: what this process has received, less what it
 * has let go of. Timeouts that end are not subtracted, so it may say too many, and then the groups are
 * counted before anybody is turned away; receives and deletes of other processes are not seen before
 * that, so each process may let as many through again.
 */
export class InFlightEstimate {
  #count = 0;
  #countedAtMs = -Infinity;

  get count(): number {
    return this.#count;
  }

  add(messages: number): void {
    this.#count = Math.max(0, this.#count + messages);
  }

  /** Whether it was counted so lately, by a clock that has not been set back since. */
  isFresh(nowMs: number): boolean {
    return this.#countedAtMs <= nowMs && nowMs < this.#countedAtMs + countAgainMs;
  }

  set(count: number, nowMs: number): void {
    this.#count = count;
    this.#countedAtMs = nowMs;
  }
}
