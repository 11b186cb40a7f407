import type { SigningIdentity } from "./signer.ts";

/** By what a caller signs at a server. */
export interface Caller {
  readonly key: SigningIdentity;
  /** The time by the server's clock. */
  readonly nowMs: () => number;
}

const callersByPort = new Map<string, Caller>();

/** Has every client of a test, and its plain calls, sign for the server at an origin. */
export function signAt(origin: string, caller: Caller): void {
  callersByPort.set(new URL(origin).port, caller);
}

/** Who calls the server at an origin, by whatever name of its host; nobody if it lets in anybody. */
export function callerAt(origin: string): Caller | undefined {
  return callersByPort.get(new URL(origin).port);
}
