import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Partitions } from "#table/memory/partitions.ts";
import type { Item, Key } from "#table/table.ts";

const key = fc.record({ pk: fc.constantFrom("p", "q"), sk: fc.constantFrom("a", "b", "c", "d") });
const steps = fc.array(fc.record({ kind: fc.constantFrom("set", "delete"), key }));

function nameOf({ pk, sk }: Key): string {
  return `${pk}/${sk}`;
}

/** The items that a step leaves, one by one in a map and in partitions. */
function play(played: readonly { readonly kind: string; readonly key: Key }[]) {
  const model = new Map<string, Item>();
  const partitions = new Partitions();
  for (const [index, step] of played.entries()) {
    if (step.kind === "set") {
      const item = { ...step.key, n: index };
      model.set(nameOf(item), item);
      partitions.set(item);
    } else {
      model.delete(nameOf(step.key));
      partitions.delete(step.key);
    }
  }
  return { model, partitions };
}

describe("partitions", () => {
  it("have what was stored last under a key and not deleted, be it alone or one of several", () => {
    fc.assert(
      fc.property(steps, key, (played, wanted) => {
        const { model, partitions } = play(played);

        expect(partitions.get(wanted)).toEqual(model.get(nameOf(wanted)));
      }),
    );
  });

  it("answer a range of one partition in order", () => {
    fc.assert(
      fc.property(steps, key, fc.boolean(), (played, { pk, sk: from }, descending) => {
        const { model, partitions } = play(played);
        const range = { pk, from, to: "c", limit: 2, descending };

        const inRange = [...model.values()]
          .filter((item) => item.pk === pk && from <= item.sk && item.sk <= "c")
          .sort((left, right) => (left.sk < right.sk === descending ? 1 : -1));

        expect(partitions.range(range)).toEqual(inRange.slice(0, 2));
      }),
    );
  });

  it("are gone through in pages, each item once", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (played, pageItems) => {
        const { model, partitions } = play(played);

        const names = [...partitions.pagesOf(pageItems)].flat().map(nameOf);

        expect(names.sort()).toEqual([...model.keys()].sort());
      }),
    );
  });
});
