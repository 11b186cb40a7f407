import type { Key } from "#table/table.ts";

/** What a memory of rows must know of one: how much it holds, roughly. */
interface Weighed {
  readonly weightBytes: number;
}

/** Half of what is remembered, by weight; in memory it may be two or three times that. */
const generationBytesMax = 4 * 1024 * 1024;
/**
 * A small row takes this much at least: objects, and a share of the 8 KB that Node gave its bytes
 * together with others.
 */
const rowBytesMin = 1024;

type Partitions<Row> = Map<string, Map<string, Row>>;

/**
 * The rows that were read or written last, by their keys, so that what a message's life needs again
 * and again is decoded once. Bounded by weight, in two generations:
 *
 * ```
 *   set ──► young ──(4 MB)──► old ──(young is full again)──► forgotten
 *             ▲                │
 *             └─── found ──────┘
 * ```
 *
 * Whoever owns it says `delete` and `clear` whenever the file says something else than what was set.
 */
export class RecentRows<Row extends Weighed> {
  #young: Partitions<Row> = new Map();
  #old: Partitions<Row> = new Map();
  #youngBytes = 0;

  get({ pk, sk }: Key): Row | undefined {
    const young = this.#young.get(pk)?.get(sk);
    if (young !== undefined) return young;
    const old = this.#old.get(pk)?.get(sk);
    if (old !== undefined) this.set({ pk, sk }, old);
    return old;
  }

  /** Whether any row of a partition may be known. */
  knows(pk: string): boolean {
    return this.#young.has(pk) || this.#old.has(pk);
  }

  set({ pk, sk }: Key, row: Row): void {
    let partition = this.#young.get(pk);
    if (partition === undefined) {
      partition = new Map();
      this.#young.set(pk, partition);
    }
    this.#youngBytes += weightOf(row) - weightOf(partition.get(sk));
    partition.set(sk, row);
    if (this.#youngBytes > generationBytesMax) this.#age();
  }

  delete({ pk, sk }: Key): void {
    this.#youngBytes -= weightOf(this.#young.get(pk)?.get(sk));
    forget(this.#young, pk, sk);
    forget(this.#old, pk, sk);
  }

  clear(): void {
    this.#age();
    this.#age();
  }

  #age(): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}

function weightOf(row: Weighed | undefined): number {
  return row === undefined ? 0 : rowBytesMin + row.weightBytes;
}

function forget(partitions: Partitions<unknown>, pk: string, sk: string): void {
  const partition = partitions.get(pk);
  if (partition === undefined) return;
  partition.delete(sk);
  if (partition.size === 0) partitions.delete(pk);
}
