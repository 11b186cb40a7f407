import { type ActionName, type Input, type Output, operations } from "#contract/operations.ts";
import type { Call, Codec } from "../codec.ts";
import type { HttpRequest, HttpResponse } from "../http.ts";
import { parsedObject } from "../jsonBody.ts";
import { type Reader, readerOf, type Writer, writerOf } from "../jsonShape.ts";
import { findRoute } from "./findRoute.ts";
import { type Rename, renameAnswer, renameIn, restName } from "./memberNames.ts";
import { problem } from "./problem.ts";
import { readQuery } from "./readQuery.ts";
import { hasBody, type Route, restPrefix, routes } from "./routes.ts";

/**
 * The plain REST API, for apps without an SQS client: JSON in and out, SQS's own words in camel case,
 * errors as problem details.
 *
 *   POST /v1/queues/orders/messages            201
 *   Authorization: Bearer <key id>.<secret>    Content-Type: application/json
 *
 *   {"messageBody":"hello"}                    {"md5OfMessageBody":"…","messageId":"…"}
 */
export const rest: Codec = {
  recognises: ({ path }) => path.startsWith(restPrefix),
  decode,
  encodeResult,
  encodeError: problem,
};

interface Ways {
  readonly renameIn: Rename;
  readonly read: Reader;
  readonly write: Writer;
  readonly rename: Rename;
  readonly status: number;
}

/** Each action has one route, so an answer needs to know no more than its action. */
const ways: ReadonlyMap<ActionName, Ways> = new Map(
  routes.map(({ action, status }) => {
    const { input, output } = operations[action];
    return [
      action,
      {
        renameIn: renameIn(input),
        read: readerOf(input),
        write: writerOf(output),
        rename: renameAnswer(output),
        status,
      },
    ];
  }),
);

function waysOf(action: ActionName): Ways {
  const found = ways.get(action);
  if (found === undefined) throw new Error(`the REST API has no route for ${action}`);
  return found;
}

function decode(request: HttpRequest): Call {
  const { route, members } = findRoute(request.method, request.path);
  const { action } = route;
  const { renameIn: rename, read } = waysOf(action);
  const given = {
    ...inBody(request, route),
    ...readQuery(request.query, route),
    ...inPath(members),
  };
  const named = { ...route.defaults, ...asObject(rename(given)) };
  // The reader was made from the very shape that the type is made from.
  const input = read(named) as Input<ActionName>;
  return { action, input };
}

function inBody({ body }: HttpRequest, route: Route): Readonly<Record<string, unknown>> {
  return hasBody(route) && body.length > 0 ? parsedObject(body) : {};
}

function inPath(members: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(members).map(([member, value]) => [restName(member), value]),
  );
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

function encodeResult(
  action: ActionName,
  output: Output<ActionName>,
  requestId: string,
): HttpResponse {
  const { write, rename, status } = waysOf(action);
  const headers = { "x-amzn-RequestId": requestId };
  if (status === 204) return { status, headers, body: "" };
  return {
    status,
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify(rename(write(output))),
  };
}
