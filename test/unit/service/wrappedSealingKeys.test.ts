import { beforeEach, describe, expect, it } from "vitest";
import { type KeyWrapper, WrappedSealingKeys } from "#service/wrappedSealingKeys.ts";
import type { Table } from "#table/table.ts";
import { MemoryTable } from "../../support/memoryTable.ts";

/** Wraps by turning every bit. Counts what it is asked. */
class TurningWrapper implements KeyWrapper {
  readonly name: string;
  generated = 0;
  opened = 0;

  constructor(name = "first") {
    this.name = name;
  }

  async generate() {
    this.generated += 1;
    const bytes = new Uint8Array(32).fill(this.generated + this.name.length);
    return { bytes, wrapped: turned(bytes) };
  }

  async open(wrapped: Uint8Array) {
    this.opened += 1;
    return turned(wrapped);
  }
}

const turned = (bytes: Uint8Array) => Uint8Array.from(bytes, (byte) => 255 - byte);

let table: Table;
let wrapper: TurningWrapper;

beforeEach(() => {
  table = new MemoryTable();
  wrapper = new TurningWrapper();
});

const sealing = () => new WrappedSealingKeys(table, wrapper);

describe("WrappedSealingKeys", () => {
  it("has no key, and makes none, before something is to be sealed", async () => {
    const found = await sealing().find("0123456789abcdef");

    expect(found).toBeUndefined();
    expect(wrapper.generated).toBe(0);
  });

  it("makes one key, which other processes find", async () => {
    const made = await sealing().current();

    const found = await sealing().find(made.id);
    const current = await sealing().current();

    expect(found).toEqual(made);
    expect(current).toEqual(made);
    expect(wrapper.generated).toBe(1);
  });

  it("opens its key once and remembers it", async () => {
    const { id } = await sealing().current();
    const keys = sealing();

    await keys.find(id);
    await keys.find(id);
    await keys.current();

    expect(wrapper.opened).toBe(1);
  });

  it("opens its key before anybody asks for it", async () => {
    const { id } = await sealing().current();
    const keys = sealing();

    await keys.open();
    const openedAhead = wrapper.opened;
    await keys.find(id);

    expect(openedAhead).toBe(1);
    expect(wrapper.opened).toBe(1);
  });

  it("opens nothing, and makes nothing, where there is no key", async () => {
    await sealing().open();

    expect([wrapper.opened, wrapper.generated]).toEqual([0, 0]);
  });

  it("takes the key of another process that was first", async () => {
    const [one, two] = await Promise.all([sealing().current(), sealing().current()]);

    expect(wrapper.generated).toBe(2);
    expect(two).toEqual(one);
  });

  it("stores nothing of the key in the clear", async () => {
    const { bytes } = await sealing().current();

    const { items } = await table.query({ pk: "sealing", from: "", to: "~", limit: 10 });

    expect(items).toHaveLength(1);
    expect(JSON.stringify(items)).not.toContain(Buffer.from(bytes).toString("base64"));
  });

  it("does not find what another wrapper has wrapped, and makes a key beside it", async () => {
    const { id } = await sealing().current();
    const other = new WrappedSealingKeys(table, new TurningWrapper("the other"));

    const found = await other.find(id);
    const current = await other.current();

    expect(found).toBeUndefined();
    expect(current.id).not.toBe(id);
    expect(await sealing().find(id)).toBeDefined();
  });

  it("refuses a wrapped key that was put in the place of another", async () => {
    await sealing().current();
    const { items } = await table.query({ pk: "sealing", from: "", to: "~", limit: 1 });
    const [item] = items;
    if (item === undefined) throw new Error("expected an item");
    const theirs = Buffer.from(turned(new Uint8Array(32).fill(9))).toString("base64");
    await table.write({ kind: "put", item: { ...item, w: theirs } });

    const current = sealing().current();

    await expect(current).rejects.toThrow("is not the one it says");
  });

  it("asks again after an outage", async () => {
    const { id } = await sealing().current();
    const keys = sealing();
    const open = wrapper.open;
    wrapper.open = async () => {
      throw new Error("out");
    };
    await expect(keys.find(id)).rejects.toThrow("out");
    wrapper.open = open;

    const found = await keys.find(id);

    expect(found?.id).toBe(id);
  });
});
