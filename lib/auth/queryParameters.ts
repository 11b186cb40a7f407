import { decoded, encodedOnce } from "./percentEncoding.ts";
import type { SignedRequest } from "./signedRequest.ts";

/** A parameter of the query, name and value in the encoding of RFC 3986. */
export interface QueryParameter {
  readonly name: string;
  readonly value: string;
}

/** The parameters of a request's query, in the order sent. One without `=` has an empty value. */
export function queryParameters({ query }: SignedRequest): readonly QueryParameter[] {
  return query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      const name = at < 0 ? part : part.slice(0, at);
      const value = at < 0 ? "" : part.slice(at + 1);
      return { name: encodedOnce(name), value: encodedOnce(value) };
    });
}

/** What the parameters of a name say, decoded. One that cannot be decoded says nothing. */
export function valuesOf(parameters: readonly QueryParameter[], name: string): readonly string[] {
  return parameters
    .filter((each) => each.name === name)
    .map(({ value }) => decoded(value) ?? "")
    .filter((value) => value !== "");
}
