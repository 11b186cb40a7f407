import { crc32 } from "node:zlib";
import { SqsError } from "#contract/errors.ts";
import { receiptHandleCharactersMax } from "#contract/limits.ts";
import type { Key } from "#table/table.ts";
import type { Queue } from "./queue.ts";
import { lanePartition } from "./segment.ts";
import type { ReceivedSlot } from "./slot.ts";

/**
 * What a receipt handle says: which receive of which message of which queue. It carries enough of
 * the slot's state that deleting the message or changing its visibility needs no read.
 *
 * ```
 *   base64url of   queue id . epoch . lane . sk . slot . slots in the segment . token
 *                  . received at . first received at . receive count . contents in chunks
 *                  . checksum of all that
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
  /** How many slots the segment was stored with. */
  readonly size: number;
  readonly receivedAtMs: number;
  readonly received: Omit<ReceivedSlot, "kind" | "visibleAtMs">;
  /** Whether the contents are in chunks of their own. */
  readonly hasChunks: boolean;
}

const partCount = 11;

export function writeReceiptHandle(handle: ReceiptHandle): string {
  const { received } = handle;
  const text = [
    handle.queueId,
    handle.epoch.toString(36),
    handle.lane.toString(36),
    handle.sk,
    handle.slot.toString(36),
    handle.size.toString(36),
    received.token,
    handle.receivedAtMs.toString(36),
    received.firstReceivedAtMs.toString(36),
    received.receiveCount.toString(36),
    handle.hasChunks ? "1" : "0",
  ].join(".");
  return Buffer.from(`${text}.${crc32(text).toString(36)}`).toString("base64url");
}

/** The handle that a text is; refuses what is none (spec section 6.5). */
export function parseReceiptHandle(text: string): ReceiptHandle {
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
  if (end < 0 || text.slice(end + 1) !== crc32(text.slice(0, end)).toString(36)) return undefined;
  const parts = text.slice(0, end).split(".");
  if (parts.length !== partCount) return undefined;
  const [queueId = "", epoch, lane, sk = "", slot, size, token = "", ...rest] = parts;
  const [receivedAtMs, firstReceivedAtMs, receiveCount, hasChunks] = rest;
  const handle: ReceiptHandle = {
    queueId,
    epoch: number(epoch),
    lane: number(lane),
    sk,
    slot: number(slot),
    size: number(size),
    receivedAtMs: number(receivedAtMs),
    received: {
      token,
      firstReceivedAtMs: number(firstReceivedAtMs),
      receiveCount: number(receiveCount),
    },
    hasChunks: hasChunks === "1",
  };
  const numbers = [handle.epoch, handle.lane, handle.slot, handle.size, handle.receivedAtMs];
  return numbers.every(Number.isSafeInteger) ? handle : undefined;
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
  if (handle.queueId === queue.id) return handle;
  throw new SqsError(
    "ReceiptHandleIsInvalid",
    `The receipt handle "${text}" is not valid for this queue.`,
  );
}

/** The key of the segment that a handle leads to. */
export function segmentKeyOf(handle: ReceiptHandle): Key {
  return { pk: lanePartition(handle), sk: handle.sk };
}
