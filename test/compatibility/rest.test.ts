import { describe, expect, it } from "vitest";
import { operations } from "#contract/operations.ts";
import { routes } from "#protocol/rest/routes.ts";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { describeRest } from "./describeRest.ts";

describeRest("SQLite in memory", {
  open: async () => openSqliteTable({ path: ":memory:", clock: { nowMs: () => 0 } }),
});

describe("the routes of the REST API", () => {
  it("are exactly one for each action", () => {
    expect(routes.map(({ action }) => action).toSorted()).toEqual(
      Object.keys(operations).toSorted(),
    );
  });
});
