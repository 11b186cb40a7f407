import type { Table } from "#table/table.ts";
import { dropOldest } from "./dropOldest.ts";
import type { MessageContent } from "./messageContent.ts";
import type { ContentsPlace, Segment } from "./segment.ts";
import { readApart, readContents } from "./segmentContents.ts";

/**
 * So many segments' contents at most: those who share a segment are small enough that this is some
 * megabytes (`sendMessages.ts`).
 */
const keptMax = 64;

/** `undefined` when they are missing: they have expired. */
export type ContentsRead = Promise<readonly MessageContent[] | undefined>;

/**
 * Contents that lie outside of their segments, of which somebody has taken a part: what is left of
 * them need not be read and decoded again for each message. Contents never change, so nothing here is
 * ever out of date.
 */
export class RecentContents {
  readonly #table: Table;
  /** By where they are; the one asked for longest ago first. */
  readonly #reads = new Map<string, ContentsRead>();

  constructor(table: Table) {
    this.#table = table;
  }

  /** As `readContents`. `isLast` says that nobody will ask for these again. */
  async read(
    { contents: place }: Segment,
    { account, isLast }: { readonly account: string; readonly isLast: boolean },
  ): ContentsRead {
    if (place.kind === "inline") return await readContents(this.#table, place, account);
    const name = `${account} ${nameOf(place)}`;
    const read = this.#reads.get(name) ?? readApart(this.#table, place, account);
    this.#reads.delete(name);
    if (!isLast) this.#keep(name, read);
    return await read;
  }

  #keep(name: string, read: ContentsRead): void {
    this.#reads.set(name, read);
    dropOldest(this.#reads, keptMax);
    const forget = () => {
      if (this.#reads.get(name) === read) this.#reads.delete(name);
    };
    read.then((found) => found === undefined && forget(), forget);
  }
}

function nameOf(place: Exclude<ContentsPlace, { kind: "inline" }>): string {
  return place.kind === "blob" ? `${place.pk}/${place.digest}` : place.pk;
}
