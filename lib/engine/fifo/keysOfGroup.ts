import type { Item, Key, Table } from "#table/table.ts";
import { chunkKeys } from "../segmentContents.ts";
import { itemsOf } from "./countGroups.ts";
import { readEntries } from "./entry.ts";
import { pagesPartition, readGroup } from "./group.ts";

/** All that is stored of a group, its own item last, so that what was interrupted is found again. */
export async function keysOfGroup(table: Table, item: Item): Promise<readonly Key[]> {
  const group = readGroup(item);
  const keys = chunksOf(item);
  if (group.firstPage !== undefined) {
    for await (const page of itemsOf(table, pagesPartition(group))) {
      keys.push(...chunksOf(page), { pk: page.pk, sk: page.sk });
    }
  }
  return [...keys, group.key];
}

function chunksOf(item: Item): Key[] {
  return readEntries(item).flatMap(({ contents }) =>
    contents.kind === "chunks" ? chunkKeys(contents) : [],
  );
}
