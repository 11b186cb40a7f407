import { describe, expect, it } from "vitest";
import type { Patch, Write } from "#table/table.ts";
import { loseAnswer, loseRequest, refuse } from "../support/dynamodbFaultProxy.ts";
import type { FaultSetup } from "./faultFixture.ts";

/** Writes whose answer was lost, and which are therefore sent again. */
export function describeLostAnswers(setup: FaultSetup): void {
  describe("a lost answer", () => {
    it("leaves an insert written, once", async () => {
      const { table, proxy, pk } = setup();
      const item = { pk, sk: "a", n: 1, bytes: Uint8Array.of(1, 2), text: "" };
      proxy.plan("PutItem", loseAnswer());

      const result = await table.write({ kind: "insert", item });

      expect(result).toEqual({ outcome: "written", current: item });
      expect(proxy.calls).toEqual(["PutItem", "PutItem"]);
      expect(await table.get(item)).toEqual(item);
    });

    it("leaves a patch written, once", async () => {
      const { table, direct, proxy, pk } = setup();
      await direct.write({ kind: "insert", item: { pk, sk: "a", version: 1, lease: "x" } });
      proxy.plan("UpdateItem", loseAnswer());

      const result = await table.write(claimOf(pk));

      const current = { pk, sk: "a", version: 2, token: "ours" };
      expect(result).toEqual({ outcome: "written", current });
      expect(proxy.calls).toEqual(["UpdateItem", "UpdateItem"]);
    });

    it("leaves a patch written when others have since changed the rest of the item", async () => {
      const { table, direct, proxy, pk } = setup();
      const key = { pk, sk: "a" };
      await direct.write({ kind: "insert", item: { ...key, version: 1 } });
      const theirs: Patch = { kind: "patch", key, set: { other: 5 }, when: [] };
      proxy.plan(
        "UpdateItem",
        loseAnswer(() => direct.write(theirs)),
      );

      const result = await table.write(claimOf(pk));

      const current = { ...key, version: 2, token: "ours", other: 5 };
      expect(result).toEqual({ outcome: "written", current });
    });

    it("shows what others made of a patch before it was sent again", async () => {
      const { table, direct, proxy, pk } = setup();
      const key = { pk, sk: "a" };
      await direct.write({ kind: "insert", item: { ...key, version: 1 } });
      const theirs: Patch = { kind: "patch", key, set: { version: 3, token: "theirs" }, when: [] };
      proxy.plan(
        "UpdateItem",
        loseAnswer(() => direct.write(theirs)),
      );

      const result = await table.write(claimOf(pk));

      const current = { ...key, version: 3, token: "theirs" };
      expect(result).toEqual({ outcome: "conditionFailed", current });
    });

    it("leaves a patch that only removes, and a delete, for the caller to find done", async () => {
      const { table, direct, proxy, pk } = setup();
      await direct.writeMany(
        ["a", "b"].map((sk) => ({ kind: "insert", item: { pk, sk, lease: "x" } })),
      );
      proxy.plan("UpdateItem", loseAnswer());
      proxy.plan("DeleteItem", loseAnswer());
      const when = [{ attribute: "lease", is: "present" }] as const;

      const released = await table.write({
        kind: "patch",
        key: { pk, sk: "a" },
        set: {},
        remove: ["lease"],
        when,
      });
      const deleted = await table.write({ kind: "delete", key: { pk, sk: "b" }, when });

      expect(released).toEqual({ outcome: "conditionFailed", current: { pk, sk: "a" } });
      expect(deleted).toEqual({ outcome: "conditionFailed", current: undefined });
      expect(await direct.getMany(["a", "b"].map((sk) => ({ pk, sk })))).toEqual([
        { pk, sk: "a" },
        undefined,
      ]);
    });

    it("leaves a put written", async () => {
      const { table, proxy, pk } = setup();
      const item = { pk, sk: "a", n: 1 };
      proxy.plan("PutItem", loseAnswer());

      const result = await table.write({ kind: "put", item });

      expect(result).toEqual({ outcome: "written", current: item });
    });

    it("gives each write of a batch the fate that it had", async () => {
      const { table, direct, proxy, pk } = setup();
      const stored = ["b", "c", "d", "e"].map((sk) => ({ pk, sk, version: 1 }));
      await direct.writeMany(stored.map((item) => ({ kind: "insert", item })));
      proxy.plan("BatchExecuteStatement", loseAnswer());
      const when = [{ attribute: "version", is: "equal", value: 1 }] as const;
      const set = { version: 2, token: "ours" };

      const results = await table.writeMany([
        { kind: "insert", item: { pk, sk: "a", token: "ours" } },
        { kind: "insert", item: { pk, sk: "b", token: "ours" } },
        { kind: "patch", key: { pk, sk: "c" }, set, when },
        {
          kind: "patch",
          key: { pk, sk: "d" },
          set,
          when: [{ attribute: "version", is: "equal", value: 9 }],
        },
        { kind: "delete", key: { pk, sk: "e" }, when },
      ]);

      expect(results).toEqual([
        { outcome: "written", current: { pk, sk: "a", token: "ours" } },
        { outcome: "conditionFailed", current: { pk, sk: "b", version: 1 } },
        { outcome: "written", current: { pk, sk: "c", version: 2, token: "ours" } },
        { outcome: "conditionFailed", current: { pk, sk: "d", version: 1 } },
        { outcome: "conditionFailed", current: undefined },
      ]);
      expect(proxy.calls.slice(0, 2)).toEqual(["BatchExecuteStatement", "BatchExecuteStatement"]);
    });

    it("leaves a batch of puts written", async () => {
      const { table, proxy, pk } = setup();
      const items = ["a", "b"].map((sk) => ({ pk, sk, n: 1 }));
      proxy.plan("BatchWriteItem", loseAnswer());

      const results = await table.writeMany(items.map((item) => ({ kind: "put", item })));

      expect(results).toEqual(items.map((current) => ({ outcome: "written", current })));
    });

    it("leaves a transaction written, once, deletes and removals included", async () => {
      const { table, direct, proxy, pk } = setup();
      await direct.writeMany(
        ["b", "c"].map((sk) => ({ kind: "insert", item: { pk, sk, lease: "x" } })),
      );
      proxy.plan("TransactWriteItems", loseAnswer());

      const result = await table.transact(moveOf(pk));

      expect(result).toEqual({ outcome: "written" });
      expect(proxy.calls).toEqual(["TransactWriteItems", "TransactWriteItems"]);
      const { items } = await direct.query({ pk, from: "a", to: "z", limit: 10 });
      expect(items).toEqual([
        { pk, sk: "a", n: 1 },
        { pk, sk: "c" },
      ]);
    });

    it("leaves a transaction that failed as failed", async () => {
      const { table, direct, proxy, pk } = setup();
      await direct.write({ kind: "insert", item: { pk, sk: "a" } });
      proxy.plan("TransactWriteItems", loseAnswer());

      const result = await table.transact(moveOf(pk));

      expect(result).toEqual({
        outcome: "conditionFailed",
        failures: [
          { failed: true, current: { pk, sk: "a" } },
          { failed: true, current: undefined },
          { failed: true, current: undefined },
        ],
      });
    });
  });

  describe("a lost request", () => {
    it("is made up for", async () => {
      const { table, proxy, pk } = setup();
      const item = { pk, sk: "a", n: 1 };
      proxy.plan("PutItem", loseRequest(), refuse("InternalServerError", 500));
      proxy.plan("GetItem", loseRequest());
      proxy.plan("Query", loseRequest());

      const inserted = await table.write({ kind: "insert", item });
      const found = await table.get(item);
      const page = await table.query({ pk, from: "a", to: "b", limit: 1 });

      expect(inserted).toEqual({ outcome: "written", current: item });
      expect(found).toEqual(item);
      expect(page.items).toEqual([item]);
      expect(proxy.calls.filter((call) => call === "PutItem")).toHaveLength(3);
    });

    it("that others used is a race lost", async () => {
      const { table, direct, proxy, pk } = setup();
      const theirs = { pk, sk: "a", token: "theirs" };
      proxy.plan(
        "PutItem",
        loseRequest(() => direct.write({ kind: "insert", item: theirs })),
      );

      const result = await table.write({
        kind: "insert",
        item: { pk, sk: "a", token: "ours" },
      });

      expect(result).toEqual({ outcome: "conditionFailed", current: theirs });
    });
  });
}

/** A patch whose guard fails once it has been applied. */
function claimOf(pk: string): Patch {
  return {
    kind: "patch",
    key: { pk, sk: "a" },
    set: { version: 2, token: "ours" },
    remove: ["lease"],
    when: [{ attribute: "version", is: "equal", value: 1 }],
  };
}

/** Writes none of which could be made twice. */
function moveOf(pk: string): readonly Write[] {
  const when = [{ attribute: "lease", is: "present" }] as const;
  return [
    { kind: "insert", item: { pk, sk: "a", n: 1 } },
    { kind: "delete", key: { pk, sk: "b" }, when },
    { kind: "patch", key: { pk, sk: "c" }, set: {}, remove: ["lease"], when },
  ];
}
