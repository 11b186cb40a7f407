import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MessageContent } from "#engine/messageContent.ts";
import { compressPayload, decodePayload, encodePayload } from "#engine/payload.ts";

const account = "111122223333";
const text = fc.string({ unit: "grapheme", minLength: 1 });
const attribute = fc.oneof(
  fc.record({ dataType: text, text }),
  // Bytes are read back as a Buffer.
  fc.record({ dataType: text, bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes)) }),
);
const contents: fc.Arbitrary<MessageContent> = fc
  .record({
    body: fc.oneof(text, fc.constantFrom("[", "[]", "\u0000", '["a"]', "é", "🙂")),
    attributes: fc.array(fc.tuple(text, attribute)).map((entries) => new Map(entries)),
    senderId: fc.oneof(text, fc.constant(account)),
    traceHeader: fc.option(text, { nil: undefined }),
    groupId: fc.option(text, { nil: undefined }),
  })
  .map(({ traceHeader, groupId, ...rest }) => ({
    ...rest,
    ...(traceHeader !== undefined && { traceHeader }),
    ...(groupId !== undefined && { groupId }),
  }));

function bodies(...all: readonly string[]): readonly MessageContent[] {
  return all.map((body) => ({ body, attributes: new Map(), senderId: account }));
}

describe("a payload", () => {
  it("gives back whatever was written, compressed or not", () => {
    fc.assert(
      fc.property(fc.array(contents, { minLength: 1, maxLength: 10 }), (messages) => {
        const plain = encodePayload(messages, account);

        expect(decodePayload(plain, account)).toEqual(messages);
        expect(decodePayload(compressPayload(plain), account)).toEqual(messages);
      }),
    );
  });

  it("takes two bytes more than the body of a message that is nothing but a body", () => {
    expect(encodePayload(bodies("é"), account)).toHaveLength(4);
  });

  it("is never larger for being compressed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 3000 }), (bytes) => {
        const plain = encodePayload(bodies(Buffer.from(bytes).toString("base64")), account);

        expect(compressPayload(plain).length).toBeLessThanOrEqual(plain.length);
      }),
    );
  });

  it.each([
    { size: 16 * 1024 - 1, kind: 1 },
    { size: 16 * 1024, kind: 2 },
    { size: 1024 * 1024, kind: 2 },
  ])("of a body of $size bytes is compressed as kind $kind says", ({ size, kind }) => {
    const messages = bodies("a".repeat(size));

    const packed = compressPayload(encodePayload(messages, account));

    expect(packed[0]).toBe(kind);
    expect(packed.length).toBeLessThan(200);
    expect(decodePayload(packed, account)).toEqual(messages);
  });

  it("stays as it is when nothing is gained", () => {
    const plain = encodePayload(bodies(randomBytes(20_000).toString("latin1")), account);
    const short = encodePayload(bodies("a"), account);

    expect(compressPayload(short)).toBe(short);
    expect(compressPayload(plain).length).toBeLessThanOrEqual(plain.length);
  });

  it("can be a part of a larger buffer", () => {
    const messages = bodies("one", "two");
    const packed = compressPayload(encodePayload(messages, account));
    const larger = Buffer.concat([Buffer.alloc(7), packed, Buffer.alloc(7)]);

    expect(decodePayload(larger.subarray(7, 7 + packed.length), account)).toEqual(messages);
  });

  it("of a kind that is not known is refused", () => {
    expect(() => decodePayload(Uint8Array.of(3, 0, 65), account)).toThrow("kind 0 to 2, got 3");
  });
});
