/** Of the three write units that a message's life costs, some 2.5 %. */
const unitsPerClaim = 0.075;
const unitsPerSecond = 0.5;
/** Whatever is claimed, time alone pays for a pass over everything in so many seconds, ... */
const passSeconds = 300;
/** ... unless a pass is so long that this would be dear. */
const passUnitsPerSecondMax = 10;
const unitsMax = 50;
/** A stale read of so many bytes is half a unit. */
const staleUnit = 0.5;
const unitBytes = 4096;
/** Taken for the size of a segment until one was seen. */
const segmentBytesFirst = 256;

/**
 * How much a reader may look back, in read units of DynamoDB: a share of what its claims cost, so that
 * the price keeps in proportion whatever lies in the lane. A reader that claims little may look back more
 * than that, so that a pass comes to its end in some minutes.
 */
export class LookBackAllowance {
  #units = 1;
  /** Of those, by claims since time earned some. */
  #unitsOfClaims = 0;
  #earnedAtMs = -Infinity;
  #segmentBytes = segmentBytesFirst;

  /** So many segments were claimed. */
  earn(segments: number): void {
    this.#earn(unitsPerClaim * segments);
    this.#unitsOfClaims += unitsPerClaim * segments;
  }

  /** Time goes by, which earns a little, and more where there are so many segments to look at. */
  earnUntil(nowMs: number, segments: number): void {
    const seconds = Math.max(0, nowMs - this.#earnedAtMs) / 1000;
    if (this.#earnedAtMs > -Infinity) {
      const passUnits = (staleUnit * segments * this.#segmentBytes) / unitBytes;
      const forPass = Math.min(passUnits / passSeconds, passUnitsPerSecondMax) * seconds;
      this.#earn(Math.max(unitsPerSecond * seconds, forPass - this.#unitsOfClaims));
    }
    this.#unitsOfClaims = 0;
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

  #earn(units: number): void {
    this.#units = Math.min(this.#units + units, unitsMax);
  }
}
