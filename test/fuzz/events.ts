import fc from "fast-check";
import type { HttpRequest } from "#protocol/http.ts";
import { functionUrlEvent } from "../support/functionUrlEvent.ts";
import { headerText, inheritedNames, nastyJson, nastyText } from "./texts.ts";

/** Events as a function URL makes them of requests, with values in them that it would not write. */
export function eventsOf(requests: fc.Arbitrary<HttpRequest>): fc.Arbitrary<unknown> {
  const right = requests.map(({ method, path, query, headers, body }) =>
    functionUrlEvent({ method, path, query, headers: texts(headers), body }),
  );
  const fields = fc.oneof(
    fc.constantFrom("headers", "body", "isBase64Encoded", "rawQueryString", "cookies", "rawPath"),
    fc.constantFrom<string>(...inheritedNames),
  );
  const altered = fc
    .tuple(right, fields, fc.oneof(nastyJson, headerText, nastyText, fc.boolean()))
    .map(([event, name, value]) => Object.fromEntries([...Object.entries(event), [name, value]]));
  return fc.oneof({ weight: 2, arbitrary: right }, { weight: 2, arbitrary: altered }, nastyJson);
}

function texts(headers: HttpRequest["headers"]): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value = ""]) => [name, String(value)]);
  return Object.fromEntries(pairs);
}
