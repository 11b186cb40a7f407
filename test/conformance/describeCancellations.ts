import { describe, expect, it } from "vitest";
import { TableThrottledError, type Write } from "#table/table.ts";
import { type Fault, forever, refuse } from "../support/dynamodbFaultProxy.ts";
import type { FaultSetup } from "./faultFixture.ts";

/** Transactions that DynamoDB cancels, and why. */
export function describeCancellations(setup: FaultSetup): void {
  describe("a cancelled transaction", () => {
    it("is tried again after conflicts, under one token", async () => {
      const { table, proxy, pk, pausesMs } = setup();
      const tokens: unknown[] = [];
      const conflict = cancel(["TransactionConflict", "None"]);
      const noting: Fault = async (body, forward) => {
        tokens.push(JSON.parse(body).ClientRequestToken);
        return await (tokens.length < 3 ? conflict(body, forward) : forward(body));
      };
      proxy.plan("TransactWriteItems", noting, noting, noting);

      const result = await table.transact(insertsOf(pk));

      expect(result).toEqual({ outcome: "written" });
      expect(new Set(tokens).size).toBe(1);
      expect(pausesMs).toEqual([50, 100]);
    });

    it("is a TableThrottledError when conflicts do not end", async () => {
      const { table, proxy, pk } = setup();
      proxy.plan("TransactWriteItems", ...forever(cancel(["TransactionConflict", "None"])));

      await expect(table.transact(insertsOf(pk))).rejects.toThrow(TableThrottledError);

      expect(proxy.calls).toHaveLength(5);
    });

    it("has failed where a condition did, whatever else happened", async () => {
      const { table, proxy, pk } = setup();
      proxy.plan("TransactWriteItems", cancel(["TransactionConflict", "ConditionalCheckFailed"]));

      const result = await table.transact(insertsOf(pk));

      expect(result).toEqual({
        outcome: "conditionFailed",
        failures: [{ failed: false }, { failed: true, current: undefined }],
      });
    });

    it.each([
      [["ItemCollectionSizeLimitExceeded", "None"]],
      [["TransactionConflict", "ItemCollectionSizeLimitExceeded"]],
      [["None", "None"]],
    ])("is an error for what will not pass: %j", async (codes) => {
      const { table, proxy, pk } = setup();
      proxy.plan("TransactWriteItems", cancel(codes));

      await expect(table.transact(insertsOf(pk))).rejects.toThrow("TransactWriteItems failed");

      expect(proxy.calls).toHaveLength(1);
    });
  });
}

function insertsOf(pk: string): readonly Extract<Write, { kind: "insert" }>[] {
  return ["a", "b"].map((sk) => ({ kind: "insert", item: { pk, sk, n: 1 } }));
}

function cancel(codes: readonly string[]): Fault {
  const CancellationReasons = codes.map((Code) => ({ Code }));
  return refuse("TransactionCanceledException", 400, { CancellationReasons });
}
