import { hash } from "node:crypto";
import { encodePathAgain } from "./percentEncoding.ts";
import { type QueryParameter, queryParameters } from "./queryParameters.ts";
import { canonicalHeader, type SignedRequest } from "./signedRequest.ts";

/**
 * The text whose digest is signed (spec section 2.1, rules 1 to 4):
 *
 * ```
 *   POST                                      method
 *   /123456789012/q1                          path, encoded once more
 *   Action=SendMessage&MessageBody=a%20b      query, sorted
 *   host:sqs.example.com                      signed headers, sorted
 *   x-amz-date:20260101T000000Z
 *                                             (empty line)
 *   host;x-amz-date                           their names
 *   e3b0c442…                                 SHA-256 of the body, in hexadecimal
 * ```
 *
 * `undefined` if a signed header is missing, or the names are not in lower case and in order without
 * repetition: then no canonical form can be what was signed.
 */
export function canonicalRequest(
  request: SignedRequest,
  signedHeaders: string,
): string | undefined {
  const names = signedHeaders.split(";");
  if (signedHeaders !== canonicalNames(names)) return undefined;
  const lines: string[] = [];
  for (const name of names) {
    const value = canonicalHeader(request, name);
    if (value === undefined) return undefined;
    lines.push(`${name}:${value}`);
  }
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(queryParameters(request)),
    ...lines,
    "",
    signedHeaders,
    // The header x-amz-content-sha256 is not believed: what counts is what arrived.
    hash("sha256", request.body),
  ].join("\n");
}

function canonicalNames(names: readonly string[]): string {
  return [...new Set(names.map((name) => name.toLowerCase()))].sort().join(";");
}

/** The path without dot segments and repeated slashes, encoded once more; `/` when empty. */
export function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  const tail = path.endsWith("/") && segments.length > 0 ? "/" : "";
  return encodePathAgain(`/${segments.join("/")}${tail}`);
}

/** Every parameter but the signature, sorted by name and then by value. */
export function canonicalQuery(parameters: readonly QueryParameter[]): string {
  return parameters
    .filter(({ name }) => name !== "X-Amz-Signature")
    .toSorted((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join("&");
}

/** All is ASCII by now, so that the order of characters is that of bytes. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
