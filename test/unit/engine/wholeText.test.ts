import fc from "fast-check";
import { expect, it } from "vitest";
import { wholeText } from "#engine/wholeText.ts";

it.each([16, 36] as const)("writes a whole number in base %d as `toString` does", (base) => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.nat()), (value) => {
      expect(wholeText(value, base)).toBe(value.toString(base));
    }),
  );
  for (const value of [0, 2 ** 31 - 1, 2 ** 31, base ** 8, Number.MAX_SAFE_INTEGER]) {
    expect(wholeText(value, base)).toBe(value.toString(base));
  }
});
