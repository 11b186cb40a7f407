/** How much one run may do. Both bounds are looked at between steps, so a run overshoots by one. */
export interface SweepBounds {
  /** No step begins after that. */
  readonly untilMs: number;
  /** About how many items it may read and write. Default: 100,000. */
  readonly itemsMax?: number;
}
