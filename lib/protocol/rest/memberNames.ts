import { isNestedTooDeep } from "#contract/nesting.ts";
import type { Shape, StructureShape } from "#contract/shape.ts";
import { isObject, malformed } from "../jsonShape.ts";

/**
 * The REST API's names are SQS's own, in camel case: `MessageBody` is `messageBody` and
 * `MD5OfMessageBody` is `md5OfMessageBody`. The keys of maps are a caller's and stay as they are.
 */
export function restName(member: string): string {
  return member.replace(/^(?:[A-Z0-9]+(?=[A-Z][a-z])|[A-Z])/, (start) => start.toLowerCase());
}

/** Turns parsed JSON of one naming into that of the other. */
export type Rename = (value: unknown) => unknown;

/**
 * From the REST API's names to SQS's. A member that the shape does not have is refused: an app that
 * spells one wrongly should hear of it. In a map of texts, which is how SQS has the attributes of a
 * queue, numbers and booleans may stand as such and policies as objects.
 */
export function renameIn(shape: Shape): Rename {
  switch (shape.kind) {
    case "list": {
      const rename = renameIn(shape.of);
      return (value) => (Array.isArray(value) ? value.map(rename) : value);
    }
    case "map": {
      const rename = shape.of.kind === "string" ? textOf : renameIn(shape.of);
      return (value) => (isObject(value) ? mapValues(value, rename) : value);
    }
    case "structure": {
      const members = new Map(
        Object.entries(shape.members).map(([name, of]) => [
          restName(name),
          { name, rename: renameIn(of) },
        ]),
      );
      return (value) => {
        if (!isObject(value)) return value;
        const renamed: Record<string, unknown> = {};
        for (const [given, each] of Object.entries(value)) {
          const member = members.get(given);
          if (member === undefined) throw unknownMember(given, [...members.keys()]);
          renamed[member.name] = member.rename(each);
        }
        return renamed;
      };
    }
    default:
      return (value) => value;
  }
}

/** From SQS's names to the REST API's, with an empty list for each list that has no members. */
export function renameAnswer(shape: StructureShape): Rename {
  const rename = renameOut(shape);
  const lists = Object.entries(shape.members).filter(([, of]) => of.kind === "list");
  const empty = Object.fromEntries(lists.map(([name]) => [restName(name), []]));
  return (value) => ({ ...empty, ...asObject(rename(value)) });
}

function asObject(value: unknown): object {
  return isObject(value) ? value : {};
}

/** From SQS's names to the REST API's. */
function renameOut(shape: Shape): Rename {
  switch (shape.kind) {
    case "list": {
      const rename = renameOut(shape.of);
      return (value) => (Array.isArray(value) ? value.map(rename) : value);
    }
    case "map": {
      const rename = renameOut(shape.of);
      return (value) => (isObject(value) ? mapValues(value, rename) : value);
    }
    case "structure": {
      const members = Object.entries(shape.members).map(
        ([name, of]) => ({ name, restName: restName(name), rename: renameOut(of) }) as const,
      );
      return (value) => {
        if (!isObject(value)) return value;
        const renamed: Record<string, unknown> = {};
        for (const { name, restName: to, rename } of members) {
          if (value[name] !== undefined) renamed[to] = rename(value[name]);
        }
        return renamed;
      };
    }
    default:
      return (value) => value;
  }
}

function textOf(value: unknown): unknown {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (!isObject(value)) return value;
  if (isNestedTooDeep(value)) throw malformed("Expected a value that is not nested so deep.");
  return JSON.stringify(value);
}

/** `Object.fromEntries` defines its keys, so that `__proto__` is a key like any other. */
function mapValues(value: Readonly<Record<string, unknown>>, change: Rename) {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, change(each)]));
}

function unknownMember(given: string, known: readonly string[]) {
  const expected = known.length === 0 ? "no members" : `one of ${known.join(", ")}`;
  return malformed(`Unknown member ${JSON.stringify(given)}: expected ${expected}.`);
}
