import assert from "node:assert/strict";
import { type Item, type Key, ttlAttribute, type Value } from "#table/table.ts";
import { messageIdOf } from "./messageId.ts";
import { readSlot, type Slot, slotAttribute, slotBytes } from "./slot.ts";
import { endOfMillisecond, sortableTime, timeOf } from "./sortableTime.ts";

/**
 * A segment: the messages of one send call, stored as one item of a lane.
 *
 * ```
 *   pk   queue id . epoch . lane
 *   sk   first-visible time, place among one process's sends of that millisecond, random digits
 *   n    how many messages, when not 1
 *   d    the delay they were sent with in milliseconds, when not 0
 *   b    their contents, when they fit (payload.ts)
 *   c    how many chunks hold their contents, when they do not
 *   o    the digest of their contents, when a blob holds them
 *   r    where those chunks are, or that blob, when not under this segment's own name
 *   m    where the message came from, when it was moved here (JSON, MovedMessage)
 *   s0…  the slots: where each message stands (slot.ts)
 *   x    when the table may drop the item, seconds
 * ```
 *
 * The contents never change, so all that a receive, a delete or a change of visibility writes is
 * slots.
 */
export interface Segment {
  readonly key: Key;
  /** When its messages became or become available for the first time. */
  readonly startsAtMs: number;
  readonly delayMs: number;
  readonly slots: readonly Slot[];
  readonly contents: ContentsPlace;
  readonly moved?: MovedMessage;
  /** When the table may drop it, in seconds since the epoch. */
  readonly expiresAtSeconds: number;
}

/**
 * Where the contents are: here, in chunks under a partition key of their own, or in a blob. A blob is
 * named like that partition, and after what is in it, so that a name can never mean other contents.
 */
export type ContentsPlace =
  | { readonly kind: "inline"; readonly payload: Uint8Array }
  | { readonly kind: "chunks"; readonly pk: string; readonly count: number }
  | { readonly kind: "blob"; readonly pk: string; readonly digest: string };

/** What a message keeps from the queue that it was moved from. Such a segment has one slot. */
export interface MovedMessage {
  readonly messageId: string;
  readonly sentAtMs: number;
  readonly sourceArn: string;
  /** Its place among the contents. */
  readonly index: number;
  /** How often it had been received before it came to this queue. */
  readonly receivedBefore: number;
}

export interface Lane {
  readonly queueId: string;
  readonly epoch: number;
  readonly lane: number;
}

const digitsStart = sortableTime(0).length;
/** Of the place among one process's sends of a millisecond. */
export const orderDigits = 3;
const randomStart = digitsStart + orderDigits;

/** How many random digits make a segment's key one of its own. */
export const segmentRandomDigits = 13;
/** Sends of one process and millisecond that keep their order. */
export const orderMax = 16 ** orderDigits - 1;
/** More messages than this never share a segment. */
export const slotsMax = 32;

export function lanePartition({ queueId, epoch, lane }: Lane): string {
  return `${queueId}.${epoch.toString(36)}.${lane.toString(36)}`;
}

export function segmentKey(
  lane: Lane,
  place: { readonly startsAtMs: number; readonly order: number; readonly randomDigits: string },
): Key {
  const order = place.order.toString(16).padStart(orderDigits, "0");
  const sk = `${sortableTime(place.startsAtMs)}${order}${place.randomDigits}`;
  return { pk: lanePartition(lane), sk };
}

/** Bounds on `sk` of all that became available after one time and up to another. */
export function availableRange(range: { readonly afterMs: number; readonly upToMs: number }) {
  return {
    from: sortableTime(range.afterMs),
    to: `${sortableTime(range.upToMs)}${endOfMillisecond}`,
  };
}

/**
 * The partition of the chunks of the segment with these random digits, and the name of its blob. A time
 * may lead the digits.
 */
export function chunksPartition(queueId: string, randomDigits: string): string {
  return `${queueId}/${randomDigits}`;
}

/** Chunks whose name ends as their segment's key does. */
export interface OwnChunks {
  readonly count: number;
  /** What stands before that in their name: nothing, or the time of their sending. */
  readonly time: string;
}

/** Where chunks are that bear the name of the segment with that key. */
export function ownChunksPlace(
  queueId: string,
  sk: string,
  own: OwnChunks,
): ContentsPlace & { kind: "chunks" } {
  const pk = chunksPartition(queueId, `${own.time}${sk.slice(randomStart)}`);
  return { kind: "chunks", pk, count: own.count };
}

