import { type Delete, type Table, writeManyMax } from "#table/table.ts";
import type { Segment } from "./segment.ts";
import { dropChunks } from "./segmentContents.ts";
import { slotIs } from "./slotEdits.ts";

/**
 * Drops, of these segments, those with no message left, which a crash between two deletes leaves. A
 * segment may be among them twice, read in two ways.
 */
export async function removeEmptySegments(
  table: Table,
  segments: readonly Segment[],
): Promise<void> {
  const allEmpty = segments.filter(({ slots }) => slots.every(({ kind }) => kind === "gone"));
  const byKey = new Map(
    allEmpty.map((segment) => [`${segment.key.pk} ${segment.key.sk}`, segment]),
  );
  const empty = [...byKey.values()].slice(0, writeManyMax);
  if (empty.length === 0) return;
  const results = await table.writeMany(
    empty.map(
      ({ key, slots }): Delete => ({
        kind: "delete",
        key,
        when: slots.map((slot, index) => slotIs(index, slot)),
      }),
    ),
  );
  const deleted = empty.filter((_, index) => results[index]?.outcome === "written");
  await dropChunks(
    table,
    deleted.map(({ contents }) => contents),
  );
}
