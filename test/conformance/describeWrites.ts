import { describe, expect, it } from "vitest";
import { ttlAttribute } from "#table/table.ts";
import type { Setup } from "./fixture.ts";

/** One write at a time: what it does, and what it answers. */
export function describeWrites(setup: Setup): void {
  describe("insert", () => {
    it("stores an item where there is none and shows it", async () => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", n: 1, s: "text" };

      const result = await table.write({ kind: "insert", item });

      expect(result).toEqual({ outcome: "written", current: item });
      expect(await table.get({ pk, sk: "a" })).toEqual(item);
    });

    it("refuses where there is an item, shows it and leaves it alone", async () => {
      const { table, pk } = setup();
      const first = { pk, sk: "a", n: 1 };
      await table.write({ kind: "insert", item: first });

      const result = await table.write({ kind: "insert", item: { pk, sk: "a", m: 2 } });

      expect(result).toEqual({ outcome: "conditionFailed", current: first });
      expect(await table.get({ pk, sk: "a" })).toEqual(first);
    });

    it("refuses even what is there already, word for word", async () => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", n: 1 };
      await table.write({ kind: "insert", item });

      const result = await table.write({ kind: "insert", item });

      expect(result).toEqual({ outcome: "conditionFailed", current: item });
    });

    it("stores an item of nothing but its key", async () => {
      const { table, pk } = setup();

      await table.write({ kind: "insert", item: { pk, sk: "a" } });

      expect(await table.get({ pk, sk: "a" })).toEqual({ pk, sk: "a" });
    });

    it("stores the time at which the item expires", async () => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", [ttlAttribute]: 4_102_444_800 };

      await table.write({ kind: "insert", item });

      expect(await table.get({ pk, sk: "a" })).toEqual(item);
    });
  });

  describe("put", () => {
    it("stores an item where there is none", async () => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", n: 1 };

      const result = await table.write({ kind: "put", item });

      expect(result).toEqual({ outcome: "written", current: item });
      expect(await table.get({ pk, sk: "a" })).toEqual(item);
    });

    it("replaces the whole item that is there", async () => {
      const { table, pk } = setup();
      await table.write({ kind: "insert", item: { pk, sk: "a", n: 1, old: "x" } });
      const item = { pk, sk: "a", n: 2 };

      const result = await table.write({ kind: "put", item });

      expect(result).toEqual({ outcome: "written", current: item });
      expect(await table.get({ pk, sk: "a" })).toEqual(item);
    });
  });

  describe("patch", () => {
    it("sets and removes attributes, keeps the others, and shows the item after it", async () => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", n: 1, gone: "x", kept: "y" };
      await table.write({ kind: "insert", item });

      const result = await table.write({
        kind: "patch",
        key: { pk, sk: "a" },
        set: { n: 2, fresh: "z" },
        remove: ["gone", "neverThere"],
        when: [],
      });

      const after = { pk, sk: "a", n: 2, fresh: "z", kept: "y" };
      expect(result).toEqual({ outcome: "written", current: after });
      expect(await table.get({ pk, sk: "a" })).toEqual(after);
    });

    it("never creates an item", async () => {
      const { table, pk } = setup();
      const key = { pk, sk: "a" };

      const result = await table.write({ kind: "patch", key, set: { n: 1 }, when: [] });

      expect(result).toEqual({ outcome: "conditionFailed", current: undefined });
      expect(await table.get(key)).toBeUndefined();
    });

    it("changes nothing when its condition fails, and shows why", async () => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", n: 1 };
      await table.write({ kind: "insert", item });

      const result = await table.write({
        kind: "patch",
        key: { pk, sk: "a" },
        set: { n: 3 },
        when: [{ attribute: "n", is: "equal", value: 2 }],
      });

      expect(result).toEqual({ outcome: "conditionFailed", current: item });
      expect(await table.get({ pk, sk: "a" })).toEqual(item);
    });

    it("removes many attributes at once", async () => {
      const { table, pk } = setup();
      await table.write({ kind: "insert", item: { pk, sk: "a", b: 1, c: 2, d: 3, e: 4 } });

      const result = await table.write({
        kind: "patch",
        key: { pk, sk: "a" },
        set: {},
        remove: ["b", "c", "d"],
        when: [],
      });

      expect(result).toEqual({ outcome: "written", current: { pk, sk: "a", e: 4 } });
    });

    it("that changes nothing still tells whether its condition holds", async () => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", n: 1 };
      const key = { pk, sk: "a" };
      await table.write({ kind: "insert", item });

      const held = await table.write({
        kind: "patch",
        key,
        set: {},
        when: [{ attribute: "n", is: "present" }],
      });
      const failed = await table.write({
        kind: "patch",
        key,
        set: {},
        when: [{ attribute: "n", is: "absent" }],
      });

      expect(held).toEqual({ outcome: "written", current: item });
      expect(failed).toEqual({ outcome: "conditionFailed", current: item });
    });
  });

  describe("delete", () => {
    it("removes an item", async () => {
      const { table, pk } = setup();
      await table.write({ kind: "insert", item: { pk, sk: "a", n: 1 } });

      const result = await table.write({ kind: "delete", key: { pk, sk: "a" }, when: [] });

      expect(result).toEqual({ outcome: "written", current: undefined });
      expect(await table.get({ pk, sk: "a" })).toBeUndefined();
    });

    it("of nothing is a failed condition", async () => {
      const { table, pk } = setup();

      const result = await table.write({ kind: "delete", key: { pk, sk: "a" }, when: [] });

      expect(result).toEqual({ outcome: "conditionFailed", current: undefined });
    });

    it("leaves the item when its condition fails, and shows it", async () => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", n: 1 };
      await table.write({ kind: "insert", item });

      const result = await table.write({
        kind: "delete",
        key: { pk, sk: "a" },
        when: [{ attribute: "n", is: "absent" }],
      });

      expect(result).toEqual({ outcome: "conditionFailed", current: item });
      expect(await table.get({ pk, sk: "a" })).toEqual(item);
    });

    it("makes room for an insert", async () => {
      const { table, pk } = setup();
      await table.write({ kind: "insert", item: { pk, sk: "a", n: 1 } });
      await table.write({ kind: "delete", key: { pk, sk: "a" }, when: [] });
      const item = { pk, sk: "a", n: 2 };

      const result = await table.write({ kind: "insert", item });

      expect(result).toEqual({ outcome: "written", current: item });
    });
  });
}
