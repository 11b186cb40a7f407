const lowDigits = 5;
const smallMax = 2 ** 31;

/**
 * A whole number, 0 or more, in that base. What is larger than a machine's small numbers, as times are,
 * is written in two halves: for large ones, `toString` reckons with fractions and takes several times as
 * long.
 */
export function wholeText(value: number, base: 16 | 36): string {
  if (value < smallMax) return value.toString(base);
  const unit = base ** lowDigits;
  const high = Math.floor(value / unit);
  const low = value - high * unit;
  return high.toString(base) + low.toString(base).padStart(lowDigits, "0");
}
