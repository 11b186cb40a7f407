import type { Caller } from "#engine/engine.ts";

/** Somebody who calls the engine directly and never hangs up. */
export function aCaller(changes: Partial<Caller> = {}): Caller {
  return {
    account: "000000000000",
    region: "us-east-1",
    origin: "http://127.0.0.1:9324",
    senderId: "000000000000",
    signal: new AbortController().signal,
    ...changes,
  };
}
