import { describe, expect, it } from "vitest";
import type { Write } from "#table/table.ts";
import type { Setup } from "./fixture.ts";

/** All or nothing. */
export function describeTransactions(setup: Setup): void {
  describe("transact", () => {
    it("makes every write", async () => {
      const { table, pk } = setup();
      await table.writeMany(
        ["b", "c", "d"].map((sk) => ({ kind: "insert", item: { pk, sk, n: 1 } })),
      );

      const result = await table.transact([
        { kind: "insert", item: { pk, sk: "a", n: 2 } },
        { kind: "put", item: { pk, sk: "b", m: 2 } },
        {
          kind: "patch",
          key: { pk, sk: "c" },
          set: { m: 2 },
          remove: ["n"],
          when: [{ attribute: "n", is: "equal", value: 1 }],
        },
        { kind: "delete", key: { pk, sk: "d" }, when: [{ attribute: "n", is: "present" }] },
      ]);

      expect(result).toEqual({ outcome: "written" });
      const { items } = await table.query({ pk, from: "a", to: "z", limit: 100 });
      expect(items).toEqual([
        { pk, sk: "a", n: 2 },
        { pk, sk: "b", m: 2 },
        { pk, sk: "c", m: 2 },
      ]);
    });

    it("makes none when one condition fails, and shows the items of those that failed", async () => {
      const { table, pk } = setup();
      const items = ["b", "c", "d"].map((sk) => ({ pk, sk, n: 1 }));
      await table.writeMany(items.map((item) => ({ kind: "insert", item })));

      const result = await table.transact([
        { kind: "insert", item: { pk, sk: "a", n: 2 } },
        { kind: "insert", item: { pk, sk: "b", n: 2 } },
        {
          kind: "patch",
          key: { pk, sk: "c" },
          set: { n: 2 },
          when: [{ attribute: "n", is: "equal", value: 9 }],
        },
        { kind: "delete", key: { pk, sk: "d" }, when: [] },
        { kind: "put", item: { pk, sk: "e", n: 2 } },
        { kind: "patch", key: { pk, sk: "missing" }, set: { n: 2 }, when: [] },
        { kind: "delete", key: { pk, sk: "nowhere" }, when: [] },
      ]);

      expect(result).toEqual({
        outcome: "conditionFailed",
        failures: [
          { failed: false },
          { failed: true, current: { pk, sk: "b", n: 1 } },
          { failed: true, current: { pk, sk: "c", n: 1 } },
          { failed: false },
          { failed: false },
          { failed: true, current: undefined },
          { failed: true, current: undefined },
        ],
      });
      const page = await table.query({ pk, from: "a", to: "z", limit: 100 });
      expect(page.items).toEqual(items);
    });

    it("takes no write, and one", async () => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", n: 1 };

      const none = await table.transact([]);
      const first = await table.transact([{ kind: "insert", item }]);
      const second = await table.transact([{ kind: "insert", item: { pk, sk: "a", n: 2 } }]);

      expect(none).toEqual({ outcome: "written" });
      expect(first).toEqual({ outcome: "written" });
      expect(second).toEqual({
        outcome: "conditionFailed",
        failures: [{ failed: true, current: item }],
      });
    });

    it("takes 25 writes", async () => {
      const { table, pk } = setup();
      const items = Array.from({ length: 25 }, (_, n) => ({ pk: `${pk} ${n}`, sk: "a", n }));

      const result = await table.transact(items.map((item) => ({ kind: "insert", item })));

      expect(result).toEqual({ outcome: "written" });
      expect(await table.getMany(items)).toEqual(items);
    });

    it("may ask for no more than that a condition holds", async () => {
      const { table, pk } = setup();
      const guard: Write = {
        kind: "patch",
        key: { pk, sk: "guard" },
        set: {},
        when: [{ attribute: "n", is: "equal", value: 1 }],
      };
      await table.write({ kind: "insert", item: { pk, sk: "guard", n: 1 } });

      const held = await table.transact([guard, { kind: "put", item: { pk, sk: "a" } }]);
      await table.write({ kind: "put", item: { pk, sk: "guard", n: 2 } });
      const failed = await table.transact([guard, { kind: "put", item: { pk, sk: "b" } }]);

      expect(held).toEqual({ outcome: "written" });
      expect(failed).toEqual({
        outcome: "conditionFailed",
        failures: [{ failed: true, current: { pk, sk: "guard", n: 2 } }, { failed: false }],
      });
      expect(await table.get({ pk, sk: "b" })).toBeUndefined();
    });

    it("may be repeated by its caller, each time as a new transaction", async () => {
      const { table, pk } = setup();
      const writes: readonly Write[] = ["a", "b"].map((sk) => ({
        kind: "insert",
        item: { pk, sk, n: 1 },
      }));

      const first = await table.transact(writes);
      const second = await table.transact(writes);

      expect(first).toEqual({ outcome: "written" });
      expect(second.outcome).toBe("conditionFailed");
    });

    it("refuses more than 25 writes, and a key twice", async () => {
      const { table, pk } = setup();
      const writes = Array.from(
        { length: 26 },
        (_, n): Write => ({ kind: "put", item: { pk, sk: `${n}` } }),
      );
      const twice: Write = { kind: "delete", key: { pk, sk: "0" }, when: [] };

      await expect(table.transact(writes)).rejects.toThrow("at most 25");
      await expect(table.transact([...writes.slice(0, 2), twice])).rejects.toThrow("distinct");
      expect(await table.get({ pk, sk: "0" })).toBeUndefined();
    });
  });
}
