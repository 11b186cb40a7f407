import { describe, expect, it } from "vitest";
import { TableThrottledError, type Write } from "#table/table.ts";
import { alter, type Fault, forever, refuse, reply } from "../support/dynamodbFaultProxy.ts";
import type { FaultSetup } from "./faultFixture.ts";

/** Answers that leave a part undone, or that some engines give and others do not. */
export function describePartialAnswers(setup: FaultSetup): void {
  describe("a statement of a batch", () => {
    it.each([
      "ThrottlingError",
      "ProvisionedThroughputExceeded",
      "RequestLimitExceeded",
      "TransactionConflict",
      "InternalServerError",
    ])("is sent again alone after %s", async (Code) => {
      const { table, proxy, pk, pausesMs } = setup();
      const items = ["a", "b", "c"].map((sk) => ({ pk, sk, n: 1 }));
      const sizes: number[] = [];
      proxy.plan(
        "BatchExecuteStatement",
        withoutFirst({ Error: { Code } }, sizes),
        withoutFirst({ Error: { Code } }, sizes),
      );

      const results = await table.writeMany(items.map((item) => ({ kind: "insert", item })));

      expect(results).toEqual(items.map((current) => ({ outcome: "written", current })));
      expect(sizes).toEqual([3, 1]);
      expect(pausesMs).toEqual([50, 100]);
    });

    it("is a TableThrottledError when that does not end", async () => {
      const { table, proxy, pk } = setup();
      proxy.plan(
        "BatchExecuteStatement",
        ...forever(withoutFirst({ Error: { Code: "ThrottlingError" } })),
      );

      const failure = await table.writeMany(insertsOf(pk)).catch((error: unknown) => error);

      expect(failure).toBeInstanceOf(TableThrottledError);
      expect(failure).toMatchObject({ message: expect.stringContaining("ThrottlingError") });
      expect(proxy.calls).toHaveLength(5);
    });

    it("that a fault of the server may have carried out is not taken for a lost race", async () => {
      const { table, proxy, pk } = setup();
      proxy.plan(
        "BatchExecuteStatement",
        alter(() => ({
          Responses: [
            { Error: { Code: "InternalServerError" } },
            { Error: { Code: "InternalServerError" } },
          ],
        })),
      );

      const results = await table.writeMany(insertsOf(pk));

      expect(results.map(({ outcome }) => outcome)).toEqual(["written", "written"]);
    });

    it("that throttling kept from being carried out is taken for the race that it lost", async () => {
      const { table, direct, proxy, pk } = setup();
      const writes = insertsOf(pk);
      const code = { Error: { Code: "ThrottlingError" } };
      proxy.plan("BatchExecuteStatement", async () => {
        await direct.writeMany(writes);
        return { status: 200, body: JSON.stringify({ Responses: [code, code] }) };
      });

      const results = await table.writeMany(writes);

      expect(results.map(({ outcome }) => outcome)).toEqual(["conditionFailed", "conditionFailed"]);
    });

    it("that the engine cannot read is written by the action for it", async () => {
      const { table, proxy, pk } = setup();
      const code = { Error: { Code: "ValidationError", Message: "not well formed" } };
      proxy.plan("BatchExecuteStatement", reply({ Responses: [code, code] }));

      const results = await table.writeMany(insertsOf(pk));

      expect(results.map(({ outcome }) => outcome)).toEqual(["written", "written"]);
      expect(proxy.calls).toEqual(["BatchExecuteStatement", "PutItem", "PutItem"]);
    });

    it("that nothing can help is an error", async () => {
      const { table, proxy, pk } = setup();
      const code = { Error: { Code: "AccessDenied", Message: "not yours" } };
      proxy.plan("BatchExecuteStatement", reply({ Responses: [code, code] }));

      await expect(table.writeMany(insertsOf(pk))).rejects.toThrow("AccessDenied: not yours");
    });

    it("whose item comes with the failure needs no look", async () => {
      const { table, direct, proxy, pk } = setup();
      const theirs = ["a", "b"].map((sk) => ({ pk, sk, n: 9 }));
      await direct.writeMany(theirs.map((item) => ({ kind: "insert", item })));
      const failures = theirs.map(({ sk }) => ({
        Error: {
          Code: "ConditionalCheckFailed",
          Item: { pk: { S: pk }, sk: { S: sk }, n: { N: "9" } },
        },
      }));
      proxy.plan(
        "BatchExecuteStatement",
        alter(() => ({ Responses: failures })),
      );

      const results = await table.writeMany(insertsOf(pk));

      expect(results).toEqual(theirs.map((current) => ({ outcome: "conditionFailed", current })));
      expect(proxy.calls).toEqual(["BatchExecuteStatement"]);
    });
  });

  describe("an engine without PartiQL", () => {
    it("is asked once, and then written to by single actions", async () => {
      const { table, proxy, pk } = setup();
      proxy.plan("BatchExecuteStatement", ...forever(refuse("UnknownOperationException")));

      const first = await table.writeMany(insertsOf(pk));
      const second = await table.writeMany(insertsOf(pk));

      expect(first.map(({ outcome }) => outcome)).toEqual(["written", "written"]);
      expect(second.map(({ outcome }) => outcome)).toEqual(["conditionFailed", "conditionFailed"]);
      expect(proxy.calls).toEqual([
        "BatchExecuteStatement",
        ...Array.from({ length: 4 }, () => "PutItem"),
      ]);
    });
  });

  describe("unprocessed parts", () => {
    it("of a read are asked for again", async () => {
      const { table, direct, proxy, pk, pausesMs } = setup();
      const items = ["a", "b", "c"].map((sk) => ({ pk, sk, n: 1 }));
      await direct.writeMany(items.map((item) => ({ kind: "put", item })));
      proxy.plan("BatchGetItem", unprocessed("UnprocessedKeys"), halfOfKeys);

      const found = await table.getMany(items);

      expect(found).toEqual(items);
      expect(proxy.calls).toEqual(["BatchGetItem", "BatchGetItem", "BatchGetItem"]);
      expect(pausesMs).toEqual([50, 100]);
    });

    it("of puts are sent again", async () => {
      const { table, proxy, pk } = setup();
      const items = ["a", "b"].map((sk) => ({ pk, sk, n: 1 }));
      proxy.plan("BatchWriteItem", unprocessed("UnprocessedItems"));

      const results = await table.writeMany(items.map((item) => ({ kind: "put", item })));

      expect(results).toEqual(items.map((current) => ({ outcome: "written", current })));
      expect(await table.getMany(items)).toEqual(items);
    });

    it("are a TableThrottledError when they do not end", async () => {
      const { table, proxy, pk } = setup();
      const items = ["a", "b"].map((sk) => ({ pk, sk }));
      proxy.plan("BatchGetItem", ...forever(unprocessed("UnprocessedKeys")));
      proxy.plan("BatchWriteItem", ...forever(unprocessed("UnprocessedItems")));

      const read = table.getMany(items);
      await expect(read).rejects.toThrow(TableThrottledError);
      const written = table.writeMany(items.map((item) => ({ kind: "put", item })));
      await expect(written).rejects.toThrow(TableThrottledError);

      expect(proxy.calls).toHaveLength(10);
    });
  });

  describe("an item too large for DynamoDB", () => {
    it("is an error, alone and among others", async () => {
      const { table, pk } = setup();
      const item = { pk, sk: "a", body: new Uint8Array(410 * 1024) };

      await expect(table.write({ kind: "insert", item })).rejects.toThrow("ValidationException");
      await expect(
        table.writeMany([
          { kind: "insert", item },
          { kind: "insert", item: { pk, sk: "b" } },
        ]),
      ).rejects.toThrow("ValidationException");
    });
  });
}

