import { describe, expect, it } from "vitest";
import type { Value, Write } from "#table/table.ts";
import type { Setup } from "./fixture.ts";

const values: readonly (readonly [string, Value])[] = [
  ["every byte", Uint8Array.from({ length: 256 }, (_, index) => index)],
  ["no bytes", new Uint8Array()],
  ["an empty string", ""],
  ["zero", 0],
  ["a negative number", -1],
  ["the largest whole number", Number.MAX_SAFE_INTEGER],
  ["the smallest whole number", Number.MIN_SAFE_INTEGER],
  ["milliseconds since the epoch", 1_795_366_000_123],
  ["a string with a zero character", "a\u0000b"],
  ["quotes, placeholders and patterns", `'"\`?:#%_\\`],
  ["line ends and tabs", "\r\n\t"],
  ["characters of two, three and four bytes", "é€𝄞"],
  ["the last characters", "\uffff\u{10ffff}"],
  ["a letter and its combining mark", "e\u0301"],
];

/** What is stored comes back as it was. */
export function describeValues(setup: Setup): void {
  describe("values", () => {
    it.each(values)("keep %s", async (_, value) => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", value };

      await table.write({ kind: "insert", item });

      expect(await table.get({ pk, sk: "a" })).toEqual(item);
    });

    it.each(values)("keep %s when set among many", async (_, value) => {
      const { table, pk } = setup();
      const keys = ["a", "b"].map((sk) => ({ pk, sk }));
      await table.writeMany(
        keys.map((key) => ({ kind: "insert", item: { ...key, first: value } })),
      );

      const results = await table.writeMany(
        keys.map((key) => ({ kind: "patch", key, set: { second: value }, when: [] })),
      );

      const items = keys.map((key) => ({ ...key, first: value, second: value }));
      expect(results).toEqual(items.map((current) => ({ outcome: "written", current })));
      expect(await table.getMany(keys)).toEqual(items);
    });

    it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1])(
      "refuse %d, which is not whole and exact",
      async (value) => {
        const { table, pk } = setup();
        const item = { pk, sk: "a", value };

        const writes: readonly Write[] = [
          { kind: "put", item: { pk, sk: "b" } },
          { kind: "put", item },
        ];

        await expect(table.write({ kind: "insert", item })).rejects.toThrow("a whole number");
        await expect(table.writeMany(writes)).rejects.toThrow("a whole number");
        await expect(table.transact(writes)).rejects.toThrow("a whole number");

        const { items } = await table.query({ pk, from: "", to: "z", limit: 10 });
        expect(items).toEqual([]);
      },
    );

    it("give bytes that are theirs alone", async () => {
      const { table, pk } = setup();
      await table.write({ kind: "insert", item: { pk, sk: "a", bytes: Uint8Array.of(1, 2, 3) } });

      const found = await table.get({ pk, sk: "a" });

      expect(found?.["bytes"]).toBeInstanceOf(Uint8Array);
      expect(found?.["bytes"]).toHaveLength(3);
    });

    it("keep an item of 350 KB", async () => {
      const { table, pk } = setup();
      const body = Uint8Array.from({ length: 350 * 1024 }, (_, index) => (index * 7) % 256);
      const item = { pk, sk: "a", body };

      const inserted = await table.write({ kind: "insert", item });
      const refused = await table.write({ kind: "insert", item: { pk, sk: "a" } });

      expect(inserted.outcome).toBe("written");
      expect(refused).toEqual({ outcome: "conditionFailed", current: item });
      expect(await table.get({ pk, sk: "a" })).toEqual(item);
    });

    it("keep keys apart that differ only where characters are escaped", async () => {
      const { table, pk } = setup();
      const sks = ["a", "a\u0000", "a ", "a'", 'a"', "a\\", "A", "á", "a\u0301", "ａ"];
      const items = sks.map((sk, n) => ({ pk, sk, n }));

      await table.writeMany(items.map((item) => ({ kind: "insert", item })));

      expect(await table.getMany(items)).toEqual(items);
    });

    it("keep attributes whose names are words of a query language", async () => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", select: 1, size: 2, "with-dash": 3, _: 4, "0": 5 };
      await table.write({ kind: "insert", item });

      const result = await table.write({
        kind: "patch",
        key: { pk, sk: "a" },
        set: { table: 6, "a.b": 7 },
        remove: ["size"],
        when: [{ attribute: "select", is: "equal", value: 1 }],
      });

      const { size: _size, ...rest } = item;
      expect(result).toEqual({ outcome: "written", current: { ...rest, table: 6, "a.b": 7 } });
    });
  });
}
