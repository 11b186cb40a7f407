/**
 * A request and an answer as plain data. Every transport makes the one and takes the other, and says
 * so with an interface of its own of the same form, since a transport imports nothing of ours.
 */

/** Names in lower case. A list where a header came more than once. */
export interface HttpHeaders {
  readonly [name: string]: string | readonly string[] | undefined;
}

export interface HttpRequest {
  readonly method: string;
  /** How the caller reached us, as far as the transport can see. */
  readonly scheme: "http" | "https";
  /** As it was sent, still percent-encoded, without the query. */
  readonly path: string;
  /** As it was sent, without the question mark; empty if there was none. */
  readonly query: string;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array;
}

/** The transport adds `Content-Length` and `Date`. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** The one value of a header; of several, the first. */
export function headerOf(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "object" ? value[0] : value;
}
