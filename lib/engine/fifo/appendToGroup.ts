import type { Insert, Key, Patch, TableTraits, Write } from "#table/table.ts";
import { type Entry, type PackedEntries, packEntries } from "./entry.ts";
import { itemBytes, pageKey } from "./group.ts";
import { tailIs } from "./groupGuards.ts";
import type { GroupTail, PageTail } from "./groupTail.ts";

/** How much a group's item and an overflow page may hold before the next page begins. */
interface Room {
  readonly entries: number;
  readonly bytes: number;
  /** A whole batch may go to an item that is short all the same, up to here. */
  readonly batchBytes: number;
  readonly pageEntries: number;
  readonly pageBytes: number;
}

/**
 * Every send, receive and delete writes the group's item, so it is kept small: to one step of the bill
 * where writes are billed by size, else to what one receive takes at most. Of pages, only the last is
 * written, and only by sends.
 */
const billedRoom: Room = {
  entries: 12,
  bytes: 1024,
  batchBytes: 4 * 1024,
  pageEntries: 12,
  pageBytes: 1024,
};
const unbilledRoom: Room = {
  entries: 10,
  bytes: 16 * 1024,
  batchBytes: 64 * 1024,
  pageEntries: 10,
  pageBytes: 32 * 1024,
};
/** An item with so few entries takes a batch, rather than have the next receive move a page in. */
const fewEntries = 3;

/** The writes that append entries to a group, and what the group's tail is once they are done. */
export interface Append {
  readonly writes: readonly Write[];
  readonly tail: GroupTail;
}

export interface Appended {
  readonly key: Key;
  /** As the group is now; `undefined` if there is none, which makes one. */
  readonly tail: GroupTail | undefined;
  /** What the group's life is called, should one begin. */
  readonly newLife: string;
  /** New ones, in order, with numbers that go on from the tail. */
  readonly entries: readonly Entry[];
  readonly lastSequence: number;
  readonly expiresAtSeconds: number;
}

/**
 * Appends entries to a group that is as its tail says, and to no other: the writes, all of which must
 * be made or none, are guarded by all that a send, a refill or a new life would have changed. The
 * first write is that of the group's item.
 */
export function appendToGroup(traits: TableTraits, append: Appended): Append {
  const { tail } = append;
  const packed = packEntries(append.entries);
  if (tail === undefined) return newGroup(append, packed);
  const room = roomOf(traits);
  return fitsIntoItem(tail, packed, room)
    ? appendToItem(append, tail, packed)
    : appendToPage(append, tail, packed, room);
}

/** Whether entries go into the group's item, and not to a page. */
function fitsIntoItem(tail: GroupTail, { entryCount, bytes }: PackedEntries, room: Room): boolean {
  if (tail.firstPage !== undefined) return false;
  const after = tail.bytes + bytes;
  const takesBatch = entryCount > 1 && tail.entryCount <= fewEntries && after <= room.batchBytes;
  return takesBatch || (tail.entryCount + entryCount <= room.entries && after <= room.bytes);
}

function roomOf({ billedBytes }: TableTraits): Room {
  return billedBytes === undefined ? unbilledRoom : billedRoom;
}

function newGroup(append: Appended, { attributes, entryCount, bytes }: PackedEntries): Append {
  const { key, newLife, lastSequence, expiresAtSeconds } = append;
  const head = { i: newLife, t: lastSequence, n: entryCount, x: expiresAtSeconds };
  const insert: Insert = { kind: "insert", item: { ...attributes, ...head, ...key } };
  return {
    writes: [insert],
    tail: {
      key,
      life: newLife,
      lastSequence,
      nextEntry: entryCount,
      firstPage: undefined,
      lastPage: 0,
      entryCount,
      bytes: itemBytes(key) + bytes,
      page: undefined,
    },
  };
}

function appendToItem(
  { key, lastSequence, expiresAtSeconds }: Appended,
  tail: GroupTail,
  { attributes, entryCount, bytes }: PackedEntries,
): Append {
  const nextEntry = tail.nextEntry + entryCount;
  const set = { ...attributes, t: lastSequence, n: nextEntry, x: expiresAtSeconds };
  return {
    writes: [{ kind: "patch", key, set, when: tailIs(tail) }],
    tail: {
      ...tail,
      lastSequence,
      nextEntry,
      entryCount: tail.entryCount + entryCount,
      bytes: tail.bytes + bytes,
    },
  };
}

function appendToPage(
  { key, lastSequence, expiresAtSeconds }: Appended,
  tail: GroupTail,
  packed: PackedEntries,
  room: Room,
): Append {
  const nextEntry = tail.nextEntry + packed.entryCount;
  const last = tail.firstPage === undefined ? undefined : tail.page;
  const open = hasRoom(last, packed, room) ? last : undefined;
  const lastPage = open === undefined ? tail.lastPage + 1 : tail.lastPage;
  const firstPage = tail.firstPage ?? lastPage;
  const head = { t: lastSequence, n: nextEntry, x: expiresAtSeconds, f: firstPage, o: lastPage };
  const page: PageTail = {
    entryCount: (open?.entryCount ?? 0) + packed.entryCount,
    bytes: (open?.bytes ?? 0) + packed.bytes,
  };
  const attributes = { ...packed.attributes, c: page.entryCount, x: expiresAtSeconds };
  const address = pageKey({ key, life: tail.life }, lastPage);
  const write: Insert | Patch =
    open === undefined
      ? { kind: "insert", item: { ...attributes, ...address } }
      : { kind: "patch", key: address, set: attributes, when: countIs(open) };
  return {
    writes: [{ kind: "patch", key, set: head, when: tailIs(tail) }, write],
    tail: { ...tail, lastSequence, nextEntry, firstPage, lastPage, page },
  };
}

function hasRoom(page: PageTail | undefined, more: PageTail, room: Room): page is PageTail {
  return (
    page !== undefined &&
    page.entryCount + more.entryCount <= room.pageEntries &&
    page.bytes + more.bytes <= room.pageBytes
  );
}

function countIs({ entryCount }: PageTail): Patch["when"] {
  return [{ attribute: "c", is: "equal", value: entryCount }];
}
