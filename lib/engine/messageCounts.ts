/** Where a queue's messages stand. */
export interface MessageCounts {
  readonly available: number;
  readonly inFlight: number;
  readonly delayed: number;
}
