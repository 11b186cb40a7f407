import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SortedItems } from "#table/memory/sortedItems.ts";

describe("SortedItems", () => {
  it("holds what a plain list would, whatever is stored and dropped in which order", () => {
    const key = fc.integer({ min: 0, max: 600 }).map((n) => n.toString(36).padStart(3, "0"));
    const steps = fc.array(fc.record({ isSet: fc.boolean(), key }), { maxLength: 400 });
    fc.assert(
      fc.property(steps, key, key, fc.boolean(), (changes, from, to, descending) => {
        const items = new SortedItems();
        const model = new Set(
          Array.from({ length: 400 }, (_, n) => n.toString(36).padStart(3, "0")),
        );
        for (const sk of model) items.set({ pk: "p", sk });

        for (const { isSet, key: sk } of changes) {
          if (isSet) items.set({ pk: "p", sk });
          else items.delete(sk);
          if (isSet) model.add(sk);
          else model.delete(sk);
        }

        const sorted = [...model].filter((sk) => from <= sk && sk <= to).sort();
        if (descending) sorted.reverse();
        const range = items.range({ from, to, limit: 1000, descending });
        expect(range.map(({ sk }) => sk)).toEqual(sorted);
        expect(items.range({ from, to, limit: 7, descending })).toEqual(range.slice(0, 7));
        expect(items.size).toBe(model.size);
        expect(items.get(from) !== undefined).toBe(model.has(from));
      }),
    );
  });

  it("has room for a backlog that is taken from its head", () => {
    const items = new SortedItems();
    const keys = Array.from({ length: 10_000 }, (_, n) => String(n).padStart(5, "0"));
    for (const sk of keys) items.set({ pk: "p", sk });

    for (const sk of keys.slice(0, 9_990)) items.delete(sk);

    const left = items.range({ from: "", to: "~", limit: 100 }).map(({ sk }) => sk);
    expect(left).toEqual(keys.slice(9_990));
  });
});
