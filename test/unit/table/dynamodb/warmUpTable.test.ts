import { randomUUID } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { openWarmUpTable } from "#table/dynamodb/warmUpTable.ts";
import type { Item, Table } from "#table/table.ts";

const item = (
  sk: string,
  more: Readonly<Record<string, string | number | Uint8Array>> = {},
): Item => ({
  pk: "p",
  sk,
  ...more,
});

let table: Table;

beforeEach(() => {
  const credentials = { accessKeyId: "none", secretAccessKey: "none" };
  table = openWarmUpTable({
    tableName: "warm-up",
    // Nothing answers there.
    endpoint: "http://127.0.0.1:1",
    region: "us-east-1",
    credentials,
    random: () => 0,
    newId: randomUUID,
  });
});

describe("openWarmUpTable", () => {
  it("finds an item as it was stored, and nothing where none was", async () => {
    const stored = item("a", { text: "žluť", number: -7, bytes: new Uint8Array([0, 255]) });
    await table.write({ kind: "insert", item: stored });

    const found = await table.get({ pk: "p", sk: "a" });
    const missing = await table.get({ pk: "p", sk: "b" });

    expect(found).toEqual(stored);
    expect(missing).toBeUndefined();
  });

  it("asks nothing of the network", async () => {
    const connected = vi.fn();
    subscribe("net.client.socket", connected);

    await table.write({ kind: "put", item: item("a") });

    unsubscribe("net.client.socket", connected);
    expect(connected).not.toHaveBeenCalled();
  });

  it("changes and deletes items", async () => {
    const key = { pk: "p", sk: "a" };
    await table.write({ kind: "insert", item: item("a", { old: 1, kept: 2 }) });

    const patched = await table.write({
      kind: "patch",
      key,
      set: { fresh: "x" },
      remove: ["old"],
      when: [{ attribute: "kept", is: "equal", value: 2 }],
    });
    const deleted = await table.write({ kind: "delete", key, when: [] });

    expect(patched).toEqual({ outcome: "written", current: item("a", { kept: 2, fresh: "x" }) });
    expect(deleted).toEqual({ outcome: "written", current: undefined });
    expect(await table.get(key)).toBeUndefined();
  });

  it("reads a range in both directions, up to a limit", async () => {
    for (const sk of ["c", "a", "d", "b"]) await table.write({ kind: "insert", item: item(sk) });
    await table.write({ kind: "insert", item: { pk: "other", sk: "b" } });

    const ascending = await table.query({ pk: "p", from: "a", to: "c", limit: 2 });
    const descending = await table.query({
      pk: "p",
      from: "b",
      to: "d",
      limit: 10,
      descending: true,
    });

    expect(ascending.items.map(({ sk }) => sk)).toEqual(["a", "b"]);
    expect(descending.items.map(({ sk }) => sk)).toEqual(["d", "c", "b"]);
  });

  it("makes many writes in one call, and reads many items", async () => {
    await table.write({ kind: "insert", item: item("a", { v: 1 }) });
    await table.write({ kind: "insert", item: item("b", { v: 1 }) });

    const results = await table.writeMany([
      { kind: "patch", key: { pk: "p", sk: "a" }, set: { v: 2 }, when: [] },
      { kind: "delete", key: { pk: "p", sk: "b" }, when: [] },
      { kind: "insert", item: item("c") },
    ]);
    const found = await table.getMany(["a", "b", "c"].map((sk) => ({ pk: "p", sk })));

    expect(results.map(({ outcome }) => outcome)).toEqual(["written", "written", "written"]);
    expect(found).toEqual([item("a", { v: 2 }), undefined, item("c")]);
  });

  it("makes a transaction", async () => {
    const result = await table.transact([
      { kind: "insert", item: item("a") },
      { kind: "insert", item: item("b") },
    ]);

    expect(result).toEqual({ outcome: "written" });
    expect(await table.get({ pk: "p", sk: "b" })).toEqual(item("b"));
  });

  it("gives each of the calls that are made at once its own answer", async () => {
    await table.write({ kind: "insert", item: item("a", { v: 1 }) });
    await table.write({ kind: "insert", item: item("b", { v: 2 }) });

    const found = await Promise.all(["b", "none", "a"].map((sk) => table.get({ pk: "p", sk })));

    expect(found).toEqual([item("b", { v: 2 }), undefined, item("a", { v: 1 })]);
  });

  it("throws where a condition does not hold, and goes on", async () => {
    await table.write({ kind: "insert", item: item("a") });

    const again = table.write({ kind: "insert", item: item("a", { v: 1 }) });

    await expect(again).rejects.toThrow("expected the condition of the insert to hold");
    expect(await table.get({ pk: "p", sk: "a" })).toEqual(item("a"));
  });
});
