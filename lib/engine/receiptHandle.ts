import { crc32 } from "node:zlib";
import { SqsError } from "#contract/errors.ts";
import { receiptHandleCharactersMax } from "#contract/limits.ts";
import type { Key } from "#table/table.ts";
import type { Queue } from "./queue.ts";
import { isTimeOfChunks, lanePartition, type OwnChunks } from "./segment.ts";
import { isToken, type ReceivedSlot } from "./slot.ts";
import { latestMs } from "./sortableTime.ts";
import { wholeText } from "./wholeText.ts";

/**
 * What a receipt handle says: which receive of which message of which queue. It carries enough of
 * the slot's state that deleting the message or changing its visibility needs no read.
 *
 * ```
 *   base64url of   queue id . epoch . lane . sk . slot . slots in the segment . token
 *                  . received at . first received at . receive count . chunks
 *                  . last sequence number of the group . checksum of all that
 *
 *   chunks         0: contents in none, 1: in some, n + 1: in n that bear the segment's name, and
 *                  a time, which follows
 * ```
 *
 * The checksum tells a mistyped handle from a stale one. It is no signature: the random part of the
 * segment's key is what nobody can guess, and a handle reaches only the queue that it is used on.
 */
export interface ReceiptHandle {
  readonly queueId: string;
  readonly epoch: number;
  readonly lane: number;
  readonly sk: string;
  readonly slot: number;
  /**
   * How many slots the segment was stored with; in a FIFO queue, how many the group's item had, and
   * one more if it was not all of the group.
   */
  readonly size: number;
  readonly receivedAtMs: number;
  readonly received: Omit<ReceivedSlot, "kind" | "visibleAtMs">;
  /** Whether the contents are in chunks of their own. */
  readonly hasChunks: boolean;
  /** Those, where they bear the segment's name: whoever deletes it need not look for them. */
  readonly ownChunks?: OwnChunks;
  /** FIFO only: the last sequence number of the group. */
  readonly groupSequence?: number;
}

const partCount = 12;
/** No segment and no group's item has more messages than this. */
const sizeMax = 1000;
const keyCharactersMax = 256;
/** Contents in more chunks than this are looked for. */
export const ownChunksMax = 25;
/** Begins a key that has other characters than digits and letters, and comes in base64. */
const encodedMark = "~";

export function writeReceiptHandle(handle: ReceiptHandle): string {
  const { received } = handle;
  const text = [
    handle.queueId,
    handle.epoch.toString(36),
    handle.lane.toString(36),
    writeKey(handle.sk),
    handle.slot.toString(36),
    handle.size.toString(36),
    received.token,
    wholeText(handle.receivedAtMs, 36),
    wholeText(received.firstReceivedAtMs, 36),
    received.receiveCount.toString(36),
    writeChunks(handle),
    handle.groupSequence === undefined ? "" : wholeText(handle.groupSequence, 36),
  ].join(".");
  return Buffer.from(`${text}.${checksumOf(text)}`).toString("base64url");
}

function checksumOf(text: string): string {
  return wholeText(crc32(text), 36);
}

function writeChunks({ hasChunks, ownChunks }: ReceiptHandle): string {
  if (!hasChunks) return "0";
  return ownChunks === undefined ? "1" : `${(ownChunks.count + 1).toString(36)}${ownChunks.time}`;
}

/** A group's key has the group id in it, and that any punctuation. */
function writeKey(sk: string): string {
  return /^[a-z0-9]+$/.test(sk) ? sk : `${encodedMark}${Buffer.from(sk).toString("base64url")}`;
}

function readKey(text: string): string {
  return text.startsWith(encodedMark) ? Buffer.from(text.slice(1), "base64url").toString() : text;
}

/** The handle that a text is; refuses what is none (spec section 6.5). */
function parseReceiptHandle(text: string): ReceiptHandle {
  const handle =
    text.length <= receiptHandleCharactersMax && /^[A-Za-z0-9_-]+$/.test(text)
      ? parse(Buffer.from(text, "base64url").toString("latin1"))
      : undefined;
  if (handle !== undefined) return handle;
  throw new SqsError(
    "ReceiptHandleIsInvalid",
    `The input receipt handle "${text}" is not a valid receipt handle.`,
  );
}

function parse(text: string): ReceiptHandle | undefined {
  const end = text.lastIndexOf(".");
  if (end < 0 || text.slice(end + 1) !== checksumOf(text.slice(0, end))) return undefined;
  const parts = text.slice(0, end).split(".");
  if (parts.length !== partCount) return undefined;
  const [queueId = "", epoch, lane, sk = "", slot, size, token = "", ...rest] = parts;
  const [receivedAtMs, firstReceivedAtMs, receiveCount, chunks, groupSequence] = rest;
  const chunkCount = number(chunks?.slice(0, 1)) - 1;
  const handle: ReceiptHandle = {
    queueId,
    epoch: number(epoch),
    lane: number(lane),
    sk: readKey(sk),
    slot: number(slot),
    size: number(size),
    receivedAtMs: number(receivedAtMs),
    received: {
      token,
      firstReceivedAtMs: number(firstReceivedAtMs),
      receiveCount: number(receiveCount),
    },
    hasChunks: chunkCount >= 0,
    ...(chunkCount > 0 && { ownChunks: { count: chunkCount, time: chunks?.slice(1) ?? "" } }),
    ...(groupSequence !== "" && { groupSequence: number(groupSequence) }),
  };
  return isSound(handle) ? handle : undefined;
}

/** Anyone can compute the checksum, so what a handle says must be harmless whatever it says. */
function isSound(handle: ReceiptHandle): boolean {
  const { epoch, lane, slot, size, receivedAtMs, received, sk } = handle;
  const { firstReceivedAtMs, receiveCount } = received;
  const numbers = [epoch, lane, slot, size, receivedAtMs, firstReceivedAtMs, receiveCount];
  return (
    numbers.every((each) => Number.isSafeInteger(each) && each >= 0 && each <= latestMs) &&
    Number.isSafeInteger(handle.groupSequence ?? 0) &&
    (handle.ownChunks?.count ?? 0) <= ownChunksMax &&
    isTimeOfChunks(handle.ownChunks?.time ?? "") &&
    size >= 1 &&
    size <= sizeMax &&
    sk.length > 0 &&
    sk.length <= keyCharactersMax &&
    isToken(received.token)
  );
}

function number(text: string | undefined): number {
  return text === undefined ? Number.NaN : Number.parseInt(text, 36);
}

/**
 * The handle that a text is, if it is one of this queue's. A handle from before a purge is: its
 * messages are as good as deleted.
 */
export function receiptHandleOf(queue: Queue, text: string): ReceiptHandle {
  const handle = parseReceiptHandle(text);
  const isHere = queue.settings.fifo !== undefined || handle.slot < handle.size;
  if (handle.queueId === queue.id && isHere) return handle;
  throw new SqsError(
    "ReceiptHandleIsInvalid",
    `The receipt handle "${text}" is not valid for this queue.`,
  );
}

/**
 * Whether a purge has taken what a handle leads to. One of a later epoch is good: it tells of a purge
 * that this process has not heard of yet.
 */
export function isPurged(queue: Queue, handle: ReceiptHandle): boolean {
  return handle.epoch < queue.epoch;
}

/** The key of the segment that a handle leads to. */
export function segmentKeyOf(handle: ReceiptHandle): Key {
  return { pk: lanePartition(handle), sk: handle.sk };
}
