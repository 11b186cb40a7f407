import type { Key } from "#table/table.ts";
import type { Group } from "./group.ts";

/** Groups remembered for sending; the one used longest ago is forgotten first. */
const groupsMax = 20_000;

/** What a send has to know of a group: enough to guard its write, and to see whether there is room. */
export interface GroupTail {
  readonly lastSequence: number;
  readonly nextEntry: number;
  readonly entryCount: number;
  readonly bytes: number;
  readonly pages: Group["pages"];
  /** The last overflow page, as far as it is known. */
  readonly page: PageTail | undefined;
}

export interface PageTail {
  readonly number: number;
  readonly entryCount: number;
  readonly bytes: number;
}

/**
 * The groups that this process sent to lately, as it left them. Only a guess: every send is guarded,
 * and a wrong guess costs a second try.
 */
export class GroupMemory {
  readonly #tails = new Map<string, GroupTail>();

  get(key: Key): GroupTail | undefined {
    return this.#tails.get(nameOf(key));
  }

  set(key: Key, tail: GroupTail): void {
    const name = nameOf(key);
    this.#tails.delete(name);
    this.#tails.set(name, tail);
    const oldest = this.#tails.size > groupsMax ? this.#tails.keys().next() : undefined;
    if (oldest?.value !== undefined) this.#tails.delete(oldest.value);
  }

  forget(key: Key): void {
    this.#tails.delete(nameOf(key));
  }
}

function nameOf({ pk, sk }: Key): string {
  return `${pk} ${sk}`;
}
