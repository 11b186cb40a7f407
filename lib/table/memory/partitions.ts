import type { Item, Key, Query } from "#table/table.ts";
import { SortedItems } from "./sortedItems.ts";

/**
 * The items of a table by their partition. Very many partitions have one item and never get another,
 * so that one is kept by itself, at a fraction of the space.
 */
export class Partitions {
  readonly #items = new Map<string, Item | SortedItems>();

  get({ pk, sk }: Key): Item | undefined {
    const found = this.#items.get(pk);
    if (found instanceof SortedItems) return found.get(sk);
    return found?.sk === sk ? found : undefined;
  }

  /** Stores an item, over the one with its key if there is one. */
  set(item: Item): void {
    const found = this.#items.get(item.pk);
    if (found instanceof SortedItems) found.set(item);
    else if (found === undefined || found.sk === item.sk) this.#items.set(item.pk, item);
    else this.#items.set(item.pk, sorted(found, item));
  }

  delete({ pk, sk }: Key): void {
    const found = this.#items.get(pk);
    if (found instanceof SortedItems) {
      found.delete(sk);
      if (found.size === 0) this.#items.delete(pk);
    } else if (found?.sk === sk) this.#items.delete(pk);
  }

  /** The items of a range of one partition, as many as are asked for. */
  range(query: Query): readonly Item[] {
    const found = this.#items.get(query.pk);
    if (found === undefined) return [];
    return (found instanceof SortedItems ? found : sorted(found)).range(query);
  }

  clear(): void {
    this.#items.clear();
  }

  /** Every item, in pages that may span small partitions; whatever is added meanwhile may be missed. */
  *pagesOf(pageItems: number): Generator<readonly Item[]> {
    let page: Item[] = [];
    for (const found of this.#items.values()) {
      for (const some of found instanceof SortedItems ? rangesOf(found, pageItems) : [[found]]) {
        page.push(...some);
        if (page.length < pageItems) continue;
        yield page;
        page = [];
      }
    }
    if (page.length > 0) yield page;
  }
}

const lastKey = "\u{10ffff}";

function sorted(...items: readonly Item[]): SortedItems {
  const partition = new SortedItems();
  for (const item of items) partition.set(item);
  return partition;
}

/** All items of a partition, so many at a time. */
function* rangesOf(items: SortedItems, limit: number): Generator<readonly Item[]> {
  let from = "";
  for (;;) {
    const some = items.range({ from, to: lastKey, limit });
    yield some;
    const last = some.at(-1);
    if (some.length < limit || last === undefined) return;
    from = `${last.sk}\u0000`;
  }
}
