import type { Condition, Item, Test, Value } from "./table.ts";

/** Whether every statement of a condition holds for an item. */
export function holds(condition: Condition, item: Item): boolean {
  return condition.every((test) => passes(test, item[test.attribute]));
}

function passes(test: Test, value: Value | undefined): boolean {
  switch (test.is) {
    case "absent":
      return value === undefined;
    case "present":
      return value !== undefined;
    case "equal":
      return value !== undefined && same(value, test.value);
    case "prefixed":
      return typeof value === "string" && value.startsWith(test.value);
    case "above":
      return typeof value === "string" && isAbove(value, test.value);
  }
}

/** The parts of a character beyond U+FFFF, which come before U+E000 in a string and after it in bytes. */
const surrogate = /[\ud800-\udfff]/;

/** Whether a string is greater by its UTF-8 bytes. */
function isAbove(value: string, bound: string): boolean {
  return surrogate.test(value) || surrogate.test(bound)
    ? Buffer.compare(Buffer.from(value), Buffer.from(bound)) > 0
    : value > bound;
}

function same(left: Value, right: Value): boolean {
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return Buffer.compare(left, right) === 0;
  }
  return left === right;
}
