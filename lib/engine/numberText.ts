const grammar = /^[+-]?(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d+))?$/;
const significantDigitsMax = 38;
/** The smallest and the largest magnitude are these powers of ten. */
const exponentMin = -128;
const exponentMax = 126;

/**
 * Whether a text is a number that SQS takes for the value of a `Number` attribute: decimal, perhaps
 * with an exponent, of up to 38 significant digits and of a magnitude from 10^-128 to 10^126, or
 * zero (spec section 4.3). Zeros at either end are not significant. Exact, and linear in the length
 * of the text, which may be that of a whole message.
 */
export function isNumberText(text: string): boolean {
  const match = grammar.exec(text);
  if (match === null) return false;
  const [, mantissa = "", exponentText = "0"] = match;
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = whole + fraction;
  const start = firstNonZero(digits);
  if (start === digits.length) return true;
  const end = lastNonZero(digits) + 1;
  if (end - start > significantDigitsMax) return false;
  // In scientific notation the number is d.ddd × 10^exponent, where d is the digit at `start`.
  const exponent = whole.length - 1 - start + Number(exponentText);
  if (exponent < exponentMin) return false;
  return exponent < exponentMax || (exponent === exponentMax && digits.slice(start, end) === "1");
}

function firstNonZero(digits: string): number {
  let index = 0;
  while (digits[index] === "0") index += 1;
  return index;
}

function lastNonZero(digits: string): number {
  let index = digits.length - 1;
  while (digits[index] === "0") index -= 1;
  return index;
}
