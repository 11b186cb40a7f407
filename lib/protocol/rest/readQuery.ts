import { operations } from "#contract/operations.ts";
import type { Shape } from "#contract/shape.ts";
import { malformed } from "../jsonShape.ts";
import { restName } from "./memberNames.ts";
import type { Route } from "./routes.ts";

/** The members of an input that stand in a query string. A list is a name that comes repeatedly. */
export function readQuery(query: string, { action, query: names = [] }: Route) {
  const given: Record<string, unknown> = {};
  if (query === "") return given;
  const shapes: Readonly<Record<string, Shape>> = operations[action].input.members;
  const known = new Map(names.map((name) => [restName(name), shapes[name]]));
  const parameters = new URLSearchParams(query);
  for (const name of new Set(parameters.keys())) {
    const shape = known.get(name);
    if (shape === undefined) throw unknownParameter(name, [...known.keys()]);
    given[name] = inQuery(shape, parameters.getAll(name));
  }
  return given;
}

function inQuery(shape: Shape, values: readonly string[]): unknown {
  const [first = ""] = values;
  if (shape.kind === "list") return values;
  if (shape.kind === "integer") return /^-?\d{1,15}$/.test(first) ? Number(first) : first;
  return first;
}

function unknownParameter(name: string, known: readonly string[]) {
  const expected = known.length === 0 ? "none" : `one of ${known.join(", ")}`;
  return malformed(`Unknown query parameter ${JSON.stringify(name)}: expected ${expected}.`);
}
