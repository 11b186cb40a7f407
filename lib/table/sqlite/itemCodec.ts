import type { Item, Key, Value } from "#table/table.ts";

/** What a row keeps of an item beside its key. */
export interface StoredItem {
  readonly attributes: string;
  /** `null` where the row has none. */
  readonly bytes: Uint8Array | null;
}

/** An item's bytes that lie outside of its row: the number of their part, by the attribute's name. */
export type Parts = ReadonlyMap<string, number>;

export const noParts: Parts = new Map();

/** A name and how many bytes are its own: the next ones of the row, or those of a part. */
type Share = readonly [name: string, byteCount: number, part?: number];

/**
 * How a row keeps an item: strings and numbers as JSON, and all bytes behind one another, but for
 * those that lie in parts of their own.
 *
 * ```
 *   { pk, sk, n: 7, a: <3 bytes>, s: "x", b: <2 bytes>, c: <900 bytes, in part 12> }
 *
 *   attributes   [{"n":7,"s":"x"},["a",3],["b",2],["c",900,12]]
 *   bytes        aaabb
 * ```
 *
 * JSON is what the runtime reads and writes fastest, and a stranger can read the file.
 */
export function encodeItem(item: Item, parts: Parts): StoredItem {
  const inRow: Uint8Array[] = [];
  const shares: Share[] = [];
  // JSON leaves out what is undefined; to delete it would cost more than all the rest.
  const plain: Record<string, Value | undefined> = { ...item, pk: undefined, sk: undefined };
  for (const name of Object.keys(plain)) {
    const value = plain[name];
    if (!(value instanceof Uint8Array)) continue;
    plain[name] = undefined;
    const part = parts.get(name);
    if (part === undefined) {
      inRow.push(value);
      shares.push([name, value.byteLength]);
    } else shares.push([name, value.byteLength, part]);
  }
  return { attributes: JSON.stringify([plain, ...shares]), bytes: joined(inRow) };
}

function joined(bytes: readonly Uint8Array[]): Uint8Array | null {
  return bytes.length > 1 ? Buffer.concat(bytes) : (bytes[0] ?? null);
}

/** The item that a row keeps, and which parts are its own. */
export function decodeItem(
  { pk, sk }: Key,
  { attributes, bytes }: StoredItem,
  readPart: (part: number) => Uint8Array,
): { readonly item: Item; readonly parts: Parts } {
  const [plain, ...shares]: [Record<string, Value>, ...Share[]] = JSON.parse(attributes);
  let start = 0;
  let parts: Map<string, number> | undefined;
  const named = shares.map(([name, byteCount, part]) => {
    if (part !== undefined) {
      parts = (parts ?? new Map()).set(name, part);
      return [name, readPart(part)] as const;
    }
    const share = shareOf(bytes ?? noBytes, start, byteCount);
    start += byteCount;
    return [name, share] as const;
  });
  // Not by assignment, which takes the name `__proto__` for something else.
  const item = { ...plain, ...Object.fromEntries(named), pk, sk };
  return { item, parts: parts ?? noParts };
}

/** The parts of an item, by what its row keeps. */
export function partsIn(attributes: string): readonly number[] {
  const [, ...shares]: [unknown, ...Share[]] = JSON.parse(attributes);
  return shares.flatMap(([, , part]) => part ?? []);
}

const noBytes = new Uint8Array();

/** An only share is the row's own, and need not be copied. */
function shareOf(bytes: Uint8Array, start: number, byteCount: number): Uint8Array {
  return byteCount === bytes.byteLength
    ? bytes
    : new Uint8Array(bytes.subarray(start, start + byteCount));
}
