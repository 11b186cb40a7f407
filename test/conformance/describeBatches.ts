import { describe, expect, it } from "vitest";
import type { Write } from "#table/table.ts";
import type { Setup } from "./fixture.ts";

/** Many writes, each with a fate of its own. */
export function describeBatches(setup: Setup): void {
  describe("writeMany", () => {
    it("answers nothing for no writes, and one for one", async () => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", n: 1 };

      expect(await table.writeMany([])).toEqual([]);
      expect(await table.writeMany([{ kind: "insert", item }])).toEqual([
        { outcome: "written", current: item },
      ]);
    });

    it("gives each kind of write its own fate, and shows the item of each that lost", async () => {
      const { table, pk } = setup();
      const key = (sk: string) => ({ pk, sk });
      const stored = ["b", "c", "d", "e", "f", "h"].map((sk, n) => ({ pk, sk, n }));
      await table.writeMany(stored.map((item) => ({ kind: "insert", item })));

      const results = await table.writeMany([
        { kind: "insert", item: { pk, sk: "a", n: 10 } },
        { kind: "insert", item: { pk, sk: "b", n: 11 } },
        { kind: "patch", key: key("c"), set: { n: 12 }, when: [] },
        {
          kind: "patch",
          key: key("d"),
          set: { n: 13 },
          when: [{ attribute: "n", is: "equal", value: 0 }],
        },
        { kind: "delete", key: key("e"), when: [{ attribute: "n", is: "equal", value: 3 }] },
        { kind: "delete", key: key("f"), when: [{ attribute: "n", is: "absent" }] },
        { kind: "put", item: { pk, sk: "g", n: 16 } },
        { kind: "put", item: { pk, sk: "h", m: 17 } },
        { kind: "patch", key: key("i"), set: { n: 18 }, when: [] },
        { kind: "delete", key: key("j"), when: [] },
      ]);

      expect(results).toEqual([
        { outcome: "written", current: { pk, sk: "a", n: 10 } },
        { outcome: "conditionFailed", current: { pk, sk: "b", n: 0 } },
        { outcome: "written", current: { pk, sk: "c", n: 12 } },
        { outcome: "conditionFailed", current: { pk, sk: "d", n: 2 } },
        { outcome: "written", current: undefined },
        { outcome: "conditionFailed", current: { pk, sk: "f", n: 4 } },
        { outcome: "written", current: { pk, sk: "g", n: 16 } },
        { outcome: "written", current: { pk, sk: "h", m: 17 } },
        { outcome: "conditionFailed", current: undefined },
        { outcome: "conditionFailed", current: undefined },
      ]);
      const { items } = await table.query({ pk, from: "a", to: "z", limit: 100 });
      expect(items).toEqual([
        { pk, sk: "a", n: 10 },
        { pk, sk: "b", n: 0 },
        { pk, sk: "c", n: 12 },
        { pk, sk: "d", n: 2 },
        { pk, sk: "f", n: 4 },
        { pk, sk: "g", n: 16 },
        { pk, sk: "h", m: 17 },
      ]);
    });

    it("patches with sets and removes of any number", async () => {
      const { table, pk } = setup();
      const items = ["a", "b", "c", "d"].map((sk) => ({ pk, sk, one: 1, two: 2, three: 3 }));
      await table.writeMany(items.map((item) => ({ kind: "put", item })));
      const when = [{ attribute: "one", is: "present" }] as const;

      const results = await table.writeMany([
        { kind: "patch", key: { pk, sk: "a" }, set: { four: 4, five: 5 }, when },
        { kind: "patch", key: { pk, sk: "b" }, set: { four: 4 }, remove: ["one", "two"], when },
        { kind: "patch", key: { pk, sk: "c" }, set: {}, remove: ["three"], when },
        { kind: "patch", key: { pk, sk: "d" }, set: {}, when },
      ]);

      expect(results).toEqual([
        {
          outcome: "written",
          current: { pk, sk: "a", one: 1, two: 2, three: 3, four: 4, five: 5 },
        },
        { outcome: "written", current: { pk, sk: "b", three: 3, four: 4 } },
        { outcome: "written", current: { pk, sk: "c", one: 1, two: 2 } },
        { outcome: "written", current: { pk, sk: "d", one: 1, two: 2, three: 3 } },
      ]);
    });

    it("makes 25 writes of one kind, over many partitions", async () => {
      const { table, pk } = setup();
      const items = Array.from({ length: 25 }, (_, n) => ({ pk: `${pk} ${n % 5}`, sk: `${n}`, n }));

      const inserted = await table.writeMany(items.map((item) => ({ kind: "insert", item })));
      const patched = await table.writeMany(
        items.map(({ n, ...key }) => ({
          kind: "patch",
          key,
          set: { n: n + 100 },
          when: [{ attribute: "n", is: "equal", value: n % 2 === 0 ? n : -1 }],
        })),
      );
      const deleted = await table.writeMany(
        items.map(({ n: _n, ...key }) => ({ kind: "delete", key, when: [] })),
      );

      expect(inserted).toEqual(items.map((current) => ({ outcome: "written", current })));
      expect(patched).toEqual(
        items.map((item) =>
          item.n % 2 === 0
            ? { outcome: "written", current: { ...item, n: item.n + 100 } }
            : { outcome: "conditionFailed", current: item },
        ),
      );
      expect(deleted).toEqual(items.map(() => ({ outcome: "written", current: undefined })));
    });

    it("puts 25 items over what is there", async () => {
      const { table, pk } = setup();
      const items = Array.from({ length: 25 }, (_, n) => ({ pk, sk: `${n}`, n }));
      const writes = (set: object): readonly Write[] =>
        items.map((item) => ({ kind: "put", item: { ...item, ...set } }));
      await table.writeMany(writes({ old: 1 }));

      const results = await table.writeMany(writes({ fresh: 1 }));

      expect(results).toEqual(
        items.map((item) => ({ outcome: "written", current: { ...item, fresh: 1 } })),
      );
      expect(await table.getMany(items)).toEqual(items.map((item) => ({ ...item, fresh: 1 })));
    });

    it("carries several megabytes", async () => {
      const { table, pk } = setup();
      const body = new Uint8Array(300 * 1024).fill(9);
      const items = Array.from({ length: 10 }, (_, n) => ({ pk, sk: `${n}`, body }));

      const inserted = await table.writeMany(items.map((item) => ({ kind: "insert", item })));
      const again = await table.writeMany(items.map((item) => ({ kind: "insert", item })));

      expect(inserted).toEqual(items.map((current) => ({ outcome: "written", current })));
      expect(again).toEqual(items.map((current) => ({ outcome: "conditionFailed", current })));
    });

    it("refuses more than 25 writes, and a key twice", async () => {
      const { table, pk } = setup();
      const writes = Array.from(
        { length: 26 },
        (_, n): Write => ({ kind: "put", item: { pk, sk: `${n}` } }),
      );
      const twice: Write = { kind: "delete", key: { pk, sk: "0" }, when: [] };

      await expect(table.writeMany(writes)).rejects.toThrow("at most 25");
      await expect(table.writeMany([...writes.slice(0, 2), twice])).rejects.toThrow("distinct");
      expect(await table.get({ pk, sk: "0" })).toBeUndefined();
    });
  });
}
