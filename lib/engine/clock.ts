/** Where the engine learns the time. Milliseconds since the epoch. */
export interface Clock {
  nowMs(): number;
}
