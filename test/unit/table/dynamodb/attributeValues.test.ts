import { describe, expect, it } from "vitest";
import { itemFromDynamodb, toDynamodb } from "#table/dynamodb/attributeValues.ts";

describe("toDynamodb", () => {
  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1])(
    "refuses %d, which is not whole and exact",
    (value) => {
      expect(() => toDynamodb(value)).toThrow("expected a whole number");
    },
  );
});

describe("itemFromDynamodb", () => {
  it("refuses types that the port does not have, and says where", () => {
    const stored = { pk: { S: "p" }, sk: { S: "s" }, flag: { BOOL: true } };

    expect(() => itemFromDynamodb(stored)).toThrow("expected flag to be");
  });

  it("refuses what has no key", () => {
    expect(() => itemFromDynamodb({ pk: { S: "p" } })).toThrow("with its key");
  });
});
