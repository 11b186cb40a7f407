import { type Item, ttlAttribute } from "#table/table.ts";
import type { Partitions } from "./partitions.ts";

const pauseMs = 1000;
/** Looking at so many items takes a fraction of a millisecond. */
const pageItems = 500;
const pagesPerSecondMin = 4;
/** A page each second comes by everywhere within five minutes of these. */
const roundSeconds = 300;

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
export function forgetExpired(partitions: Partitions, clock: { nowMs(): number }): () => void {
  let next: NodeJS.Immediate | undefined;
  let pages = partitions.pagesOf(pageItems);
  let pagesInRound = 0;
  let pagesPerSecond = pagesPerSecondMin;

  function step(pagesLeft: number): void {
    next = undefined;
    const { done, value: page } = pages.next();
    if (done === true) {
      pages = partitions.pagesOf(pageItems);
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
      partitions.delete(item);
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
