import { type Item, ttlAttribute } from "#table/table.ts";
import type { SortedItems } from "./sortedItems.ts";

const pauseMs = 1000;
/** Looking at so many items takes a fraction of a millisecond. */
const pageItems = 500;
const pagesPerSecondMin = 4;
/** A page each second comes by everywhere within five minutes of these. */
const roundSeconds = 300;
const lastKey = "\u{10ffff}";

/**
 * Drops expired items, a little at a time:
 *
 * ```
 *   each second ──► a page of items, and the next in the next turn of the event loop, ──► rest
 *                   as many as come by everywhere in five minutes
 * ```
 *
 * Nothing waits for it: readers look at the time themselves. Answers how to stop it.
 */
export function forgetExpired(
  partitions: Map<string, SortedItems>,
  clock: { nowMs(): number },
): () => void {
  let next: NodeJS.Immediate | undefined;
  let pages = pagesOf(partitions);
  let pagesInRound = 0;
  let pagesPerSecond = pagesPerSecondMin;

  function step(pagesLeft: number): void {
    next = undefined;
    const { done, value: page } = pages.next();
    if (done === true) {
      pages = pagesOf(partitions);
      pagesPerSecond = Math.max(pagesPerSecondMin, Math.ceil(pagesInRound / roundSeconds));
      pagesInRound = 0;
      return;
    }
    pagesInRound += 1;
    dropExpired(page, clock.nowMs() / 1000);
    if (pagesLeft > 1) next = setImmediate(step, pagesLeft - 1);
  }

  function dropExpired(page: readonly Item[], nowSeconds: number): void {
    for (const item of page) {
      const expires = item[ttlAttribute];
      if (typeof expires !== "number" || expires > nowSeconds) continue;
      const partition = partitions.get(item.pk);
      partition?.delete(item.sk);
      if (partition?.size === 0) partitions.delete(item.pk);
    }
  }

  const timer = setInterval(() => {
    if (next === undefined) step(pagesPerSecond);
  }, pauseMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    clearImmediate(next);
  };
}

/** Every item, in pages that may span small partitions; whatever is added meanwhile may be missed. */
function* pagesOf(partitions: ReadonlyMap<string, SortedItems>): Generator<readonly Item[]> {
  let page: Item[] = [];
  for (const items of partitions.values()) {
    let from = "";
    for (;;) {
      const some = items.range({ from, to: lastKey, limit: pageItems });
      page.push(...some);
      if (page.length >= pageItems) {
        yield page;
        page = [];
      }
      const last = some.at(-1);
      if (some.length < pageItems || last === undefined) break;
      from = `${last.sk}\u0000`;
    }
  }
  if (page.length > 0) yield page;
}