/** A segment's chunks that bear its own name; `undefined` where it has none or others. */
export function ownChunksOf({ key, contents }: Segment, queueId: string): OwnChunks | undefined {
  if (contents.kind !== "chunks") return undefined;
  const { pk, count } = contents;
  const own = { count, time: pk.slice(chunksPartition(queueId, "").length, -segmentRandomDigits) };
  const isOwn = ownChunksPlace(queueId, key.sk, own).pk === pk && isTimeOfChunks(own.time);
  return isOwn ? own : undefined;
}

/** Whether a text can stand for the time in the name of chunks. */
export function isTimeOfChunks(text: string): boolean {
  return text === "" || (text.length === digitsStart && /^[0-9a-z]+$/.test(text));
}

export function segmentItem(segment: Segment, queueId: string): Item {
  const { key, slots, delayMs, contents, moved } = segment;
  const item: Record<string, Value> & Key = { ...key, [ttlAttribute]: segment.expiresAtSeconds };
  if (slots.length !== 1) item["n"] = slots.length;
  if (delayMs !== 0) item["d"] = delayMs;
  if (contents.kind === "inline") item["b"] = contents.payload;
  if (contents.kind === "chunks") item["c"] = contents.count;
  if (contents.kind === "blob") item["o"] = contents.digest;
  const ownPk = chunksPartition(queueId, key.sk.slice(randomStart));
  if (contents.kind !== "inline" && contents.pk !== ownPk) item["r"] = contents.pk;
  if (moved !== undefined) item["m"] = JSON.stringify(moved);
  return item;
}

export function readSegment(item: Item, queueId: string): Segment {
  const moved = item["m"];
  const delayMs = item["d"];
  const expiresAtSeconds = item[ttlAttribute];
  assert(typeof expiresAtSeconds === "number");
  return {
    key: { pk: item.pk, sk: item.sk },
    startsAtMs: timeOf(item.sk),
    delayMs: typeof delayMs === "number" ? delayMs : 0,
    slots: readSlots(item),
    contents: contentsPlace(item, queueId),
    ...(typeof moved === "string" && { moved: JSON.parse(moved) }),
    expiresAtSeconds,
  };
}

function readSlots(item: Item): readonly Slot[] {
  const size = item["n"] ?? 1;
  assert(typeof size === "number");
  const slots: Slot[] = [];
  for (let index = 0; index < size; index += 1) {
    const text = item[slotAttribute(index)];
    assert(text === undefined || typeof text === "string");
    slots.push(readSlot(text));
  }
  return slots;
}

function contentsPlace(item: Item, queueId: string): ContentsPlace {
  const payload = item["b"];
  if (payload instanceof Uint8Array) return { kind: "inline", payload };
  const { c: count, o: digest } = item;
  const pk = item["r"] ?? chunksPartition(queueId, item.sk.slice(randomStart));
  assert(typeof pk === "string");
  if (typeof digest === "string") return { kind: "blob", pk, digest };
  assert(typeof count === "number");
  return { kind: "chunks", pk, count };
}

export function sentAtMs(segment: Segment): number {
  return segment.moved?.sentAtMs ?? segment.startsAtMs - segment.delayMs;
}

export function messageIdAt(segment: Segment, index: number): string {
  const digits = segment.key.sk.slice(digitsStart);
  return segment.moved?.messageId ?? messageIdOf(segment.startsAtMs, digits, index);
}

/**
 * The size that a segment's item grows to once all of its messages were received for the first time:
 * what every later write of it is billed for. Contents are not counted.
 */
export function receivedBytes(
  key: Key,
  size: number,
  { visibilityTimeoutSeconds, delayMs }: StateSize,
): number {
  const names = "pk".length + "sk".length + "n".length + "x".length + "b".length;
  const fixed = names + countBytes + timeBytes + (delayMs === 0 ? 0 : "d".length + delayBytes);
  const slot = slotAttribute(size - 1).length + slotBytes(visibilityTimeoutSeconds);
  return fixed + key.pk.length + key.sk.length + size * slot;
}

/** What the size of a segment's item depends on, beside its contents. */
interface StateSize {
  readonly visibilityTimeoutSeconds: number;
  readonly delayMs: number;
}

/** A number takes a byte for two digits, and one more. */
const countBytes = 2;
const delayBytes = 5;
const timeBytes = 6;
