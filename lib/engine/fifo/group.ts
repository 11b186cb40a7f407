import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { type Item, type Key, ttlAttribute, type Value } from "#table/table.ts";
import type { Queue } from "../queue.ts";
import { type ContentsPlace, lanePartition } from "../segment.ts";
import { readSlot, type Slot, slotAttribute, writeSlot } from "../slot.ts";

/**
 * A message group of a FIFO queue, as the one item that holds its order and its holder.
 *
 * ```
 *   pk   queue id . epoch . 0              all groups of the queue
 *   sk   ten digits of the id's hash, id   so that groups lie in no order that a sender chooses
 *   t    the last sequence number that the group gave
 *   n    the number of the next entry
 *   f o  the first and the last overflow page, while there are any
 *   x    when the table may drop the item, seconds
 *   m0…  an entry: one message, in the order of the numbers (JSON, EntryFacts)
 *   b0…  its contents, when they fit
 *   s0…  where it stands (slot.ts); absent until its first receive
 * ```
 *
 * The item exists exactly while the group has messages, so that whoever looks for messages reads no
 * empty group. It is changed under a guard only: sends by `t`, which every send moves on; claims,
 * deletes and changes of visibility by the slots.
 *
 * A group that grows past a few dozen entries goes on in overflow pages, which lie in a partition of
 * their own and hold entries in the same form. They are moved into the group's item, a page at a time
 * and in one step, when its own entries run out.
 */
export interface Group {
  readonly key: Key;
  readonly groupId: string;
  readonly lastSequence: number;
  readonly nextEntry: number;
  readonly pages: Pages | undefined;
  readonly entries: readonly Entry[];
  readonly expiresAtSeconds: number;
}

/** The numbers of the overflow pages, both of which exist. */
export interface Pages {
  readonly first: number;
  readonly last: number;
}

export interface Entry {
  readonly number: number;
  readonly facts: EntryFacts;
  readonly contents: ContentsPlace;
  readonly slot: Slot;
}

/** What never changes about a message in a group. */
export interface EntryFacts {
  readonly messageId: string;
  readonly sequence: number;
  /** What `SentTimestamp` shows. */
  readonly sentAtMs: number;
  /** Absent where it is the hash of the body. */
  readonly deduplicationId?: string;
  /** Retention runs from here when that is not from its sending: a move restarts it (spec 9.2). */
  readonly arrivedAtMs?: number;
  /** The dead-letter queue's source, and the receives that the message had there. */
  readonly sourceArn?: string;
  readonly receivedBefore?: number;
}

/** `EntryFacts` as they are stored: in short, since ten of them have to fit. */
type StoredFacts = readonly [
  messageId: string,
  sequence: number,
  sentAtMs: number,
  deduplicationId: string | 0,
  chunks: number,
  chunksPk?: string,
  moved?: { readonly at?: number; readonly from?: string; readonly before?: number },
];

const hashDigits = 10;

/** The one partition that all groups of a queue share. Its keys are hashed, so it can be split. */
export function groupsPartition(queue: Queue): string {
  return lanePartition({ queueId: queue.id, epoch: queue.epoch, lane: 0 });
}

export function groupKey(queue: Queue, groupId: string): Key {
  const digits = hash("sha1", groupId, "hex").slice(0, hashDigits);
  return { pk: groupsPartition(queue), sk: `${digits}${groupId}` };
}

/** The partition of a group's overflow pages. */
export function pagesPartition({ key }: Pick<Group, "key">): string {
  return `${key.pk}/${key.sk}`;
}

export function pageKey(group: Pick<Group, "key">, page: number): Key {
  return { pk: pagesPartition(group), sk: page.toString(36).padStart(6, "0") };
}

export function readGroup(item: Item): Group {
  const { t: lastSequence, n: nextEntry, [ttlAttribute]: expiresAtSeconds } = item;
  assert(typeof lastSequence === "number" && typeof nextEntry === "number");
  assert(typeof expiresAtSeconds === "number");
  return {
    key: { pk: item.pk, sk: item.sk },
    groupId: item.sk.slice(hashDigits),
    lastSequence,
    nextEntry,
    pages: readPages(item),
    entries: readEntries(item),
    expiresAtSeconds,
  };
}

function readPages({ f: first, o: last }: Item): Pages | undefined {
  return typeof first === "number" && typeof last === "number" ? { first, last } : undefined;
}

/** The entries of a group's item or of an overflow page, oldest first. */
export function readEntries(item: Item): readonly Entry[] {
  const numbers = Object.keys(item)
    .filter((name) => /^m\d+$/.test(name))
    .map((name) => Number(name.slice(1)))
    .sort((left, right) => left - right);
  return numbers.map((number) => readEntry(item, number));
}

