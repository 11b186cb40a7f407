import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Table, Test } from "#table/table.ts";

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

/** Nothing that the port allows makes a write fail here, so a test of a condition does. */
const broken: Test = {
  attribute: "n",
  get is(): "absent" {
    throw new Error("broken");
  },
};

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

  it.each([1, 500])("of %i items fails with the turn whose writes it read", async (limit) => {
    const writing = table.write({ kind: "put", item: { pk: "p", sk: "0" } });
    const reading = table.query({ pk: "p", from: "", to: "z", limit });
    const breaking = table.write({ kind: "delete", key: { pk: "p", sk: "0" }, when: [broken] });

    const results = await Promise.allSettled([writing, reading, breaking]);

    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });
});
