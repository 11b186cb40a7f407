import assert from "node:assert/strict";
import * as limits from "#contract/limits.ts";
import type { Attributes, Item, Value } from "#table/table.ts";
import { messageIdOf } from "../messageId.ts";
import type { Queue } from "../queue.ts";
import type { ContentsPlace } from "../segment.ts";
import { readSlot, type Slot, slotAttribute, slotBytes, writeSlot } from "../slot.ts";
import { wholeText } from "../wholeText.ts";

/**
 * One message of a group, as it stands in the group's item or in an overflow page.
 *
 * ```
 *   m7   what never changes of it, parted by spaces, since no part can have one:
 *          sequence number, sent at, digits of its id     base 36, base 36, sixteen hexadecimal
 *          where its contents are                         "-", or number of chunks ":" their partition,
 *                                                         or "*" and digest of a blob ":" its name
 *          where it came from                             "-", or arrived at ":" receives ":" queue
 *          deduplication id                               left out where it is the hash of the body
 *   b7   its contents, when they fit (payload.ts)
 *   s7   where it stands (slot.ts); absent until its first receive
 * ```
 *
 * The number counts the messages of the group's life and never comes again in it.
 */
export interface Entry {
  readonly number: number;
  readonly facts: EntryFacts;
  readonly contents: ContentsPlace;
  readonly slot: Slot;
}

/** What never changes about a message in a group. */
export interface EntryFacts {
  readonly sequence: number;
  /** What `SentTimestamp` shows. */
  readonly sentAtMs: number;
  /** Sixteen hexadecimal digits: what makes its message id one of its own. */
  readonly idDigits: string;
  /** Absent where it is the hash of the body. */
  readonly deduplicationId?: string;
  /** There when it was moved here from a source queue. */
  readonly moved?: MovedEntry;
}

/** What a message brings from the queue that it was moved from. */
export interface MovedEntry {
  /** Its retention begins anew here (spec section 9.2). */
  readonly arrivedAtMs: number;
  readonly sourceArn: string;
  /** How often it had been received before it came. */
  readonly receivedBefore: number;
}

/** Where an entry stands at one instant. */
export type Standing =
  | { readonly kind: "available" }
  | { readonly kind: "delayed" | "inFlight"; readonly untilMs: number };

/** Random bytes that become a message's `idDigits`. */
export const idBytes = 8;

const none = "-";
const blobMark = "*";
/** No other attribute begins with it. */
const entryLetter = "m".charCodeAt(0);
/** What a slot takes up to 99 receives in two weeks, its attribute's name of three letters included. */
const receivedSlotBytes = 3 + slotBytes(limits.retentionSeconds.max) + 3;
/** Names, numbers, digits and spaces: what an entry takes beside its contents and its ids. */
export const entryFixedBytes = 58 + receivedSlotBytes;

/** The message id that an entry shows, in the form of a UUID. */
export function messageIdOfEntry({ sentAtMs, idDigits }: EntryFacts): string {
  return messageIdOf(sentAtMs, idDigits, 0);
}

/** The entries of a group's item or of an overflow page, oldest first. */
export function readEntries(item: Item): readonly Entry[] {
  const numbers: number[] = [];
  for (const name of Object.keys(item)) {
    if (isEntryAttribute(name)) numbers.push(Number(name.slice(1)));
  }
  return numbers.sort((left, right) => left - right).map((number) => readEntry(item, number));
}

/** How many entries an item has, and what they take once all of them have been received. */
export function measureEntries(item: Item): {
  readonly entryCount: number;
  readonly bytes: number;
} {
  let entryCount = 0;
  let bytes = 0;
  for (const name of Object.keys(item)) {
    const value = item[name];
    if (isEntryAttribute(name) && typeof value === "string") {
      entryCount += 1;
      bytes += name.length + value.length + receivedSlotBytes;
    } else if (value instanceof Uint8Array) bytes += name.length + value.byteLength;
  }
  return { entryCount, bytes };
}

/** Whether it is the attribute that is there exactly as long as an entry is. */
function isEntryAttribute(name: string): boolean {
  return name.charCodeAt(0) === entryLetter && name.length > 1;
}

function readEntry(item: Item, number: number): Entry {
  const text = item[`m${number}`];
  const slot = item[slotAttribute(number)];
  assert(typeof text === "string" && (slot === undefined || typeof slot === "string"));
  const [sequence = "", sentAt = "", idDigits = "", place = none, moved = none, deduplicationId] =
    text.split(" ");
  const facts: EntryFacts = {
    sequence: Number.parseInt(sequence, 36),
    sentAtMs: Number.parseInt(sentAt, 36),
    idDigits,
  };
  const isPlain = deduplicationId === undefined && moved === none;
  return {
    number,
    facts: isPlain
      ? facts
      : {
          ...facts,
          ...(deduplicationId !== undefined && { deduplicationId }),
          ...(moved !== none && { moved: readMoved(moved) }),
        },
    contents: readPlace(place, item[`b${number}`]),
    slot: readSlot(slot),
  };
}

