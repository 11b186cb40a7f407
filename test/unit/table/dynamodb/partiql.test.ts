import { describe, expect, it } from "vitest";
import { statementFor } from "#table/dynamodb/partiql.ts";
import type { Patch } from "#table/table.ts";

const key = { pk: "p", sk: "s" };

describe("statementFor", () => {
  it("says an insert", () => {
    const statement = statementFor({ kind: "insert", item: { ...key, n: 1 } }, "queues");

    expect(statement).toEqual({
      Statement: `INSERT INTO "queues" VALUE {'pk': ?, 'sk': ?, 'n': ?}`,
      Parameters: ["p", "s", 1],
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
  });

  it("says a patch, with parameters in the order of their question marks", () => {
    const statement = statementFor(
      {
        kind: "patch",
        key,
        set: { a: "x", b: Uint8Array.of(1) },
        remove: ["c", "d"],
        when: [
          { attribute: "e", is: "absent" },
          { attribute: "f", is: "present" },
          { attribute: "g", is: "equal", value: 2 },
          { attribute: "h", is: "prefixed", value: "t" },
          { attribute: "i", is: "above", value: "u" },
        ],
      },
      "queues",
    );

    expect(statement?.Statement).toBe(
      `UPDATE "queues" SET "a" = ?, "b" = ? REMOVE "c" REMOVE "d" ` +
        `WHERE "pk" = ? AND "sk" = ? AND "e" IS MISSING AND "f" IS NOT MISSING ` +
        `AND "g" = ? AND begins_with("h", ?) AND "i" > ? RETURNING ALL NEW *`,
    );
    expect(statement?.Parameters).toEqual(["x", Uint8Array.of(1), "p", "s", 2, "t", "u"]);
  });

  it("says a delete that shows what it deleted", () => {
    const statement = statementFor(
      { kind: "delete", key, when: [{ attribute: "n", is: "equal", value: 1 }] },
      "queues",
    );

    expect(statement?.Statement).toBe(
      `DELETE FROM "queues" WHERE "pk" = ? AND "sk" = ? AND "n" = ? RETURNING ALL OLD *`,
    );
    expect(statement?.Parameters).toEqual(["p", "s", 1]);
  });

  const patch: Patch = { kind: "patch", key, set: { n: 1 }, when: [] };
  const longNames = Array.from({ length: 100 }, (_, n) => `${"a".repeat(100)}${n}`);

  it.each([
    ["a patch of nothing", { ...patch, set: {} }],
    ["a name with a quote", { ...patch, set: { [`a"b`]: 1 } }],
    ["a removed name with a quote", { ...patch, remove: ["a'b"] }],
    ["a tested name with a quote", { ...patch, when: [{ attribute: `"`, is: "absent" }] }],
    ["more than 8192 characters", { ...patch, remove: longNames }],
  ] as const)("cannot say %s", (_, write) => {
    expect(statementFor(write, "queues")).toBeUndefined();
  });
});
