/**
 * Sequence numbers: whole numbers that follow the clock in microseconds and never fall within a
 * group, nor within a process.
 */
export class Sequence {
  #last = 0;

  /** The next number after `floor` and after all that this process gave before. */
  next(floor: number, nowMs: number): number {
    this.#last = Math.max(this.#last + 1, floor + 1, nowMs * 1000);
    return this.#last;
  }
}

const digits = 19;

/** As SQS writes them: twenty digits (spec section 7.3). */
export function sequenceText(sequence: number): string {
  return `1${sequence.toString().padStart(digits, "0")}`;
}