function readEntry(item: Item, number: number): Entry {
  const text = item[`m${number}`];
  const slot = item[slotAttribute(number)];
  assert(typeof text === "string" && (slot === undefined || typeof slot === "string"));
  const [messageId, sequence, sentAtMs, deduplicationId, chunks, pk, moved]: StoredFacts =
    JSON.parse(text);
  const payload = item[`b${number}`];
  const contents: ContentsPlace =
    payload instanceof Uint8Array
      ? { kind: "inline", payload }
      : { kind: "chunks", pk: pk ?? "", count: chunks };
  return {
    number,
    facts: {
      messageId,
      sequence,
      sentAtMs,
      ...(deduplicationId !== 0 && { deduplicationId }),
      ...(moved?.at !== undefined && { arrivedAtMs: moved.at }),
      ...(moved?.from !== undefined && { sourceArn: moved.from }),
      ...(moved?.before !== undefined && { receivedBefore: moved.before }),
    },
    contents,
    slot: readSlot(slot),
  };
}

/** The attributes that hold an entry. */
export function entryAttributes({ number, facts, contents, slot }: Entry): Record<string, Value> {
  const { messageId, sequence, sentAtMs, deduplicationId = 0 } = facts;
  const isMoved = facts.arrivedAtMs !== undefined || facts.sourceArn !== undefined;
  const moved = isMoved
    ? { at: facts.arrivedAtMs, from: facts.sourceArn, before: facts.receivedBefore }
    : undefined;
  const common = [messageId, sequence, sentAtMs, deduplicationId] as const;
  const place = contents.kind === "chunks" ? [contents.count, contents.pk] : [0, ""];
  const stored = [...common, ...place, ...(moved === undefined ? [] : [moved])];
  const text = writeSlot(slot);
  return {
    [`m${number}`]: JSON.stringify(stored),
    ...(contents.kind === "inline" && { [`b${number}`]: contents.payload }),
    ...(text !== undefined && { [slotAttribute(number)]: text }),
  };
}

/** The names of the attributes that an entry may have. Removing one that is absent is fine. */
export function entryAttributeNames(number: number): readonly string[] {
  return [`m${number}`, `b${number}`, slotAttribute(number)];
}

/** What an entry takes in its item. */
export function entryBytes(entry: Entry): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(entryAttributes(entry))) {
    bytes += name.length;
    bytes += typeof value === "string" ? Buffer.byteLength(value) : 0;
    bytes += value instanceof Uint8Array ? value.length : 0;
  }
  return bytes;
}

/** From when an entry may be received: the queue's delay as it is now (spec sections 6.2, 7.5). */
export function visibleFromMs({ facts }: Entry, queue: Queue): number {
  return (facts.arrivedAtMs ?? facts.sentAtMs) + queue.settings.delaySeconds * 1000;
}

export function hasExpired({ facts }: Entry, queue: Queue, nowMs: number): boolean {
  const sinceMs = facts.arrivedAtMs ?? facts.sentAtMs;
  return sinceMs + queue.settings.retentionSeconds * 1000 <= nowMs;
}

/** Where an entry stands at one instant. Locked-behind ones are `available` to the counters. */
export function standingOf(
  entry: Entry,
  queue: Queue,
  nowMs: number,
):
  | { readonly kind: "available" }
  | { readonly kind: "delayed" | "inFlight"; readonly untilMs: number } {
  const { slot } = entry;
  if (slot.kind === "received") {
    return slot.visibleAtMs <= nowMs
      ? { kind: "available" }
      : { kind: "inFlight", untilMs: slot.visibleAtMs };
  }
  const fromMs = visibleFromMs(entry, queue);
  return fromMs <= nowMs ? { kind: "available" } : { kind: "delayed", untilMs: fromMs };
}

/**
 * The entries that may be delivered: from the oldest on, up to the first that is in flight or delayed
 * (spec section 7.4). This one rule is the whole of FIFO order.
 */
export function leadingRun(
  group: Group,
  queue: Queue,
  nowMs: number,
): {
  readonly run: readonly Entry[];
  readonly expired: readonly Entry[];
  readonly untilMs: number;
} {
  const run: Entry[] = [];
  const expired: Entry[] = [];
  for (const entry of group.entries) {
    if (hasExpired(entry, queue, nowMs)) {
      expired.push(entry);
      continue;
    }
    const standing = standingOf(entry, queue, nowMs);
    if (standing.kind !== "available") return { run, expired, untilMs: standing.untilMs };
    run.push(entry);
  }
  return { run, expired, untilMs: Infinity };
}
