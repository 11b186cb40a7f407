import type { Item, Key, Value } from "#table/table.ts";

/** What a row keeps of an item beside its key. */
export interface StoredItem {
  readonly attributes: string;
  /** `null` where the item has none. */
  readonly bytes: Uint8Array | null;
}

/** A name and how many of the row's bytes are its own. */
type Share = readonly [name: string, byteCount: number];

/**
 * How a row keeps an item: strings and numbers as JSON, and all bytes behind one another.
 *
 * ```
 *   { pk, sk, n: 7, a: <3 bytes>, s: "x", b: <2 bytes> }
 *
 *   attributes   [{"n":7,"s":"x"},["a",3],["b",2]]
 *   bytes        aaabb
 * ```
 *
 * JSON is what the runtime reads and writes fastest, and a stranger can read the file.
 */
export function encodeItem(item: Item): StoredItem {
  const parts: Uint8Array[] = [];
  const shares: Share[] = [];
  // JSON leaves out what is undefined; to delete it would cost more than all the rest.
  const plain: Record<string, Value | undefined> = { ...item, pk: undefined, sk: undefined };
  for (const name of Object.keys(plain)) {
    const value = plain[name];
    if (value instanceof Uint8Array) {
      parts.push(value);
      shares.push([name, value.byteLength]);
      plain[name] = undefined;
    }
  }
  return { attributes: JSON.stringify([plain, ...shares]), bytes: joined(parts) };
}

function joined(parts: readonly Uint8Array[]): Uint8Array | null {
  return parts.length > 1 ? Buffer.concat(parts) : (parts[0] ?? null);
}

/** The item that a row keeps. */
export function decodeItem({ pk, sk }: Key, { attributes, bytes }: StoredItem): Item {
  const [plain, ...shares]: [Record<string, Value>, ...Share[]] = JSON.parse(attributes);
  let start = 0;
  const named = shares.map(([name, byteCount]) => {
    const share = shareOf(bytes ?? noBytes, start, byteCount);
    start += byteCount;
    return [name, share] as const;
  });
  // Not by assignment, which takes the name `__proto__` for something else.
  return { ...plain, ...Object.fromEntries(named), pk, sk };
}

const noBytes = new Uint8Array();

/** An only share is the row's own, and need not be copied. */
function shareOf(bytes: Uint8Array, start: number, byteCount: number): Uint8Array {
  return byteCount === bytes.byteLength
    ? bytes
    : new Uint8Array(bytes.subarray(start, start + byteCount));
}
