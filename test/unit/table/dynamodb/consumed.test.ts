import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { unitsCounted, unitsOfFailure, writeUnits } from "#table/dynamodb/consumed.ts";

const key = { pk: "p", sk: "s" };

describe("writeUnits", () => {
  // pk and sk take 6 bytes with their names, b takes 1.
  it.each([
    { bytes: 0, units: 1 },
    { bytes: 1024 - 7, units: 1 },
    { bytes: 1024 - 6, units: 2 },
    { bytes: 2048 - 7, units: 2 },
    { bytes: 100_000, units: 98 },
  ])("are $units for $bytes bytes beside the key", ({ bytes, units }) => {
    expect(writeUnits({ ...key, b: new Uint8Array(bytes) })).toBe(units);
  });

  it("count characters by their bytes and numbers by their digits", () => {
    expect(writeUnits({ ...key, é: "é".repeat(507) })).toBe(1);
    expect(writeUnits({ ...key, é: "é".repeat(509) })).toBe(2);
    expect(writeUnits({ ...key, b: new Uint8Array(1007), n: 123_456_789_012_345 })).toBe(1);
    expect(writeUnits({ ...key, b: new Uint8Array(1008), n: 123_456_789_012_345 })).toBe(2);
  });

  it("are one for an item that is not there", () => {
    expect(writeUnits(undefined)).toBe(1);
  });
});

describe("unitsCounted", () => {
  it("adds up tables", () => {
    expect(unitsCounted([{ CapacityUnits: 1.5 }, { CapacityUnits: 2 }, {}])).toBe(3.5);
  });

  it("are unknown when DynamoDB does not say", () => {
    expect(unitsCounted(undefined)).toBeUndefined();
  });
});

describe("unitsOfFailure", () => {
  const shown = { $metadata: {}, message: "" };
  const large = { pk: { S: "p" }, sk: { S: "s" }, b: { B: new Uint8Array(3000) } };

  it("are those of the item that the condition found", () => {
    const failure = new ConditionalCheckFailedException({ ...shown, Item: large });

    expect(unitsOfFailure(failure)).toBe(3);
  });

  it("are double in a transaction, for every write of it", () => {
    const failure = new TransactionCanceledException({
      ...shown,
      CancellationReasons: [{ Code: "None" }, { Code: "ConditionalCheckFailed", Item: large }],
    });

    expect(unitsOfFailure(failure)).toBe(8);
  });

  it("are none for what never reached an item", () => {
    expect(unitsOfFailure(new Error("no connection"))).toBe(0);
  });
});
