import type { Item, Key, Table } from "#table/table.ts";
import { measureEntries } from "./entry.ts";
import { type GroupHead, pageKey, readHead } from "./group.ts";

/** What a send has to know of a group: enough to guard its write, and to see where there is room. */
export interface GroupTail extends GroupHead {
  /** The last overflow page, if there is one. */
  readonly page: PageTail | undefined;
}

export interface PageTail {
  readonly entryCount: number;
  readonly bytes: number;
}

/** A group's tail as the table has it now; `undefined` if there is no such group. */
export async function currentTail(table: Table, key: Key): Promise<GroupTail | undefined> {
  return await tailOf(table, await table.get(key));
}

/** The tail of a group whose item was just read, and of its last page, which is read for it. */
export async function tailOf(table: Table, item: Item | undefined): Promise<GroupTail | undefined> {
  if (item === undefined) return undefined;
  const head = readHead(item);
  if (head.firstPage === undefined) return { ...head, page: undefined };
  const page = await table.get(pageKey(head, head.lastPage));
  return { ...head, page: page === undefined ? undefined : measureEntries(page) };
}
