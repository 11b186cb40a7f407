import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isNumberText } from "#engine/numberText.ts";

const digits = (count: number) => "1234567890".repeat(4).slice(0, count);

/** The rule of spec section 4.3 in whole numbers that are never rounded. */
function fitsExactly(coefficient: bigint, exponent: number): boolean {
  if (coefficient === 0n) return true;
  const magnitude = coefficient < 0n ? -coefficient : coefficient;
  const significant = magnitude.toString().replace(/0+$/, "").length;
  // Both sides times 10^400, which leaves no fraction.
  const value = magnitude * 10n ** BigInt(exponent + 400);
  return significant <= 38 && value >= 10n ** (400n - 128n) && value <= 10n ** (400n + 126n);
}

describe("isNumberText", () => {
  it.each([
    "0",
    "-0",
    "3",
    "+3",
    "-3",
    "007",
    "10.50",
    "5.",
    ".5",
    "1e3",
    "1E+3",
    "-1.5e-3",
    "0e999999",
    "0.000",
    "1493147359900",
    digits(38),
    `${digits(38)}000`,
    `000${digits(38)}`,
    `0.000${digits(38)}000`,
    "1e126",
    "-1e126",
    "1000e123",
    "9.99e125",
    "1e-128",
    "0.1e-127",
    `1${"0".repeat(126)}`,
    `0.${"0".repeat(127)}1`,
  ])("takes %s", (text) => {
    expect(isNumberText(text)).toBe(true);
  });

  it.each([
    "",
    " ",
    ".",
    "-",
    "e5",
    "1e",
    "1e+",
    "1.2.3",
    "--1",
    " 1",
    "1 ",
    "1\n",
    "1,5",
    "1_000",
    "0x10",
    "NaN",
    "Infinity",
    "٣",
    "three",
    "1d",
    digits(39),
    `0.${digits(39)}`,
    "1.1e126",
    "2e126",
    "1e127",
    "1e999999999999999999999",
    "9.99e-129",
    "1e-129",
    "1e-999999999999999999999",
    `1${"0".repeat(127)}`,
  ])("refuses %j", (text) => {
    expect(isNumberText(text)).toBe(false);
  });

  it("agrees with exact arithmetic, however a number is written", () => {
    const number = fc.record({
      coefficient: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
      zeros: fc.nat({ max: 5 }),
      exponent: fc.integer({ min: -175, max: 130 }),
      fraction: fc.nat({ max: 45 }),
    });

    fc.assert(
      fc.property(number, ({ coefficient, zeros, exponent, fraction }) => {
        const sign = coefficient < 0n ? "-" : "";
        const all = coefficient
          .toString()
          .replace("-", "")
          .padStart(fraction + 1, "0");
        const point = all.length - fraction;
        const mantissa = `${"0".repeat(zeros)}${all.slice(0, point)}.${all.slice(point)}`;

        expect(isNumberText(`${sign}${mantissa}e${exponent + fraction}`)).toBe(
          fitsExactly(coefficient, exponent),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["zeros", "0".repeat(1_000_000)],
    ["zeros and a one", `0.${"0".repeat(1_000_000)}1`],
    ["zeros between ones", `1${"0".repeat(1_000_000)}1`],
    ["digits", "9".repeat(1_000_000)],
    ["digits and no number", `${"9".repeat(1_000_000)}x`],
    ["an exponent", `1e${"9".repeat(1_000_000)}`],
  ])("reads a million characters once: %s", (_, text) => {
    expect(isNumberText(text)).toBe(Number(text) === 0 && !text.includes("1"));
  });
});
