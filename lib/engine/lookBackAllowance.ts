/** Of the three write units that a message's life costs, some 2.5 %. */
const unitsPerClaim = 0.075;
const unitsPerSecond = 0.5;
const unitsMax = 50;
/** A stale read of so many bytes is half a unit. */
const staleUnit = 0.5;
const unitBytes = 4096;
/** Taken for the size of a segment until one was seen. */
const segmentBytesFirst = 256;

/**
 * How much a reader may look back, in read units of DynamoDB: a share of what its claims cost, so that
 * the price keeps in proportion whatever lies in the lane, and a little for readers that claim nothing.
 */
export class LookBackAllowance {
  #units = 1;
  #earnedAtMs = -Infinity;
  #segmentBytes = segmentBytesFirst;

  /** So many segments were claimed. */
  earn(segments: number): void {
    this.#units = Math.min(this.#units + unitsPerClaim * segments, unitsMax);
  }

  /** Time goes by, which earns a little. */
  earnUntil(nowMs: number): void {
    const sinceMs = Math.max(0, nowMs - this.#earnedAtMs);
    if (this.#earnedAtMs > -Infinity) {
      this.#units = Math.min(this.#units + (unitsPerSecond * sinceMs) / 1000, unitsMax);
    }
    this.#earnedAtMs = nowMs;
  }

  /** How many segments may be read, if they are as large as the last. */
  get segments(): number {
    return Math.floor((Math.floor(this.#units / staleUnit) * unitBytes) / this.#segmentBytes);
  }

  /** So many segments were read, of so many bytes together. */
  spend(bytes: number, segments: number): void {
    this.#units -= staleUnit * Math.max(1, Math.ceil(bytes / unitBytes));
    if (segments > 0) this.#segmentBytes = Math.max(1, bytes / segments);
  }
}
