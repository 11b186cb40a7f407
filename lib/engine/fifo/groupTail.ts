import type { Item, Key, Table } from "#table/table.ts";
import { entriesBytes, readEntries } from "./entry.ts";
import { type Group, pageKey, readGroup } from "./group.ts";

/** What a send has to know of a group: enough to guard its write, and to see where there is room. */
export interface GroupTail {
  readonly life: string;
  readonly lastSequence: number;
  readonly nextEntry: number;
  readonly firstPage: number | undefined;
  readonly lastPage: number;
  /** Of the group's item alone. */
  readonly entryCount: number;
  readonly bytes: number;
  /** The last overflow page, if there is one. */
  readonly page: PageTail | undefined;
}

export interface PageTail {
  readonly entryCount: number;
  readonly bytes: number;
}

/** What the group's item takes beside its entries, key and names included. */
export function itemBytes({ pk, sk }: Key): number {
  const names = "pk".length + "sk".length + "i".length + 4 * "t".length + "x".length;
  const numbers = 10 + 4 + 4 + 4 + 6;
  return names + numbers + 2 * 4 + pk.length + sk.length;
}

/** A group's tail as the table has it now; `undefined` if there is no such group. */
export async function currentTail(table: Table, key: Key): Promise<GroupTail | undefined> {
  return await tailOf(table, await table.get(key));
}

/** The tail of a group whose item was just read, and of its last page, which is read for it. */
export async function tailOf(table: Table, item: Item | undefined): Promise<GroupTail | undefined> {
  if (item === undefined) return undefined;
  const group = readGroup(item);
  if (group.firstPage === undefined) return tailOfGroup(group, undefined);
  const page = await table.get(pageKey(group, group.lastPage));
  if (page === undefined) return tailOfGroup(group, undefined);
  const entries = readEntries(page);
  return tailOfGroup(group, { entryCount: entries.length, bytes: entriesBytes(entries) });
}

/** The tail of a group, given what is known of its last page. */
export function tailOfGroup(group: Group, page: PageTail | undefined): GroupTail {
  const { life, lastSequence, nextEntry, firstPage, lastPage, entries, key } = group;
  return {
    life,
    lastSequence,
    nextEntry,
    firstPage,
    lastPage,
    entryCount: entries.length,
    bytes: itemBytes(key) + entriesBytes(entries),
    page,
  };
}
