import assert from "node:assert/strict";
import { hash } from "node:crypto";
import type { Item, Key } from "#table/table.ts";
import type { Queue } from "../queue.ts";
import { lanePartition } from "../segment.ts";
import { type Entry, hasExpired, measureEntries, readEntries, standingOf } from "./entry.ts";

/**
 * A message group of a FIFO queue, as the one item that holds its order and its holder.
 *
 * ```
 *   pk   queue id . epoch . 0              all groups of the queue
 *   sk   ten digits of the id's hash, id   so that groups lie in no order that a sender chooses
 *   i    the group's life: eight random digits, new each time that the item is made
 *   t    the last sequence number that the group gave
 *   n    the number of the next entry
 *   f    the first overflow page, while there is one
 *   o    the last number that an overflow page had, once there was one
 *   x    when the table may drop the item, seconds
 *   m0 b0 s0 …                             the entries: one message each (entry.ts)
 * ```
 *
 * The item exists exactly while the group has messages, so that whoever looks for messages reads no
 * empty group. Within one life, numbers of entries and of pages never come again; across lives they
 * do. So every guard names the life, or a token that only one receive has: what was true of a group
 * that has been emptied and made anew must never pass for the truth about the new one.
 *
 * A group that grows goes on in overflow pages, which lie in a partition of their own, one for each
 * life, and hold entries in the same form, under `c`, how many they are. They are moved into the
 * group's item, a page at a time and in one step, when its own entries run out.
 */
export interface Group extends GroupHead {
  readonly groupId: string;
  readonly entries: readonly Entry[];
}

/** What can be said of a group without looking into its entries. */
export interface GroupHead {
  readonly key: Key;
  readonly life: string;
  readonly lastSequence: number;
  readonly nextEntry: number;
  /** The first overflow page, while there is one; all up to the last exist with it. */
  readonly firstPage: number | undefined;
  /** The last number that an overflow page had; 0 before the first. */
  readonly lastPage: number;
  /** Entries in the group's item. */
  readonly entryCount: number;
  /** What the item takes once all of these have been received. */
  readonly bytes: number;
}

/** What may be delivered of a group, and what may not be kept. */
export interface LeadingRun {
  readonly run: readonly Entry[];
  readonly expired: readonly Entry[];
  /** When time makes the run longer; infinity if all of the item's entries are in it. */
  readonly untilMs: number;
}

/** Random bytes that become a group's `life`. */
export const lifeBytes = 4;

const hashDigits = 10;
const pageDigits = 6;

/** The one partition that all groups of a queue share. Its keys are hashed, so it can be split. */
export function groupsPartition(queue: Queue): string {
  return lanePartition({ queueId: queue.id, epoch: queue.epoch, lane: 0 });
}

/** Where the item of a group stands. */
export function groupKey(queue: Queue, groupId: string): Key {
  return { pk: groupsPartition(queue), sk: groupSortKey(groupId) };
}

/** The sort key of a group's item. */
export function groupSortKey(groupId: string): string {
  return `${hash("sha1", groupId, "hex").slice(0, hashDigits)}${groupId}`;
}

/** The group id that a group's sort key ends with. */
export function groupIdOf({ sk }: Key): string {
  return sk.slice(hashDigits);
}

/** Which share of a queue's groups is likely to lie before that sort key; more than none. */
export function shareOfGroupsUpTo(sk: string): number {
  return (Number.parseInt(sk.slice(0, hashDigits), 16) + 1) / 16 ** hashDigits;
}

/** The partition of a group's overflow pages. */
export function pagesPartition({ key, life }: Pick<Group, "key" | "life">): string {
  return `${key.pk}/${key.sk}/${life}`;
}

/** Where an overflow page of a group stands. */
export function pageKey(group: Pick<Group, "key" | "life">, page: number): Key {
  return { pk: pagesPartition(group), sk: page.toString(36).padStart(pageDigits, "0") };
}

/** The number of an overflow page, from its sort key. */
export function pageNumberOf({ sk }: Key): number {
  return Number.parseInt(sk, 36);
}

/** The group that an item is. Throws on an item of any other kind: that is a bug. */
export function readGroup(item: Item): Group {
  const head = readHead(item);
  return { ...head, groupId: groupIdOf(head.key), entries: readEntries(item) };
}

/** What a group's item says besides its entries, without reading these. */
export function readHead(item: Item): GroupHead {
  const { i: life, t: lastSequence, n: nextEntry, f: firstPage, o: lastPage = 0 } = item;
  assert(typeof life === "string" && typeof lastPage === "number");
  assert(typeof lastSequence === "number" && typeof nextEntry === "number");
  assert(firstPage === undefined || typeof firstPage === "number");
  const key = { pk: item.pk, sk: item.sk };
  const { entryCount, bytes } = measureEntries(item);
  return {
    key,
    life,
    lastSequence,
    nextEntry,
    firstPage,
    lastPage,
    entryCount,
    bytes: itemBytes(key) + bytes,
  };
}

/** What a group's item takes beside its entries, key and names included. */
export function itemBytes({ pk, sk }: Key): number {
  const names = "pk".length + "sk".length + "i".length + 4 * "t".length + "x".length;
  const numbers = 10 + 4 + 4 + 4 + 6;
  return names + numbers + 2 * lifeBytes + pk.length + sk.length;
}

/** Whether nothing is left of a group but its item. */
export function isEmpty({ entryCount, firstPage }: GroupHead): boolean {
  return entryCount === 0 && firstPage === undefined;
}

/**
 * The entries that may be delivered: from the oldest on, up to the first that is in flight or delayed
 * (spec section 7.4). This one rule is the whole of FIFO order.
 */
export function leadingRun(
  { entries }: Pick<Group, "entries">,
  queue: Queue,
  nowMs: number,
): LeadingRun {
  const run: Entry[] = [];
  const expired: Entry[] = [];
  for (const entry of entries) {
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
