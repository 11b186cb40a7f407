import type { Item, Query } from "#table/table.ts";

/** Runs are split beyond this: what an insert in the middle has to move. */
const runItemsMax = 128;

/** Characters on which strings and their UTF-8 bytes may disagree which comes first. */
const high = /[\ud800-\uffff]/;

/**
 * The items of one partition in the order of their sort keys, as runs of a few dozen in a row:
 *
 * ```
 *   runs   [ a b c ] [ d e f g ] [ h ]      first of all: search the runs by their last items
 * ```
 *
 * To append, and to read or drop what is near the start, costs nearly nothing; anything else costs
 * two binary searches and the move of half a run.
 */
export class SortedItems {
  readonly #runs: Item[][] = [];
  #hasHigh = false;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(sk: string): Item | undefined {
    const run = this.#runs[this.#runOf(sk)];
    if (run === undefined) return undefined;
    const item = run[this.#placeIn(run, sk)];
    return item?.sk === sk ? item : undefined;
  }

  /** Stores an item, over the one with its key if there is one. */
  set(item: Item): void {
    const { sk } = item;
    if (!this.#hasHigh && high.test(sk)) this.#hasHigh = true;
    const at = Math.min(this.#runOf(sk), this.#runs.length - 1);
    const run = this.#runs[at];
    if (run === undefined) {
      this.#runs.push([item]);
      this.#size += 1;
      return;
    }
    const place = this.#placeIn(run, sk);
    if (run[place]?.sk === sk) {
      run[place] = item;
      return;
    }
    this.#size += 1;
    const isLast = place === run.length;
    if (!isLast) run.splice(place, 0, item);
    else if (run.length < runItemsMax) run.push(item);
    // What only ever grows at its end leaves full runs behind.
    else this.#runs.splice(at + 1, 0, [item]);
    if (run.length > runItemsMax) this.#runs.splice(at + 1, 0, run.splice(runItemsMax / 2));
  }

  delete(sk: string): void {
    const at = this.#runOf(sk);
    const run = this.#runs[at];
    if (run === undefined) return;
    const place = this.#placeIn(run, sk);
    if (run[place]?.sk !== sk) return;
    this.#size -= 1;
    if (place === 0) run.shift();
    else run.splice(place, 1);
    if (run.length === 0) this.#runs.splice(at, 1);
  }

  /** The items of a range, as many as are asked for. */
  range({ from, to, limit, descending = false }: Omit<Query, "pk">): Item[] {
    return descending ? this.#down(from, to, limit) : this.#up(from, to, limit);
  }

  #up(from: string, to: string, limit: number): Item[] {
    const items: Item[] = [];
    let at = this.#runOf(from);
    let run = this.#runs[at];
    let place = run === undefined ? 0 : this.#placeIn(run, from);
    while (run !== undefined && items.length < limit) {
      const item = run[place];
      if (item === undefined) {
        at += 1;
        place = 0;
        run = this.#runs[at];
        continue;
      }
      if (this.#isBefore(to, item.sk)) break;
      items.push(item);
      place += 1;
    }
    return items;
  }

  #down(from: string, to: string, limit: number): Item[] {
    const items: Item[] = [];
    let at = Math.min(this.#runOf(to), this.#runs.length - 1);
    let run = this.#runs[at];
    let place = run === undefined ? -1 : this.#placeIn(run, to);
    while (run !== undefined && items.length < limit) {
      const item = run[place];
      if (place < 0) {
        at -= 1;
        run = this.#runs[at];
        place = (run?.length ?? 0) - 1;
        continue;
      }
      // The search may have ended behind the last item that is still in the range.
      const isIn = item !== undefined && !this.#isBefore(to, item.sk);
      if (isIn && this.#isBefore(item.sk, from)) break;
      if (isIn) items.push(item);
      place -= 1;
    }
    return items;
  }

  /** The first run that ends at this key or behind it; one past the last if there is none. */
  #runOf(sk: string): number {
    let low = 0;
    let end = this.#runs.length;
    while (low < end) {
      const middle = (low + end) >> 1;
      const last = this.#runs[middle]?.at(-1);
      if (last !== undefined && this.#isBefore(last.sk, sk)) low = middle + 1;
      else end = middle;
    }
    return low;
  }

  /** The place of the first item of a run with this key or a later one. */
  #placeIn(run: readonly Item[], sk: string): number {
    let low = 0;
    let end = run.length;
    while (low < end) {
      const middle = (low + end) >> 1;
      const item = run[middle];
      if (item !== undefined && this.#isBefore(item.sk, sk)) low = middle + 1;
      else end = middle;
    }
    return low;
  }

  #isBefore(left: string, right: string): boolean {
    if (!this.#hasHigh) return left < right;
    return Buffer.compare(Buffer.from(left), Buffer.from(right)) < 0;
  }
}
