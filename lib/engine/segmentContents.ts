import { hash } from "node:crypto";
import { type Item, type Key, type Table, ttlAttribute, writeManyMax } from "#table/table.ts";
import type { MessageContent } from "./messageContent.ts";
import { compressPayload, decodePayload, encodePayload } from "./payload.ts";
import type { ContentsPlace } from "./segment.ts";

/**
 * Stores and reads the contents of segments: inline while everything stays within one step of the
 * database's bill, else in immutable chunks, or in a blob where there is a store of blobs and they are
 * large enough for it. Chunks and blobs are written before the segment and read after a claim.
 */

/** Room for the key, the attribute names and the expiry of a chunk. */
const chunkOverheadBytes = 256;
/** Chunks of one item at most so large, so that a page of them is answered in one round trip. */
const chunkBytesMax = 350 * 1024;
/** Up to here contents stay with the state where a write is not billed by the item's size. */
const unbilledInlineBytesMax = 8 * 1024;
/** Hexadecimal digits by which a blob's bytes are known: enough against accidents. */
const digestDigits = 16;
/** Compressing less than this saves nothing where writes are not billed by size. */
const unbilledCompressBytesMin = 32 * 1024;

const isStored = Promise.resolve();

type BlobPlace = ContentsPlace & { readonly kind: "blob" };

export interface StoreOptions {
  /** Whose queue it is; messages sent by it need not say so. */
  readonly account: string;
  /** What the rest of the segment's item may grow to. */
  readonly stateBytes: number;
  /** The partition of the chunks, or the name of the blob, should they be needed. */
  readonly pk: string;
  readonly expiresAtSeconds: number;
}

/** Contents that are being stored. */
export interface Storing {
  readonly place: ContentsPlace;
  /** Until then chunks may be lost. It may be ignored for as long as whoever needs them is lost too. */
  readonly stored: Promise<void>;
}

/**
 * Packs contents, compressed where that pays, and says where they are now: at once where they stay with
 * the state. Chunks or a blob that were written are nobody's until a segment names them.
 */
export function storeContents(
  table: Table,
  contents: readonly MessageContent[],
  options: StoreOptions,
): ContentsPlace | Promise<ContentsPlace> {
  const { payload, isInline } = packContents(table, contents, options);
  return isInline ? { kind: "inline", payload } : storeApart(table, payload, options);
}

/** As `storeContents`, and answers when the writing of chunks has begun: for who need not wait longer. */
export async function beginToStore(
  table: Table,
  contents: readonly MessageContent[],
  options: StoreOptions,
): Promise<Storing> {
  const { payload, isInline } = packContents(table, contents, options);
  return isInline
    ? { place: { kind: "inline", payload }, stored: isStored }
    : await beginToStoreApart(table, payload, options);
}

function packContents(
  { traits: { billedBytes } }: Table,
  contents: readonly MessageContent[],
  { account, stateBytes }: StoreOptions,
): { readonly payload: Uint8Array; readonly isInline: boolean } {
  const fits = (billedBytes ?? unbilledInlineBytesMax) - stateBytes;
  const plain = encodePayload(contents, account);
  const isWorthwhile = plain.length > (billedBytes === undefined ? unbilledCompressBytesMin : fits);
  const payload = isWorthwhile ? compressPayload(plain) : plain;
  return { payload, isInline: payload.length <= fits };
}

async function storeApart(
  table: Table,
  payload: Uint8Array,
  options: StoreOptions,
): Promise<ContentsPlace> {
  const { place, stored } = await beginToStoreApart(table, payload, options);
  await stored;
  return place;
}

async function beginToStoreApart(
  table: Table,
  payload: Uint8Array,
  { pk, expiresAtSeconds }: StoreOptions,
): Promise<Storing> {
  const { blobs } = table;
  if (blobs !== undefined && payload.length >= blobs.bytesMin) {
    const place: BlobPlace = { kind: "blob", pk, digest: digestOf(payload) };
    await blobs.put(blobName(place), payload);
    return { place, stored: isStored };
  }
  const items = chunkItems(table, payload, { pk, expiresAtSeconds });
  const stored = storeChunks(table, items);
  // Whoever waits for it hears of a failure.
  stored.catch(() => undefined);
  return { place: { kind: "chunks", pk, count: items.length }, stored };
}

