/**
 * How many segments this process wrote to each lane within a second, so that it knows when a lane
 * comes near what one partition takes.
 */
export class LaneLoads {
  readonly #segments = new Map<string, number>();
  #sinceMs = 0;

  /** Counts a segment. Answers, once in a window, that the lane has had so many that it needs relief. */
  isHeavy(partition: string, nowMs: number): boolean {
    const isOver = nowMs >= this.#sinceMs + windowMs || nowMs < this.#sinceMs;
    if (isOver) {
      this.#segments.clear();
      this.#sinceMs = nowMs;
    }
    const segments = (this.#segments.get(partition) ?? 0) + 1;
    this.#segments.set(partition, segments);
    return segments === segmentsPerSecondMax + 1;
  }
}

const windowMs = 1000;

/**
 * A lane that is written faster needs relief: a life is three writes, and a partition of DynamoDB
 * takes 1,000 write units a second.
 */
export const segmentsPerSecondMax = 250;
