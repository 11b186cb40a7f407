/** Where the poller learns the time, and by whom it is woken. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Runs something once, after so many milliseconds; answers how to call it off. */
  after(delayMs: number, run: () => void): () => void;
}

/** Where the poller gets its luck: pollers that wait for one worker had better not ask together. */
export interface Random {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
}

type LogEvent = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

/** Told what an operator may want to know. Names, ids and counts, never contents. */
export interface PollLog {
  readonly debug: LogEvent;
  readonly info: LogEvent;
  readonly warn: LogEvent;
  readonly error: LogEvent;
}
