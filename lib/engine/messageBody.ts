import { missingParameter, SqsError } from "#contract/errors.ts";

// Everything outside #x9 | #xA | #xD | [#x20-#xFFFD]. Surrogates pass it and are looked at apart,
// by `isWellFormed`: together they take half the time of one pattern that counts in code points.
const illegalCodeUnit = /[^\t\n\r\x20-\uFFFD]/;
const illegalCodePoint = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/**
 * A body that may be sent: one character or more, each of them legal (spec section 4.1). An entry of
 * a batch is told of a missing body by a longer parameter name.
 */
export function checkBody(body: string | undefined, parameter = "MessageBody"): string {
  if (body === undefined || body === "") throw missingParameter(parameter);
  if (hasIllegalCharacter(body)) {
    throw new SqsError("InvalidMessageContents", illegalCharacterText(body));
  }
  return body;
}

/** Whether a text holds a code point that XML has no place for (spec section 4.1). */
export function hasIllegalCharacter(text: string): boolean {
  return illegalCodeUnit.test(text) || !text.isWellFormed();
}

/** SQS's sentence about the first illegal character of a text which has one. */
export function illegalCharacterText(text: string): string {
  const hex = illegalCodePoint.exec(text)?.[0].codePointAt(0)?.toString(16).toUpperCase();
  return `Invalid binary character '#x${hex}' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].`;
}

/** The length that SQS counts: that of the UTF-8 form (spec section 4.2). */
export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}
