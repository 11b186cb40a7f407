/** Where the engine learns the time, and by whom it is woken. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Runs something once, after so many milliseconds; answers how to call it off. */
  after(delayMs: number, run: () => void): () => void;
}
