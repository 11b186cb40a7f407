import type { Insert, Key, Patch, Table, Value, Write } from "#table/table.ts";
import { type Entry, entryAttributes, entryBytes, pageKey } from "./group.ts";
import type { GroupTail, PageTail } from "./groupMemory.ts";

/** How much a group's item and an overflow page may hold before the next page begins. */
interface Room {
  readonly entries: number;
  readonly groupBytes: number;
  readonly pageBytes: number;
}

/** Where every write is billed by the whole item, items stay small. */
const billedRoom: Room = { entries: 40, groupBytes: 4 * 1024, pageBytes: 1024 };
const unbilledRoom: Room = { entries: 40, groupBytes: 64 * 1024, pageBytes: 32 * 1024 };
/** Room for the key, the counters and the expiry. */
const groupOverheadBytes = 64;

/** The writes that append entries to a group, and what the group's tail is once they are done. */
export interface Append {
  readonly writes: readonly Write[];
  readonly tail: GroupTail;
}

export interface Appended {
  readonly key: Key;
  /** As the group is now; `undefined` if there is none, which makes one. */
  readonly tail: GroupTail | undefined;
  /** New ones, in order, with numbers that go on from the tail. */
  readonly entries: readonly Entry[];
  readonly lastSequence: number;
  readonly expiresAtSeconds: number;
}

export function appendToGroup(table: Table, append: Appended): Append {
  const { tail } = append;
  if (tail === undefined) return newGroup(append);
  const room = table.traits.billedBytes === undefined ? unbilledRoom : billedRoom;
  const isFull = tail.entryCount >= room.entries || tail.bytes >= room.groupBytes;
  return tail.pages === undefined && !isFull
    ? appendToItem(append, tail)
    : appendToPage(append, tail, room);
}

/** Whether an append would go to overflow pages, so that the tail had better be known exactly. */
export function isOverflowing(table: Table, tail: GroupTail): boolean {
  const room = table.traits.billedBytes === undefined ? unbilledRoom : billedRoom;
  return tail.entryCount >= room.entries || tail.bytes >= room.groupBytes;
}

function newGroup({ key, entries, lastSequence, expiresAtSeconds }: Appended): Append {
  const head = { t: lastSequence, n: entries.length, x: expiresAtSeconds };
  const insert: Insert = { kind: "insert", item: { ...attributesOf(entries), ...head, ...key } };
  return {
    writes: [insert],
    tail: {
      lastSequence,
      nextEntry: entries.length,
      entryCount: entries.length,
      bytes: groupOverheadBytes + key.pk.length + key.sk.length + bytesOf(entries),
      pages: undefined,
      page: undefined,
    },
  };
}

function appendToItem({ key, entries, ...append }: Appended, tail: GroupTail): Append {
  const { lastSequence, expiresAtSeconds } = append;
  const nextEntry = tail.nextEntry + entries.length;
  const set = { ...attributesOf(entries), t: lastSequence, n: nextEntry, x: expiresAtSeconds };
  return {
    writes: [{ kind: "patch", key, set, when: unchanged(tail) }],
    tail: {
      ...tail,
      lastSequence,
      nextEntry,
      entryCount: tail.entryCount + entries.length,
      bytes: tail.bytes + bytesOf(entries),
    },
  };
}

function appendToPage({ key, entries, ...append }: Appended, tail: GroupTail, room: Room): Append {
  const { lastSequence, expiresAtSeconds } = append;
  const nextEntry = tail.nextEntry + entries.length;
  const last = tail.pages?.last ?? 0;
  const open = tail.page?.number === last && hasRoom(tail.page, room) ? tail.page : undefined;
  const page = open ?? { number: last + 1, entryCount: 0, bytes: 0 };
  const pages = { first: tail.pages?.first ?? page.number, last: page.number };
  const head = {
    t: lastSequence,
    n: nextEntry,
    x: expiresAtSeconds,
    f: pages.first,
    o: pages.last,
  };
  const count = page.entryCount + entries.length;
  const attributes = { ...attributesOf(entries), c: count, x: expiresAtSeconds };
  const address = pageKey({ key }, page.number);
  const write: Insert | Patch =
    open === undefined
      ? { kind: "insert", item: { ...attributes, ...address } }
      : {
          kind: "patch",
          key: address,
          set: attributes,
          when: [{ attribute: "c", is: "equal", value: open.entryCount }],
        };
  return {
    writes: [{ kind: "patch", key, set: head, when: unchanged(tail) }, write],
    tail: {
      ...tail,
      lastSequence,
      nextEntry,
      pages,
      page: { number: page.number, entryCount: count, bytes: page.bytes + bytesOf(entries) },
    },
  };
}

function hasRoom({ entryCount, bytes }: PageTail, room: Room): boolean {
  return entryCount < room.entries && bytes < room.pageBytes;
}

/** Every send moves `t` and `n` on, and every refill `f`: so nobody did either in between. */
function unchanged({ lastSequence, nextEntry, pages }: GroupTail): Patch["when"] {
  return [
    { attribute: "t", is: "equal", value: lastSequence },
    { attribute: "n", is: "equal", value: nextEntry },
    pages === undefined
      ? { attribute: "f", is: "absent" }
      : { attribute: "f", is: "equal", value: pages.first },
  ];
}

function attributesOf(entries: readonly Entry[]): Record<string, Value> {
  return Object.assign({}, ...entries.map(entryAttributes));
}

export function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
}
