import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Table } from "#table/table.ts";

let table: Table;

beforeEach(async () => {
  table = openSqliteTable({ path: ":memory:", clock: { nowMs: () => 0 } });
  await Promise.all(
    Array.from({ length: 500 }, (_, n) =>
      table.write({ kind: "insert", item: { pk: "p", sk: `${n}` } }),
    ),
  );
});
afterEach(async () => {
  await table.close();
});

describe("a query of SQLite", () => {
  it.each([
    { limit: 500, order: ["others", "page"] },
    { limit: 499, order: ["page", "others"] },
  ])("of $limit items is answered in the order $order", async ({ limit, order }) => {
    const answered: string[] = [];
    const others = new Promise<void>((resolve) => {
      setImmediate(() => {
        answered.push("others");
        resolve();
      });
    });

    const page = await table.query({ pk: "p", from: "", to: "z", limit });
    answered.push("page");
    await others;

    expect(page.items).toHaveLength(limit);
    expect(answered).toEqual(order);
  });
});
