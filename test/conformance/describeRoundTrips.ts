import { describe, expect, it } from "vitest";
import type { Write } from "#table/table.ts";
import { refuse } from "../support/dynamodbFaultProxy.ts";
import type { FaultFixture, FaultSetup } from "./faultFixture.ts";

/** How many calls the table makes of DynamoDB, and what it says that they cost. */
export function describeRoundTrips(setup: FaultSetup): void {
  describe("round trips", () => {
    it("are one for each call, and none for nothing", async () => {
      const fixture = setup();
      const { table, pk } = fixture;
      const key = { pk, sk: "a" };
      const puts = insertsOf(pk).map((write): Write => ({ ...write, kind: "put" }));

      expect(await callsOf(fixture, () => table.writeMany([]))).toEqual([]);
      expect(await callsOf(fixture, () => table.getMany([]))).toEqual([]);
      expect(await callsOf(fixture, () => table.transact([]))).toEqual([]);
      expect(await callsOf(fixture, () => table.getMany([key]))).toEqual(["GetItem"]);
      expect(await callsOf(fixture, () => table.writeMany(insertsOf(pk)))).toEqual([
        "BatchExecuteStatement",
      ]);
      expect(await callsOf(fixture, () => table.writeMany(puts))).toEqual(["BatchWriteItem"]);
      expect(await callsOf(fixture, () => table.writeMany(puts.slice(0, 1)))).toEqual(["PutItem"]);
      expect(await callsOf(fixture, () => table.transact(puts.slice(0, 1)))).toEqual(["PutItem"]);
      expect(
        await callsOf(fixture, () => table.getMany(["a", "b"].map((sk) => ({ pk, sk })))),
      ).toEqual(["BatchGetItem"]);
    });

    it("and units are told", async () => {
      const { table, proxy, pk, consumed } = setup();
      const item = { pk, sk: "a", body: new Uint8Array(3000) };
      proxy.plan("GetItem", refuse("ThrottlingException"));

      await table.write({ kind: "insert", item });
      await table.write({ kind: "insert", item });
      await table.get(item);
      await table.writeMany([
        { kind: "patch", key: item, set: { n: 1 }, when: [] },
        { kind: "insert", item: { pk, sk: "b" } },
      ]);
      await table.query({ pk, from: "a", to: "b", limit: 10 });
      await table.query({ pk, from: "a", to: "b", limit: 10, mayBeStale: true });

      expect(consumed).toEqual([
        { call: "PutItem", readUnits: 0, writeUnits: 3, roundTrips: 1 },
        { call: "PutItem", readUnits: 0, writeUnits: 3, roundTrips: 1 },
        { call: "GetItem", readUnits: 1, writeUnits: 0, roundTrips: 2 },
        { call: "BatchExecuteStatement", readUnits: 0, writeUnits: 4, roundTrips: 1 },
        { call: "Query", readUnits: 1, writeUnits: 0, roundTrips: 1 },
        { call: "Query", readUnits: 0.5, writeUnits: 0, roundTrips: 1 },
      ]);
    });
  });
}

function insertsOf(pk: string): readonly Extract<Write, { kind: "insert" }>[] {
  return ["a", "b"].map((sk) => ({ kind: "insert", item: { pk, sk, n: 1 } }));
}

async function callsOf(
  { proxy }: FaultFixture,
  run: () => Promise<unknown>,
): Promise<readonly string[]> {
  const before = proxy.calls.length;
  await run();
  return proxy.calls.slice(before);
}
