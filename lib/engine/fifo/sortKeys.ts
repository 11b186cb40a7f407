import { groupSortKey } from "./group.ts";

const groupsMax = 10_000;

/** The sort keys of groups that were sent to of late: a digest takes longer than to find it here. */
export class SortKeys {
  readonly #sortKeys = new Map<string, string>();

  of(groupId: string): string {
    const known = this.#sortKeys.get(groupId);
    if (known !== undefined) return known;
    if (this.#sortKeys.size >= groupsMax) this.#sortKeys.clear();
    const sk = groupSortKey(groupId);
    this.#sortKeys.set(groupId, sk);
    return sk;
  }
}
