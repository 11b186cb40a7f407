import type { Delete, Item, Patch } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { dropChunks } from "./dropChunks.ts";
import { hasExpired, packEntries, readEntries } from "./entry.ts";
import { type Group, pageKey, pageNumberOf, pagesPartition } from "./group.ts";
import { isSameLife } from "./groupGuards.ts";
import type { Step } from "./step.ts";

/** Where pages are small, so many are read at once, if so many messages are wanted. */
const pagesMax = 3;

/**
 * Moves the first overflow pages of a group into the group's item, in one step, without what has
 * outlived its retention period: one page, or as many as hold what is wanted. Losing to somebody who
 * does the same, or who appends to one of them, is fine: whoever looks next goes on from there.
 */
export async function refillGroup(
  context: EngineContext,
  queue: Queue,
  group: Group,
  wanted: number,
): Promise<Step> {
  const { table, groups, clock } = context;
  const { key, firstPage, lastPage } = group;
  if (firstPage === undefined) return { kind: "done", group };
  const { pages, nextPage } = await pagesToMove(context, group, firstPage, wanted);
  const entries = pages.flatMap(readEntries);
  const nowMs = clock.nowMs();
  const kept = entries.filter((entry) => !hasExpired(entry, queue, nowMs));
  const packed = packEntries(kept);
  const patch: Patch = {
    kind: "patch",
    key,
    set: { ...packed.attributes, ...(nextPage !== undefined && { f: nextPage }) },
    remove: nextPage === undefined ? ["f"] : [],
    when: [
      isSameLife(group),
      { attribute: "f", is: "equal", value: firstPage },
      { attribute: "o", is: "equal", value: lastPage },
    ],
  };
  groups.memory.forget(key);
  const { outcome } = await table.transact([patch, ...pages.map(removalOf)]);
  if (outcome === "conditionFailed") return { kind: "overtaken" };
  const expired = entries.filter((entry) => !kept.includes(entry));
  await dropChunks(context, expired);
  const all = [...group.entries, ...kept];
  const bytes = group.bytes + packed.bytes;
  const after = { entries: all, entryCount: all.length, bytes, firstPage: nextPage };
  return { kind: "done", group: { ...group, ...after } };
}

/** The pages to move, and which is the first one then. Pages that are missing have expired. */
async function pagesToMove(
  { table }: EngineContext,
  group: Group,
  firstPage: number,
  wanted: number,
): Promise<{ readonly pages: readonly Item[]; readonly nextPage: number | undefined }> {
  const most = table.traits.billedBytes === undefined ? 1 : Math.min(pagesMax, wanted);
  const { items } = await table.query({
    pk: pagesPartition(group),
    from: pageKey(group, firstPage).sk,
    to: pageKey(group, group.lastPage).sk,
    limit: most,
  });
  const pages: Item[] = [];
  let entryCount = 0;
  for (const item of items) {
    if (entryCount >= wanted) break;
    pages.push(item);
    entryCount += countOf(item);
  }
  const last = pages.at(-1);
  const next = last === undefined ? group.lastPage + 1 : pageNumberOf(last) + 1;
  return { pages, nextPage: next > group.lastPage ? undefined : next };
}

function removalOf(page: Item): Delete {
  const when = [{ attribute: "c", is: "equal", value: countOf(page) }] as const;
  return { kind: "delete", key: { pk: page.pk, sk: page.sk }, when };
}

function countOf({ c: count }: Item): number {
  return typeof count === "number" ? count : 0;
}
