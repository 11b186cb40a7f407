import { describe, expect, it } from "vitest";
import { keyOf, type Table, TableThrottledError, type Write } from "#table/table.ts";
import { forever, loseRequest, refuse } from "../support/dynamodbFaultProxy.ts";
import type { FaultSetup } from "./faultFixture.ts";

interface Call {
  readonly action: string;
  readonly run: (table: Table, pk: string) => Promise<unknown>;
}

const calls: readonly Call[] = [
  { action: "GetItem", run: (table, pk) => table.get({ pk, sk: "a" }) },
  { action: "BatchGetItem", run: (table, pk) => table.getMany(inserts(pk).map(keyOf)) },
  { action: "Query", run: (table, pk) => table.query({ pk, from: "a", to: "b", limit: 1 }) },
  { action: "PutItem", run: (table, pk) => table.write({ kind: "put", item: { pk, sk: "a" } }) },
  {
    action: "UpdateItem",
    run: (table, pk) =>
      table.write({ kind: "patch", key: { pk, sk: "a" }, set: { n: 1 }, when: [] }),
  },
  {
    action: "DeleteItem",
    run: (table, pk) => table.write({ kind: "delete", key: { pk, sk: "a" }, when: [] }),
  },
  { action: "BatchExecuteStatement", run: (table, pk) => table.writeMany(inserts(pk)) },
  { action: "BatchWriteItem", run: (table, pk) => table.writeMany(puts(pk)) },
  { action: "TransactWriteItems", run: (table, pk) => table.transact(inserts(pk)) },
];

/** Refusals of whole calls: sent again a few times, with pauses, and then told. */
export function describeThrottling(setup: FaultSetup): void {
  describe.each(calls)("$action", ({ action, run }) => {
    it("is sent again after throttling, with pauses that grow", async () => {
      const { table, proxy, pk, pausesMs } = setup();
      proxy.plan(
        action,
        refuse("ThrottlingException"),
        refuse("ProvisionedThroughputExceededException"),
        refuse("RequestLimitExceeded"),
      );

      await run(table, pk);

      expect(proxy.calls).toEqual([action, action, action, action]);
      expect(pausesMs).toEqual([50, 100, 200]);
    });

    it("is a TableThrottledError when throttling does not end", async () => {
      const { table, proxy, pk, pausesMs } = setup();
      proxy.plan(action, ...forever(refuse("ThrottlingException")));

      const failure = await run(table, pk).catch((error: unknown) => error);

      expect(failure).toBeInstanceOf(TableThrottledError);
      expect(failure).toMatchObject({
        message: expect.stringContaining(action),
        cause: { name: "ThrottlingException" },
      });
      expect(proxy.calls).toHaveLength(5);
      expect(pausesMs).toEqual([50, 100, 200, 400]);
    });

    it.each([
      ["faults of the server", refuse("InternalServerError", 500)],
      ["lost connections", loseRequest()],
    ])("is an ordinary error with its cause when %s do not end", async (_, fault) => {
      const { table, proxy, pk } = setup();
      proxy.plan(action, ...forever(fault));

      const failure = await run(table, pk).catch((error: unknown) => error);

      expect(failure).toBeInstanceOf(Error);
      expect(failure).not.toBeInstanceOf(TableThrottledError);
      expect(failure).toMatchObject({ cause: expect.any(Error) });
      expect(proxy.calls).toHaveLength(5);
    });

    it("is not sent again when the request itself is wrong", async () => {
      const { table, proxy, pk } = setup();
      proxy.plan(action, refuse("ValidationException"));

      await expect(run(table, pk)).rejects.toThrow(`${action} failed: ValidationException`);

      expect(proxy.calls).toEqual([action]);
    });
  });

  describe("a write that is refused for good", () => {
    const reasonOf = (reason: string) => [{ reason, resource: "table" }];
    const keyRange = reasonOf("TableWriteKeyRangeThroughputExceeded");
    const account = reasonOf("TableWriteAccountLimitExceeded");

    it.each([
      { error: "ThrottlingException", details: {}, mayBe: true },
      { error: "ProvisionedThroughputExceededException", details: {}, mayBe: true },
      { error: "ThrottlingException", details: { throttlingReasons: keyRange }, mayBe: true },
      { error: "ThrottlingException", details: { throttlingReasons: account }, mayBe: false },
      {
        error: "ProvisionedThroughputExceededException",
        details: { ThrottlingReasons: account },
        mayBe: false,
      },
      { error: "RequestLimitExceeded", details: {}, mayBe: false },
      { error: "TransactionConflictException", details: {}, mayBe: false },
    ])("says that one partition may be why: $mayBe for $error $details", async (row) => {
      const { table, proxy, pk } = setup();
      proxy.plan("PutItem", ...forever(refuse(row.error, 400, row.details)));

      const failure = table.write({ kind: "insert", item: { pk, sk: "a" } });

      await expect(failure).rejects.toMatchObject({
        name: "TableThrottledError",
        mayBePartition: row.mayBe,
      });
    });
  });

  describe("a write in the way of a transaction", () => {
    it("is sent again", async () => {
      const { table, proxy, pk } = setup();
      proxy.plan("PutItem", refuse("TransactionConflictException"));

      const result = await table.write({ kind: "insert", item: { pk, sk: "a" } });

      expect(result.outcome).toBe("written");
      expect(proxy.calls).toEqual(["PutItem", "PutItem"]);
    });
  });
}

function inserts(pk: string): readonly Write[] {
  return ["a", "b"].map((sk) => ({ kind: "insert", item: { pk, sk } }));
}

function puts(pk: string): readonly Write[] {
  return ["a", "b"].map((sk) => ({ kind: "put", item: { pk, sk } }));
}
