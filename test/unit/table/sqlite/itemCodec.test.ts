import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeItem,
  encodeItem,
  noParts,
  partsIn,
  type StoredItem,
} from "#table/sqlite/itemCodec.ts";
import type { Item } from "#table/table.ts";

const key = { pk: "p", sk: "s" };

describe("encodeItem", () => {
  it("keeps strings and numbers as JSON, and all bytes behind one another", () => {
    const item = { ...key, n: 7, a: Uint8Array.of(1, 2, 3), s: "x", b: Uint8Array.of(4, 5) };

    expect(encodeItem(item, noParts)).toEqual({
      attributes: `[{"n":7,"s":"x"},["a",3],["b",2]]`,
      bytes: Buffer.of(1, 2, 3, 4, 5),
    });
  });

  it("hands the only bytes on as they are", () => {
    const bytes = Uint8Array.of(1, 2, 3);

    expect(encodeItem({ ...key, bytes }, noParts).bytes).toBe(bytes);
  });

  it("names the parts of what lies elsewhere", () => {
    const item = { ...key, a: Uint8Array.of(1), b: Uint8Array.of(4, 5) };

    expect(encodeItem(item, new Map([["b", 12]]))).toEqual({
      attributes: `[{},["a",1],["b",2,12]]`,
      bytes: Uint8Array.of(1),
    });
  });

  it("keeps nothing for nothing", () => {
    expect(encodeItem(key, noParts)).toEqual({ attributes: "[{}]", bytes: null });
  });
});

describe("decodeItem", () => {
  it("reads what layout 2 of the file holds", () => {
    const stored = {
      attributes: `[{"n":-7,"s":"\\u0000é𝄞\\ud800"},["a",2],["none",0],["b",1]]`,
      bytes: Uint8Array.of(0, 255, 7),
    };

    expect(decodedItem(stored)).toEqual({
      ...key,
      n: -7,
      s: "\u0000é𝄞\ud800",
      a: Uint8Array.of(0, 255),
      none: new Uint8Array(),
      b: Uint8Array.of(7),
    });
  });

  it("reads bytes that lie in parts, and says which are the item's", () => {
    const stored = { attributes: `[{},["a",1],["b",2,12],["c",1]]`, bytes: Uint8Array.of(1, 3) };
    const readPart = (part: number) => Uint8Array.of(part, part);

    expect(decodeItem(key, stored, readPart)).toEqual({
      item: { ...key, a: Uint8Array.of(1), b: Uint8Array.of(12, 12), c: Uint8Array.of(3) },
      parts: new Map([["b", 12]]),
    });
    expect(partsIn(stored.attributes)).toEqual([12]);
  });

  it("reads empty bytes that the database gave as none", () => {
    const stored = { attributes: `[{},["a",0]]`, bytes: null };

    expect(decodedItem(stored)).toEqual({ ...key, a: new Uint8Array() });
  });

  it("gives each attribute bytes that are its own", () => {
    const stored = encodeItem({ ...key, a: Uint8Array.of(1), b: Uint8Array.of(2) }, noParts);

    const { a, b } = decodedItem(stored);

    expect(a).toHaveProperty("buffer.byteLength", 1);
    expect(b).toHaveProperty("buffer.byteLength", 1);
  });

  it("takes no name for anything else", () => {
    const item = { ...key, ["__proto__"]: Uint8Array.of(1), constructor: 2, toString: "x" };

    expect(Object.entries(decodedItem(encodeItem(item, noParts))).toSorted()).toEqual(
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
        const { attributes, bytes } = encodeItem(item, noParts);
        // The database gives no `Buffer`.
        const stored = { attributes, bytes: bytes && new Uint8Array(bytes) };

        expect(decodedItem(stored)).toEqual(item);
      }),
    );
  });
});

/** An item of which nothing lies in a part. */
function decodedItem(stored: StoredItem): Item {
  const { item } = decodeItem(key, stored, (part) => {
    throw new Error(`expected no part to be read, got ${part}`);
  });
  return item;
}
