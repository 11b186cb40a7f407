/** The part of a request that a signature covers, as it came over the wire. */
export interface SignedRequest {
  readonly method: string;
  /** Still percent-encoded, without the query. */
  readonly path: string;
  /** Still percent-encoded, without the question mark. */
  readonly query: string;
  /** Names in lower case. A list where a header came more than once. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly body: Uint8Array;
}

/**
 * The value of a header in canonical form: trimmed, inner runs of blanks as one space, several values
 * joined by commas (spec section 2.1, rule 1). `undefined` if the request has no such header.
 */
export function canonicalHeader(request: SignedRequest, name: string): string | undefined {
  // The name is the caller's: `constructor` must not find what every object inherits.
  const value = Object.hasOwn(request.headers, name) ? request.headers[name] : undefined;
  if (value === undefined) return undefined;
  return typeof value === "string" ? collapsed(value) : value.map(collapsed).join(",");
}

/** A header that says something: one of blanks only counts as absent. */
export function headerText(request: SignedRequest, name: string): string | undefined {
  return canonicalHeader(request, name) || undefined;
}

function collapsed(value: string): string {
  return value.replace(/[ \t]+/g, " ").replace(/^ | $/g, "");
}