function readPlace(text: string, payload: Value | undefined): ContentsPlace {
  if (payload instanceof Uint8Array) return { kind: "inline", payload };
  const end = text.indexOf(":");
  const pk = text.slice(end + 1);
  return text.startsWith(blobMark)
    ? { kind: "blob", pk, digest: text.slice(blobMark.length, end) }
    : { kind: "chunks", pk, count: Number.parseInt(text.slice(0, end), 36) };
}

function writePlace(place: ContentsPlace): string {
  switch (place.kind) {
    case "inline":
      return none;
    case "chunks":
      return `${place.count.toString(36)}:${place.pk}`;
    case "blob":
      return `${blobMark}${place.digest}:${place.pk}`;
  }
}

function readMoved(text: string): MovedEntry {
  const [arrivedAt = "", receives = "", ...sourceArn] = text.split(":");
  return {
    arrivedAtMs: Number.parseInt(arrivedAt, 36),
    receivedBefore: Number.parseInt(receives, 36),
    sourceArn: sourceArn.join(":"),
  };
}

/** Entries as an item holds them. */
export interface PackedEntries {
  readonly attributes: Attributes;
  readonly entryCount: number;
  /** What they take in their item once all of them have been received. */
  readonly bytes: number;
}

/** The attributes that hold entries, together, and what these take. */
export function packEntries(entries: readonly Entry[]): PackedEntries {
  const attributes: Record<string, Value> = {};
  let bytes = 0;
  for (const entry of entries) {
    const { number, contents, slot } = entry;
    const name = entryAttribute(number);
    const text = factsText(entry);
    attributes[name] = text;
    bytes += name.length + text.length + receivedSlotBytes;
    if (contents.kind === "inline") {
      attributes[`b${number}`] = contents.payload;
      bytes += name.length + contents.payload.byteLength;
    }
    const slotText = writeSlot(slot);
    if (slotText !== undefined) attributes[slotAttribute(number)] = slotText;
  }
  return { attributes, entryCount: entries.length, bytes };
}

function factsText({ facts, contents }: Entry): string {
  const { sequence, sentAtMs, idDigits, deduplicationId, moved } = facts;
  const movedText = moved === undefined ? none : writeMoved(moved);
  const idText = deduplicationId === undefined ? "" : ` ${deduplicationId}`;
  const numbers = `${wholeText(sequence, 36)} ${wholeText(sentAtMs, 36)} ${idDigits}`;
  return `${numbers} ${writePlace(contents)} ${movedText}${idText}`;
}

function writeMoved({ arrivedAtMs, receivedBefore, sourceArn }: MovedEntry): string {
  return `${arrivedAtMs.toString(36)}:${receivedBefore.toString(36)}:${sourceArn}`;
}

/** The names of the attributes that an entry may have. Removing one that is absent is fine. */
export function entryAttributeNames(number: number): readonly string[] {
  return [`m${number}`, `b${number}`, slotAttribute(number)];
}

/** The name of the attribute that is there exactly as long as the entry is. */
export function entryAttribute(number: number): string {
  return `m${number}`;
}

/** Whether an entry has outlived the retention period of its queue as it is now. */
export function hasExpired({ facts }: Entry, queue: Queue, nowMs: number): boolean {
  const sinceMs = facts.moved?.arrivedAtMs ?? facts.sentAtMs;
  return sinceMs + queue.settings.retentionSeconds * 1000 <= nowMs;
}

/** Where an entry stands. Those that wait behind another are `available` to the counters. */
export function standingOf({ facts, slot }: Entry, queue: Queue, nowMs: number): Standing {
  if (slot.kind === "received") {
    return slot.visibleAtMs <= nowMs
      ? { kind: "available" }
      : { kind: "inFlight", untilMs: slot.visibleAtMs };
  }
  const { delaySeconds } = queue.settings;
  // Without a delay, the sender's clock has no say: it may be ahead of ours.
  if (delaySeconds === 0) return { kind: "available" };
  // The queue's delay as it is now, also for what was sent before it changed (spec section 6.2).
  const visibleFromMs = facts.sentAtMs + delaySeconds * 1000;
  return visibleFromMs <= nowMs
    ? { kind: "available" }
    : { kind: "delayed", untilMs: visibleFromMs };
}
