import { describe, expect, it } from "vitest";
import { itemOf, itemOfFailure } from "#table/dynamodb/documents.ts";

const key = { pk: "p", sk: "s" };

describe("itemOf", () => {
  it.each([true, null, ["a"], { a: "b" }, new Set([1]), 2n ** 60n])(
    "refuses %o, a type that the port does not have, and says where",
    (flag) => {
      expect(() => itemOf({ ...key, flag })).toThrow("expected flag to be");
    },
  );

  it.each([{ pk: "p" }, { sk: "s" }, { pk: "p", sk: 1 }])(
    "refuses %o, which has no key",
    (part) => {
      expect(() => itemOf(part)).toThrow("with its key");
    },
  );
});

describe("itemOfFailure", () => {
  it("reads the item inside an exception", () => {
    const stored = {
      pk: { S: "p" },
      sk: { S: "s" },
      n: { N: "-7" },
      t: { S: "" },
      b: { B: new Uint8Array() },
    };

    expect(itemOfFailure(stored)).toEqual({ ...key, n: -7, t: "", b: new Uint8Array() });
  });

  it("reads none where there is none", () => {
    expect(itemOfFailure(undefined)).toBeUndefined();
  });
});
