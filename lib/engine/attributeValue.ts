import { invalidAttributeValue } from "#contract/errors.ts";
import { type Range, within } from "#contract/limits.ts";

/**
 * The value of a numeric queue attribute: decimal digits and nothing else, `030` being thirty
 * (spec section 3.2).
 */
export function readWholeNumber(name: string, value: string, range: Range): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!within(range, number)) throw invalidAttributeValue(name);
  return number;
}

/** The value of a boolean queue attribute, in capitals or not (spec section 3.2). */
export function readBoolean(name: string, value: string): boolean {
  return readChoice(name, value.toLowerCase(), ["true", "false"]) === "true";
}

/** The value of a queue attribute that has a few fixed ones. */
export function readChoice<const Choice extends string>(
  name: string,
  value: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((each) => each === value);
  if (choice === undefined) throw invalidAttributeValue(name);
  return choice;
}
