import { describe, expect, it } from "vitest";
import type { Item, Page, Query, Table } from "#table/table.ts";
import type { Setup } from "./fixture.ts";

/** The highest key there is, so that a range has no end. */
const last = "\u{10ffff}";

/** get, getMany and query. */
export function describeReads(setup: Setup): void {
  describe("get", () => {
    it("finds nothing where nothing is", async () => {
      const { table, pk } = setup();

      expect(await table.get({ pk, sk: "a" })).toBeUndefined();
    });
  });

  describe("getMany", () => {
    it("answers in the order asked, with gaps", async () => {
      const { table, pk } = setup();
      const a = { pk, sk: "a", n: 1 };
      const b = { pk: `${pk} other`, sk: "b", n: 2 };
      await table.writeMany([a, b].map((item) => ({ kind: "put", item })));

      const found = await table.getMany([b, { pk, sk: "missing" }, a, { pk, sk: "b" }]);

      expect(found).toEqual([b, undefined, a, undefined]);
    });

    it("answers nothing for no keys, and one for one", async () => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", n: 1 };
      await table.write({ kind: "insert", item });

      expect(await table.getMany([])).toEqual([]);
      expect(await table.getMany([item])).toEqual([item]);
      expect(await table.getMany([{ pk, sk: "b" }])).toEqual([undefined]);
    });

    it("answers 25", async () => {
      const { table, pk } = setup();
      const items = Array.from({ length: 25 }, (_, n) => ({ pk, sk: `${n}`, n }));
      await table.writeMany(items.map((item) => ({ kind: "insert", item })));

      expect(await table.getMany(items)).toEqual(items);
    });

    it("refuses more, and a key twice", async () => {
      const { table, pk } = setup();
      const many = Array.from({ length: 26 }, (_, n) => ({ pk, sk: `${n}` }));

      await expect(table.getMany(many)).rejects.toThrow("at most 25");
      await expect(table.getMany([...many.slice(0, 2), { pk, sk: "0" }])).rejects.toThrow(
        "distinct",
      );
    });
  });

  describe("a query whose answer may be stale", () => {
    it("finds what was written a while ago", async () => {
      const { table, pk } = setup();
      const items = ["a", "b", "c"].map((sk) => ({ pk, sk }));
      await table.writeMany(items.map((item) => ({ kind: "put", item })));
      const query = { pk, from: "a", to: "b", limit: 10, mayBeStale: true };

      await expect
        .poll(() => table.query(query))
        .toEqual({ items: items.slice(0, 2), more: false });
    });
  });

  describe("query", () => {
    it("includes both bounds", async () => {
      const { table, pk } = setup();
      await store(table, pk, ["a", "b", "c", "d"]);

      const page = await table.query({ pk, from: "b", to: "c", limit: 10 });

      expect(sksOf(page)).toEqual(["b", "c"]);
      expect(page.more).toBe(false);
    });

    it("finds a single key", async () => {
      const { table, pk } = setup();
      const [item] = await store(table, pk, ["b"]);

      expect((await table.query({ pk, from: "b", to: "b", limit: 1 })).items).toEqual([item]);
      expect(sksOf(await table.query({ pk, from: "b\u0000", to: "c", limit: 1 }))).toEqual([]);
    });

    it("orders by UTF-8 bytes, not by code units", async () => {
      const { table, pk } = setup();
      // A pair of code units (𝄞) begins lower than \uffff does, but its bytes are higher.
      const sks = ["A", "Z", "a", "a\u0000", "a ", "aa", "z", "é", "\uffff", "𝄞"];
      await store(table, pk, sks.toReversed());

      expect(sksOf(await table.query({ pk, from: "A", to: last, limit: 20 }))).toEqual(sks);
      expect(sksOf(await table.query({ pk, from: "z", to: "\uffff", limit: 20 }))).toEqual([
        "z",
        "é",
        "\uffff",
      ]);
    });

    it("goes from the end when descending", async () => {
      const { table, pk } = setup();
      await store(table, pk, ["a", "b", "c", "d"]);

      const page = await table.query({ pk, from: "a", to: "c", limit: 2, descending: true });

      expect(sksOf(page)).toEqual(["c", "b"]);
      expect(page.more).toBe(true);
    });

    it("sees one partition only", async () => {
      const { table, pk } = setup();
      await store(table, pk, ["a"]);
      await store(table, `${pk}x`, ["b"]);

      expect(sksOf(await table.query({ pk, from: "a", to: last, limit: 10 }))).toEqual(["a"]);
    });

    it("finds nothing in an empty partition, an empty range, and bounds in the wrong order", async () => {
      const { table, pk } = setup();
      await store(table, pk, ["a", "d"]);
      const nothing = { items: [], more: false };

      expect(await table.query({ pk: `${pk}x`, from: "a", to: last, limit: 10 })).toEqual(nothing);
      expect(await table.query({ pk, from: "b", to: "c", limit: 10 })).toEqual(nothing);
      expect(await table.query({ pk, from: "d", to: "a", limit: 10 })).toEqual(nothing);
      expect(await table.query({ pk, from: "", to: "", limit: 10 })).toEqual(nothing);
    });

    it("starts at the start of the partition for an empty bound", async () => {
      const { table, pk } = setup();
      await store(table, pk, ["\u0000", "a", "b"]);

      const page = await table.query({ pk, from: "", to: "a", limit: 10 });

      expect(sksOf(page)).toEqual(["\u0000", "a"]);
    });

    it.each([
      { limit: 1, descending: false },
      { limit: 3, descending: false },
      { limit: 7, descending: true },
      { limit: 1000, descending: false },
    ])("pages to the end by $limit, descending: $descending", async ({ limit, descending }) => {
      const { table, pk } = setup();
      const sks = Array.from({ length: 20 }, (_, n) => `key ${String(n).padStart(2, "0")}`);
      await store(table, pk, sks);

      const pages = await pagesOf(table, { pk, from: "key", to: last, limit, descending });

      expect(pages.flatMap(sksOf)).toEqual(descending ? sks.toReversed() : sks);
      expect(pages.every(({ items }) => items.length <= limit)).toBe(true);
    });

    it("pages through more than a megabyte", async () => {
      const { table, pk } = setup();
      const body = new Uint8Array(300 * 1024).fill(7);
      const items = Array.from({ length: 5 }, (_, n) => ({ pk, sk: `${n}`, body }));
      for (const item of items) await table.write({ kind: "insert", item });

      const pages = await pagesOf(table, { pk, from: "0", to: last, limit: 1000 });

      expect(pages.flatMap((page) => page.items)).toEqual(items);
    });

    it("sees each write that was answered before it", async () => {
      const { table, pk } = setup();
      await store(table, pk, ["a"]);
      await table.write({ kind: "patch", key: { pk, sk: "a" }, set: { n: 9 }, when: [] });
      const patched = await table.query({ pk, from: "a", to: "a", limit: 1 });
      await table.write({ kind: "delete", key: { pk, sk: "a" }, when: [] });
      const deleted = await table.query({ pk, from: "a", to: "a", limit: 1 });

      expect(patched.items).toEqual([{ pk, sk: "a", n: 9 }]);
      expect(deleted.items).toEqual([]);
    });

    it("refuses a limit out of range", async () => {
      const { table, pk } = setup();

      await expect(table.query({ pk, from: "a", to: "b", limit: 0 })).rejects.toThrow();
      await expect(table.query({ pk, from: "a", to: "b", limit: 1001 })).rejects.toThrow();
    });
  });
}

async function store(table: Table, pk: string, sks: readonly string[]): Promise<readonly Item[]> {
  const items = sks.map((sk, n) => ({ pk, sk, n }));
  await table.writeMany(items.map((item) => ({ kind: "put", item })));
  return items;
}

function sksOf(page: Page): readonly string[] {
  return page.items.map(({ sk }) => sk);
}

/** Asks from just after each page's last key until there is no more, as readers do. */
async function pagesOf(table: Table, query: Query): Promise<readonly Page[]> {
  const page = await table.query(query);
  if (!page.more) return [page];
  const sk = page.items.at(-1)?.sk;
  if (sk === undefined)
    throw new Error("expected a page that says there is more to hold something");
  // Keys here end in digits, so "key 07" has nothing between itself and "key 07" with a zero.
  const rest = query.descending ? { to: justBefore(sk) } : { from: `${sk}\u0000` };
  return [page, ...(await pagesOf(table, { ...query, ...rest }))];
}

function justBefore(sk: string): string {
  return `${sk.slice(0, -1)}${String.fromCharCode(sk.charCodeAt(sk.length - 1) - 1)}${last}`;
}