function insertsOf(pk: string): readonly Extract<Write, { kind: "insert" }>[] {
  return ["a", "b"].map((sk) => ({ kind: "insert", item: { pk, sk, n: 1 } }));
}

/** Carries out all statements but the first, which gets this answer. */
function withoutFirst(answer: object, sizes: number[] = []): Fault {
  return async (body, forward) => {
    const request: { Statements: unknown[] } = JSON.parse(body);
    sizes.push(request.Statements.length);
    const rest = request.Statements.slice(1);
    if (rest.length === 0) return { status: 200, body: JSON.stringify({ Responses: [answer] }) };
    const answered = await forward(JSON.stringify({ ...request, Statements: rest }));
    const { Responses }: { Responses: unknown[] } = JSON.parse(answered.body);
    return { ...answered, body: JSON.stringify({ Responses: [answer, ...Responses] }) };
  };
}

function unprocessed(part: "UnprocessedKeys" | "UnprocessedItems"): Fault {
  return async (body) => ({
    status: 200,
    body: JSON.stringify({ Responses: {}, [part]: JSON.parse(body).RequestItems }),
  });
}

/** Reads the first key, and leaves the others. */
const halfOfKeys: Fault = async (body, forward) => {
  const request: { RequestItems: Record<string, { Keys: unknown[] }> } = JSON.parse(body);
  const part = (pick: (keys: unknown[]) => unknown[]) =>
    Object.fromEntries(
      Object.entries(request.RequestItems).map(([table, wanted]) => [
        table,
        { ...wanted, Keys: pick(wanted.Keys) },
      ]),
    );
  const answer = await forward(
    JSON.stringify({ ...request, RequestItems: part((keys) => keys.slice(0, 1)) }),
  );
  const UnprocessedKeys = part((keys) => keys.slice(1));
  return { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), UnprocessedKeys }) };
};
