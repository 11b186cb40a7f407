import { type Page, queryLimitMax } from "#table/table.ts";

/**
 * One walk over all groups of a queue, from a key round to the same key, a page at a time:
 *
 * ```
 *        ┌────────────── start ──── first arc ────► end of ring ─┐
 *        └──────────────── ◄──── second arc ──── beginning ◄─────┘
 * ```
 */
export class RingWalk {
  readonly #start: string;
  #cursor: string;
  #limit: number;
  #hasWrapped: boolean;
  #isComplete = false;
  #read = 0;

  /** `limit` is how many groups the first page has; later ones have more. */
  constructor(start: string, limit: number) {
    this.#start = start;
    this.#cursor = start;
    this.#limit = limit;
    this.#hasWrapped = start === "";
  }

  /** Where whoever walks next should begin. */
  get cursor(): string {
    return this.#cursor;
  }

  /** Whether every group was read. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** How many groups were read. */
  get read(): number {
    return this.#read;
  }

  /** What to ask for next. */
  get nextArc(): { readonly from: string; readonly to: string; readonly limit: number } {
    const isFirstArc = !this.#hasWrapped || this.#start === "";
    return { from: this.#cursor, to: isFirstArc ? endOfRing : this.#start, limit: this.#limit };
  }

  /** Takes the page that `nextArc` was answered with. */
  pass({ items, more }: Page): void {
    this.#read += items.length;
    this.#limit = Math.min(this.#limit * limitGrowth, queryLimitMax);
    const last = items.at(-1);
    if (last !== undefined) this.#cursor = `${last.sk}\u0000`;
    if (more && last !== undefined) return;
    if (this.#hasWrapped) this.#isComplete = true;
    else this.#cursor = "";
    this.#hasWrapped = true;
  }
}

const limitGrowth = 4;
/** Behind every key: they begin with hexadecimal digits. */
const endOfRing = "g";
