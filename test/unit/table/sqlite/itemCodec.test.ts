import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeItem, encodeItem } from "#table/sqlite/itemCodec.ts";

const key = { pk: "p", sk: "s" };

describe("encodeItem", () => {
  it("keeps strings and numbers as JSON, and all bytes behind one another", () => {
    const item = { ...key, n: 7, a: Uint8Array.of(1, 2, 3), s: "x", b: Uint8Array.of(4, 5) };

    expect(encodeItem(item)).toEqual({
      attributes: `[{"n":7,"s":"x"},["a",3],["b",2]]`,
      bytes: Buffer.of(1, 2, 3, 4, 5),
    });
  });

  it("hands the only bytes on as they are", () => {
    const bytes = Uint8Array.of(1, 2, 3);

    expect(encodeItem({ ...key, bytes }).bytes).toBe(bytes);
  });

  it("keeps nothing for nothing", () => {
    expect(encodeItem(key)).toEqual({ attributes: "[{}]", bytes: null });
  });
});

describe("decodeItem", () => {
  it("reads what layout 2 of the file holds", () => {
    const stored = {
      attributes: `[{"n":-7,"s":"\\u0000é𝄞\\ud800"},["a",2],["none",0],["b",1]]`,
      bytes: Uint8Array.of(0, 255, 7),
    };

    expect(decodeItem(key, stored)).toEqual({
      ...key,
      n: -7,
      s: "\u0000é𝄞\ud800",
      a: Uint8Array.of(0, 255),
      none: new Uint8Array(),
      b: Uint8Array.of(7),
    });
  });

  it("reads empty bytes that the database gave as none", () => {
    const stored = { attributes: `[{},["a",0]]`, bytes: null };

    expect(decodeItem(key, stored)).toEqual({ ...key, a: new Uint8Array() });
  });

  it("gives each attribute bytes that are its own", () => {
    const stored = encodeItem({ ...key, a: Uint8Array.of(1), b: Uint8Array.of(2) });

    const { a, b } = decodeItem(key, stored);

    expect(a).toHaveProperty("buffer.byteLength", 1);
    expect(b).toHaveProperty("buffer.byteLength", 1);
  });

  it("takes no name for anything else", () => {
    const item = { ...key, ["__proto__"]: Uint8Array.of(1), constructor: 2, toString: "x" };

    expect(Object.entries(decodeItem(key, encodeItem(item))).toSorted()).toEqual(
      Object.entries(item).toSorted(),
    );
  });

  it("gives back any item", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.maxSafeInteger(),
      fc.uint8Array({ maxLength: 40 }),
    );
    const attributes = fc.dictionary(fc.string({ unit: "binary" }), value);

    fc.assert(
      fc.property(attributes, (some) => {
        const item = { ...some, ...key };
        const { attributes, bytes } = encodeItem(item);
        // The database gives no `Buffer`.
        const stored = { attributes, bytes: bytes && new Uint8Array(bytes) };

        expect(decodeItem(key, stored)).toEqual(item);
      }),
    );
  });
});
