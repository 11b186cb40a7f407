import { SqsError } from "#contract/errors.ts";
import { malformed } from "../jsonShape.ts";
import { type Route, routes } from "./routes.ts";

/** A route, and what stands for its parameters. */
export interface Found {
  readonly route: Route;
  /** By the name of the input's member. */
  readonly members: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly route: Route;
  readonly parts: readonly string[];
}

/** Fixed segments win over parameters: `/messages/batch` is no receipt handle. */
const patterns: readonly Pattern[] = routes
  .map((route) => ({ route, parts: route.path.split("/") }))
  .toSorted((left, right) => parameterCount(left) - parameterCount(right));

function parameterCount({ parts }: Pattern): number {
  return parts.filter(isParameter).length;
}

function isParameter(part: string): boolean {
  return part.startsWith("{");
}

/** The route of a request; refuses what is none, and says what the path would take. */
export function findRoute(method: string, path: string): Found {
  const parts = path.split("/");
  const matching = patterns.filter((pattern) => matches(pattern, parts));
  const pattern = matching.find(({ route }) => route.method === method);
  if (pattern === undefined) throw noRoute(method, path, matching);
  return { route: pattern.route, members: membersOf(pattern, parts) };
}

function matches({ parts: expected }: Pattern, parts: readonly string[]): boolean {
  return (
    expected.length === parts.length &&
    expected.every((part, index) =>
      isParameter(part) ? parts[index] !== "" : part === parts[index],
    )
  );
}

function membersOf({ route, parts: expected }: Pattern, parts: readonly string[]) {
  const members: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const member = isParameter(part) ? route.parameters[part.slice(1, -1)] : undefined;
    if (member !== undefined) members[member] = decoded(parts[index] ?? "");
  }
  return members;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) throw malformed(`The path has a broken escape: ${part}`);
    throw error;
  }
}

function noRoute(method: string, path: string, matching: readonly Pattern[]): SqsError {
  const methods = [...new Set(matching.map(({ route }) => route.method))];
  const instead = methods.length === 0 ? "" : ` This path takes ${methods.join(", ")}.`;
  return new SqsError("UnknownOperationException", `There is no ${method} ${path}.${instead}`);
}