function chunkItems(
  table: Table,
  payload: Uint8Array,
  { pk, expiresAtSeconds }: Pick<StoreOptions, "pk" | "expiresAtSeconds">,
): readonly Item[] {
  const most = Math.min(chunkBytesMax, table.traits.itemBytesMax - chunkOverheadBytes);
  const items: Item[] = [];
  for (let start = 0; start < payload.length; start += most) {
    const part = payload.subarray(start, start + most);
    items.push({ ...chunkKey(pk, items.length), b: part, [ttlAttribute]: expiresAtSeconds });
  }
  return items;
}

async function storeChunks(table: Table, items: readonly Item[]): Promise<void> {
  for (let start = 0; start < items.length; start += writeManyMax) {
    const some = items.slice(start, start + writeManyMax);
    await table.writeMany(some.map((item) => ({ kind: "put", item })));
  }
}

/**
 * A segment's contents, at once where they are with the state; `undefined` when chunks or a blob are
 * missing: they have expired.
 */
export function readContents(
  table: Table,
  place: ContentsPlace,
  account: string,
): readonly MessageContent[] | Promise<readonly MessageContent[] | undefined> {
  return place.kind === "inline"
    ? decodePayload(place.payload, account)
    : readApart(table, place, account);
}

/** As `readContents`, of contents that are not with the state. */
export async function readApart(
  table: Table,
  place: Exclude<ContentsPlace, { readonly kind: "inline" }>,
  account: string,
): Promise<readonly MessageContent[] | undefined> {
  const payload =
    place.kind === "chunks" ? await readChunks(table, place) : await readBlob(table, place);
  return payload === undefined ? undefined : decodePayload(payload, account);
}

/** Throws rather than take a blob for missing that is only out of reach: its message would be lost. */
async function readBlob({ blobs }: Table, place: BlobPlace): Promise<Uint8Array | undefined> {
  if (blobs === undefined)
    throw new Error("expected the table to have the bucket it was used with");
  const name = blobName(place);
  const payload = await blobs.get(name);
  if (payload !== undefined && digestOf(payload) !== place.digest) {
    throw new Error(`expected blob ${name} to hold what its name says`);
  }
  return payload;
}

function blobName({ pk, digest }: BlobPlace): string {
  return `${pk}/${digest}`;
}

function digestOf(payload: Uint8Array): string {
  return hash("sha256", payload, "hex").slice(0, digestDigits);
}

async function readChunks(
  table: Table,
  place: ContentsPlace & { kind: "chunks" },
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  for (const item of await table.getMany(chunkKeys(place))) {
    const part = item?.["b"];
    if (!(part instanceof Uint8Array)) return undefined;
    parts.push(part);
  }
  const [only] = parts;
  return parts.length === 1 ? only : Buffer.concat(parts);
}

/**
 * Deletes the chunks of contents whose only owner is gone. Where expiry is free they are left to it,
 * and may have several owners (deadLetter.ts).
 */
export async function dropChunks(table: Table, places: readonly ContentsPlace[]): Promise<void> {
  if (table.traits.expiryIsFree) return;
  const keys = places.flatMap((place) => (place.kind === "chunks" ? chunkKeys(place) : []));
  for (let start = 0; start < keys.length; start += writeManyMax) {
    const some = keys.slice(start, start + writeManyMax);
    await table.writeMany(some.map((key) => ({ kind: "delete", key, when: [] })));
  }
}

/** Every chunk's key. There are never more than a handful: a message has at most 1 MiB. */
export function chunkKeys(place: ContentsPlace & { kind: "chunks" }): readonly Key[] {
  return Array.from({ length: place.count }, (_, index) => chunkKey(place.pk, index));
}

function chunkKey(pk: string, index: number): Key {
  return { pk, sk: index.toString(36) };
}
