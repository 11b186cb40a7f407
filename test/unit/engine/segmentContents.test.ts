import { describe, expect, it } from "vitest";
import type { MessageContent } from "#engine/messageContent.ts";
import { dropChunks, readContents, storeContents } from "#engine/segmentContents.ts";
import type { TableTraits } from "#table/table.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { SeededRandom } from "../../support/seededRandom.ts";
import { ownTable } from "./aQueue.ts";

const account = "111122223333";
const stateBytes = 24;
const pk = "queue/digits";

/** Text of one byte a character that no compression makes smaller by much. */
function noise(size: number): string {
  const random = new SeededRandom(size);
  return Array.from({ length: size }, () => String.fromCharCode(33 + random.below(94))).join("");
}

function only(body: string): readonly MessageContent[] {
  return [{ body, attributes: new Map(), senderId: account }];
}

async function store(body: string, traits: Partial<TableTraits> = {}) {
  const table = new MemoryTable({ traits });
  const options = { account, stateBytes, pk, expiresAtSeconds: 99 };
  const place = await storeContents(table, only(body), options);
  return { table, place };
}

describe("contents on a table that bills by size", () => {
  /** What is left of one step of the bill. The body's two leading bytes are part of it. */
  const room = 1024 - stateBytes - 2;

  it.each([
    { body: noise(room), stored: "inline" },
    { body: "a".repeat(room * 100), stored: "inline" },
    { body: noise(room * 2), stored: "chunks" },
  ])(
    "are stored $stored while all fits one step, compressed if need be",
    async ({ body, stored }) => {
      const { table, place } = await store(body);

      expect(place.kind).toBe(stored);
      expect(await readContents(table, place, account)).toEqual(only(body));
    },
  );

  it("are not compressed while they fit as they are", async () => {
    const { place } = await store("a".repeat(room));

    expect(place).toMatchObject({ kind: "inline", payload: { length: room + 2 } });
  });
});

describe("contents on a table that does not", () => {
  it.each([
    { size: 8 * 1024 - stateBytes - 2, stored: "inline" },
    { size: 8 * 1024 - stateBytes - 1, stored: "chunks" },
  ])("of $size bytes are stored $stored", async ({ size, stored }) => {
    const { table, place } = await store("a".repeat(size), ownTable);

    expect(place.kind).toBe(stored);
    expect(await readContents(table, place, account)).toEqual(only("a".repeat(size)));
  });

  it("are compressed when that saves a good deal", async () => {
    const { place } = await store("a".repeat(32 * 1024), ownTable);

    expect(place.kind).toBe("inline");
  });
});

describe("chunks", () => {
  it("hold 1 MiB that cannot be compressed, in as many as an item's size asks", async () => {
    const body = noise(1024 * 1024);

    const { table, place } = await store(body);

    expect(place).toEqual({ kind: "chunks", pk, count: 3 });
    expect(await readContents(table, place, account)).toEqual(only(body));
    const sizes = [...table.items()].map(({ b }) => (b instanceof Uint8Array ? b.length : 0));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(350 * 1024);
  });

  it("are as small as the table's items must be", async () => {
    const body = noise(20_000);

    const { table, place } = await store(body, { itemBytesMax: 4096 });

    expect(place).toMatchObject({ count: Math.ceil(place.kind === "chunks" ? 16_300 / 3840 : 0) });
    expect(await readContents(table, place, account)).toEqual(only(body));
  });

  it("expire with their segment", async () => {
    const { table } = await store(noise(5000));

    expect([...table.items()].map(({ x }) => x)).toEqual([99]);
  });

  it("make no contents when one of them is missing", async () => {
    const { table, place } = await store(noise(1024 * 1024));
    await table.write({ kind: "delete", key: { pk, sk: "1" }, when: [] });

    expect(await readContents(table, place, account)).toBeUndefined();
  });

  it("are dropped where they cost room, and left to expire where that is free", async () => {
    const left: number[] = [];
    for (const expiryIsFree of [false, true]) {
      const { table, place } = await store(noise(1024 * 1024), { expiryIsFree });
      await dropChunks(table, [place]);
      left.push([...table.items()].length);
    }

    expect(left).toEqual([0, 3]);
  });
});
