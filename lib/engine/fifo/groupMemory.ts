import type { Key } from "#table/table.ts";
import { dropOldest } from "../dropOldest.ts";
import type { GroupHead } from "./group.ts";
import type { GroupTail } from "./groupTail.ts";

/** Groups remembered for sending; the one used longest ago is forgotten first. */
const groupsMax = 20_000;

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
    dropOldest(this.#tails, groupsMax);
  }

  /** A group as it was seen after a receive or a delete, which leave its last page as it is. */
  refresh(head: GroupHead): void {
    const { key, life, firstPage, lastPage } = head;
    const known = this.get(key);
    if (firstPage === undefined) this.set(key, { ...head, page: undefined });
    else if (known?.life === life && known.lastPage === lastPage && known.page !== undefined) {
      this.set(key, { ...head, page: known.page });
    } else this.forget(key);
  }

  forget(key: Key): void {
    this.#tails.delete(nameOf(key));
  }
}

function nameOf({ pk, sk }: Key): string {
  return `${pk} ${sk}`;
}
