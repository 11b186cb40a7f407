/** What keeps the order in which things were put into it: a map or a set. */
interface Kept<Key> {
  readonly size: number;
  keys(): Iterator<Key>;
  delete(key: Key): boolean;
}

/** Lets go of the one that was put in first, if there are more than `most` by now. */
export function dropOldest<Key>(kept: Kept<Key>, most: number): void {
  const oldest = kept.size > most ? kept.keys().next() : undefined;
  if (oldest?.done === false) kept.delete(oldest.value);
}
