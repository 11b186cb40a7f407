import { holds } from "./conditions.ts";
import type { Item, Patch, TransactFailure, Value, Write } from "./table.ts";

/** Whether a write may happen to what stands under its key: for adapters that decide it themselves. */
export function mayHappen(write: Write, current: Item | undefined): boolean {
  switch (write.kind) {
    case "insert":
      return current === undefined;
    case "put":
      return true;
    case "patch":
    case "delete":
      return current !== undefined && holds(write.when, current);
  }
}

/** What a write that did not happen, or did, has to say in the answer to a transaction. */
export function failureOf(write: Write, current: Item | undefined): TransactFailure {
  return mayHappen(write, current) ? { failed: false } : { failed: true, current };
}

/** An item after a patch that happened to it. */
export function patched(item: Item, { set, remove = [] }: Patch): Item {
  if (remove.length === 0) return { ...item, ...set };
  const { pk, sk } = item;
  const kept: { pk: string; sk: string; [attribute: string]: Value } = { pk, sk };
  for (const name of Object.keys(item)) {
    const value = item[name];
    if (value !== undefined && !remove.includes(name)) kept[name] = value;
  }
  return Object.assign(kept, set);
}
