import { type ActionName, operations } from "#contract/operations.ts";
import type { Shape } from "#contract/shape.ts";
import type { HttpRequest } from "#protocol/http.ts";
import { restName } from "#protocol/rest/memberNames.ts";
import { hasBody, routes } from "#protocol/rest/routes.ts";
import { aRequest } from "../unit/protocol/aRequest.ts";
import { parametersOf } from "../unit/protocol/queryClient.ts";

/** The input of an action, as it stands in JSON. */
export type WireInput = Readonly<Record<string, unknown>>;

const formHeaders = { host: "127.0.0.1:9324", "content-type": "application/x-www-form-urlencoded" };

/** A call over the Query protocol, not signed. */
export function aQueryCall(action: ActionName, input: WireInput, path = "/"): HttpRequest {
  const body = Buffer.from(formOf(action, input));
  return aRequest({ method: "POST", path, headers: formHeaders, body });
}

/** The parameters of a call. What is not of its shape goes as JSON. */
export function formOf(action: ActionName, input: WireInput): string {
  const choices = { spelling: ([first = ""]: readonly string[]) => first, step: () => 1 };
  const shape = operations[action].input;
  let parameters: readonly (readonly [string, string])[];
  try {
    parameters = parametersOf(action, shape, withMaps(shape, input), choices);
  } catch {
    parameters = Object.entries(input).map(([name, value]) => [name, plain(value)]);
  }
  return [["Action", action] as const, ...parameters]
    .map(([name, value]) => `${escaped(name)}=${escaped(String(value))}`)
    .join("&");
}

/** The client's side writes maps from `Map`s, as the contract has them. */
function withMaps(shape: Shape, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return shape.kind === "list" ? value.map((each) => withMaps(shape.of, each)) : value;
  }
  if (shape.kind === "map") {
    return new Map(Object.entries(value).map(([key, each]) => [key, withMaps(shape.of, each)]));
  }
  if (shape.kind !== "structure") return value;
  const members = Object.entries(value).map(([name, each]) => {
    const of = shape.members[name];
    return [name, of === undefined ? each : withMaps(of, each)];
  });
  return Object.fromEntries(members);
}

/** A call of the REST API. `queue` stands in the path where the route has a queue's name. */
export function aRestCall(action: ActionName, input: WireInput, queue: string): HttpRequest {
  const route = routes.find((each) => each.action === action);
  if (route === undefined) throw new Error(`expected a route for ${action}`);
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const member = route.parameters[name] ?? "";
    return escaped(name === "queueName" ? queue : plain(input[member] ?? "x"));
  });
  const inPath = new Set(Object.values(route.parameters));
  const rest = Object.entries(input).filter(([name]) => !inPath.has(name));
  const inQuery = rest.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map(
      (each) => `${restName(name)}=${escaped(plain(each))}`,
    ),
  );
  return aRequest({
    method: route.method,
    path,
    query: hasBody(route) ? "" : inQuery.join("&"),
    body: Buffer.from(hasBody(route) ? JSON.stringify(camel(Object.fromEntries(rest))) : ""),
  });
}

/** Only members that could be of a structure: the keys of maps stay. */
function camel(value: unknown, isMap = false): unknown {
  if (Array.isArray(value)) return value.map((each) => camel(each));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      isMap ? name : restName(name),
      camel(each, /^(?:Attributes|[Tt]ags|Message(?:System)?Attributes)$/.test(name)),
    ]),
  );
}

/** `String` would ask an object for its `toString`, which may be a caller's text. */
function plain(value: unknown): string {
  return typeof value === "string" ? value : String(JSON.stringify(value));
}

/** Percent-encoded, lone surrogates replaced. */
export function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
