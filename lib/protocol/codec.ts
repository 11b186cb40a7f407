import type { SqsError } from "#contract/errors.ts";
import type { ActionName, Input, Output } from "#contract/operations.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";

/** What a request asks for, in the contract's terms, whichever protocol it came in. */
export interface Call {
  readonly action: ActionName;
  readonly input: Input<ActionName>;
}

/**
 * What a protocol must offer: one way to write the operations of `contract` on the wire.
 *
 *   recognises ─► decode ─► (operate) ─► encodeResult
 *                    └──────────┴──────► encodeError
 *
 * A protocol keeps no state, and nothing in it waits.
 */
export interface Codec {
  /** Whether the request speaks this protocol. Cheap: it is asked of every request. */
  recognises(request: HttpRequest): boolean;
  /**
   * Reads a request that was recognised. Members that are not of the contract are left out.
   * Throws an `SqsError` for an action that is not served and for an input of the wrong form; what
   * the values may be is the engine's to judge.
   */
  decode(request: HttpRequest): Call;
  encodeResult(action: ActionName, output: Output<ActionName>, requestId: string): HttpResponse;
  encodeError(error: SqsError, requestId: string): HttpResponse;
}
