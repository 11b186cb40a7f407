import type { Delete, Patch, Value } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import { entryAttributes, type Group, pageKey, readEntries } from "./group.ts";

/**
 * Moves the first overflow page of a group into the group's item, in one step. Losing to somebody who
 * does the same, or who appends to that page, is fine: whoever looks next goes on from there.
 */
export async function refillGroup(
  { table, groups }: EngineContext,
  { key, pages }: Group,
): Promise<void> {
  if (pages === undefined) return;
  const address = pageKey({ key }, pages.first);
  const page = await table.get(address);
  const isLast = pages.first === pages.last;
  const entries = page === undefined ? [] : readEntries(page);
  const attributes: Record<string, Value> = Object.assign({}, ...entries.map(entryAttributes));
  const patch: Patch = {
    kind: "patch",
    key,
    set: isLast ? attributes : { ...attributes, f: pages.first + 1 },
    remove: isLast ? ["f", "o"] : [],
    when: [
      { attribute: "f", is: "equal", value: pages.first },
      { attribute: "o", is: "equal", value: pages.last },
    ],
  };
  groups.memory.forget(key);
  if (page === undefined) {
    // Expired with all it held.
    await table.write(patch);
    return;
  }
  const when = [{ attribute: "c", is: "equal", value: page["c"] ?? 0 }] as const;
  const removal: Delete = { kind: "delete", key: address, when };
  await table.transact([patch, removal]);
}
