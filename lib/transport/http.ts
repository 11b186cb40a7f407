/**
 * What passes between a transport and whoever answers. Whoever answers declares the same form on its
 * own side: a transport imports nothing of ours.
 */

export interface TransportRequest {
  readonly method: string;
  readonly scheme: "http" | "https";
  /** As it was sent, still percent-encoded, without the query. */
  readonly path: string;
  /** As it was sent, without the question mark; empty if there was none. */
  readonly query: string;
  /** Names in lower case. A list where a header came more than once. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly body: Uint8Array;
}

export interface TransportResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Whether a caller is still there. Every `AbortSignal` is one, and most requests need less than that. */
export interface HangUp {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Answers one request and does not reject. `signal` is aborted when the caller hangs up. */
export type TransportHandle = (
  request: TransportRequest,
  signal: HangUp,
) => Promise<TransportResponse>;
