import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkBody, hasIllegalCharacter, utf8Bytes } from "#engine/messageBody.ts";
import { refusalOf } from "../../support/refusalOf.ts";

const allowed = "#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].";

/** The rule of spec section 4.1, read off the page. */
function isLegal(codePoint: number): boolean {
  return (
    [0x9, 0xa, 0xd].includes(codePoint) ||
    (codePoint >= 0x20 && codePoint <= 0xd7ff) ||
    (codePoint >= 0xe000 && codePoint <= 0xfffd) ||
    (codePoint >= 0x10000 && codePoint <= 0x10ffff)
  );
}

describe("checkBody", () => {
  it.each([
    ["x"],
    ["\t\n\r "],
    ["\x7f\x80\x9f"],
    ["Grüße, 世界 😀"],
    ["\uD7FF\uE000\uFFFD"],
    ["\u{10000}\u{10FFFF}"],
  ])("takes %j", (body) => {
    expect(checkBody(body)).toBe(body);
  });

  it.each([[undefined], [""]])("needs a body: %j", (body) => {
    expect(refusalOf(() => checkBody(body))).toEqual([
      "MissingRequiredParameterException",
      "The request must contain the parameter MessageBody.",
    ]);
    expect(refusalOf(() => checkBody(body, "SendMessageBatchRequestEntry.2.MessageBody"))).toEqual([
      "MissingRequiredParameterException",
      "The request must contain the parameter SendMessageBatchRequestEntry.2.MessageBody.",
    ]);
  });

  it.each([
    ["\0", "0"],
    ["a\x07b", "7"],
    ["\x0b", "B"],
    ["\x1f", "1F"],
    ["\uFFFE", "FFFE"],
    ["\uFFFF", "FFFF"],
    ["\uD800", "D800"],
    ["😀\uDC00x", "DC00"],
    ["\uD83D", "D83D"],
    ["\uDE00\uD83D", "DE00"],
    ["\x07\uFFFF", "7"],
    ["\uFFFF\x07", "FFFF"],
    ["\uD800\x07", "D800"],
    ["\x07\uD800", "7"],
  ])("names the first offender of %j: %s", (body, hex) => {
    expect(refusalOf(() => checkBody(body))).toEqual([
      "InvalidMessageContents",
      `Invalid binary character '#x${hex}' was found in the message body, the set of allowed characters is ${allowed}`,
    ]);
  });

  it("holds to the rule for any code points", () => {
    const codePoint = fc.oneof(
      fc.integer({ min: 0, max: 0x10ffff }),
      fc.constantFrom(
        0x8,
        0x9,
        0x1f,
        0x20,
        0xd7ff,
        0xd800,
        0xdfff,
        0xe000,
        0xfffd,
        0xfffe,
        0x10000,
      ),
    );

    fc.assert(
      fc.property(fc.array(codePoint, { minLength: 1 }), (codePoints) => {
        const body = String.fromCodePoint(...codePoints);
        // Read back, since two halves of a pair may have met.
        const offender = [...body]
          .map((character) => character.codePointAt(0) ?? 0)
          .find((each) => !isLegal(each));

        expect(hasIllegalCharacter(body)).toBe(offender !== undefined);
        expect(refusalOf(() => checkBody(body))?.[1]).toBe(
          offender === undefined
            ? undefined
            : `Invalid binary character '#x${offender.toString(16).toUpperCase()}' was found in the message body, the set of allowed characters is ${allowed}`,
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe("utf8Bytes", () => {
  it.each([
    ["", 0],
    ["hello", 5],
    ["Grüße, 世界 😀", 20],
  ])("of %j is %i", (text, bytes) => {
    expect(utf8Bytes(text)).toBe(bytes);
  });
});
