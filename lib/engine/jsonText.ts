import { isDeepStrictEqual } from "node:util";
import { isNestedTooDeep } from "#contract/nesting.ts";

/** `undefined` for what is no JSON, and for what is nested deeper than anything that is meant. */
function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isNestedTooDeep(value) ? undefined : value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The members of a JSON object in their order, or `undefined` when the text is no JSON object. */
export function parseJsonObject(text: string): ReadonlyMap<string, unknown> | undefined {
  return membersOf(parse(text));
}

/** The members of a parsed JSON value, or `undefined` when it is no object. */
export function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value));
}

/** Whether two JSON texts say the same, whatever their white space and the order of their keys. */
export function isSameJson(one: string, other: string): boolean {
  return one === other || isDeepStrictEqual(parse(one), parse(other));
}

/** A list of strings, one string alone being a list of one, or `undefined` for anything else. */
export function stringsOf(value: unknown): readonly string[] | undefined {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.every((each) => typeof each === "string") ? values : undefined;
}
