import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appendToGroup } from "#engine/fifo/appendToGroup.ts";
import type { Entry } from "#engine/fifo/entry.ts";
import { groupKey, pagesPartition, readGroup } from "#engine/fifo/group.ts";
import { currentTail, type GroupTail } from "#engine/fifo/groupTail.ts";
import type { TableTraits } from "#table/table.ts";
import { MemoryTable } from "../../../support/memoryTable.ts";
import { aFifoQueue, anEntry } from "./fifoFixture.ts";

const queue = aFifoQueue();
const key = groupKey(queue, "g");
const billed: Partial<TableTraits> = {};
const unbilled: Partial<TableTraits> = {
  billedBytes: undefined,
  isShared: false,
  expiryIsFree: false,
};

/** Entries with numbers that go on from a tail, each with so many bytes of contents. */
function nextEntries(tail: GroupTail | undefined, sizes: readonly number[]): readonly Entry[] {
  return sizes.map((bytes, index) => ({
    ...anEntry((tail?.nextEntry ?? 0) + index, {
      sequence: (tail?.lastSequence ?? 0) + 1 + index,
    }),
    contents: { kind: "inline", payload: new Uint8Array(bytes) },
  }));
}

function append(table: MemoryTable, tail: GroupTail | undefined, sizes: readonly number[]) {
  const entries = nextEntries(tail, sizes);
  return appendToGroup(table.traits, {
    key,
    tail,
    newLife: "l1fe",
    entries,
    lastSequence: entries.at(-1)?.facts.sequence ?? 0,
    expiresAtSeconds: 1,
  });
}

/** All entries of the group, in the order of its item and then its pages. */
async function numbersOf(table: MemoryTable): Promise<readonly number[]> {
  const item = await table.get(key);
  if (item === undefined) return [];
  const group = readGroup(item);
  const pages = await table.query({ pk: pagesPartition(group), from: "", to: "~", limit: 1000 });
  return [item, ...pages.items].flatMap((each) =>
    Object.keys(each)
      .filter((name) => /^m\d+$/.test(name))
      .map((name) => Number(name.slice(1)))
      .sort((left, right) => left - right),
  );
}

const batches = fc.array(fc.array(fc.constantFrom(20, 200, 700), { minLength: 1, maxLength: 10 }), {
  maxLength: 15,
});

describe("what is appended to a group", () => {
  it.each([
    ["billed by size", billed],
    ["not billed", unbilled],
  ])("stays in order in its item and pages, where writes are %s", async (_story, traits) => {
    await fc.assert(
      fc.asyncProperty(batches, async (sizes) => {
        const table = new MemoryTable({ traits });
        let tail: GroupTail | undefined;
        for (const batch of sizes) {
          const { writes, tail: after } = append(table, tail, batch);
          expect((await table.transact(writes)).outcome).toBe("written");
          tail = after;
        }

        const count = sizes.flat().length;
        expect(await numbersOf(table)).toEqual(Array.from({ length: count }, (_, index) => index));
        expect(await currentTail(table, key)).toEqual(tail);
      }),
    );
  });

  it("leaves the item within a step of the bill as long as single messages come", async () => {
    const table = new MemoryTable();
    let tail: GroupTail | undefined;

    for (let count = 0; count < 40; count += 1) {
      const { writes, tail: after } = append(table, tail, [200]);
      await table.transact(writes);
      tail = after;
    }

    expect(tail?.bytes).toBeLessThanOrEqual(1024);
    expect(tail?.page?.bytes).toBeLessThanOrEqual(1024);
  });

  it("is refused once somebody else has sent, or moved a page in", async () => {
    const table = new MemoryTable();
    const first = append(
      table,
      undefined,
      Array.from({ length: 10 }, () => 200),
    );
    await table.transact(first.writes);
    const stale = append(table, first.tail, [200]);
    const paged = append(table, first.tail, [200]);
    await table.transact(paged.writes);

    expect((await table.transact(stale.writes)).outcome).toBe("conditionFailed");
    await table.write({ kind: "patch", key, set: {}, remove: ["f"], when: [] });
    const staleToo = append(table, paged.tail, [200]);
    expect((await table.transact(staleToo.writes)).outcome).toBe("conditionFailed");
  });

  it("is refused by a group that was emptied and made anew", async () => {
    const table = new MemoryTable();
    const first = append(table, undefined, [20]);
    await table.transact(first.writes);
    const stale = append(table, first.tail, [20]);
    await table.write({ kind: "delete", key, when: [] });
    const [insert] = append(table, undefined, [20]).writes;
    if (insert?.kind !== "insert") throw new Error("expected an insert");
    await table.write({ kind: "insert", item: { ...insert.item, i: "anew" } });

    expect((await table.transact(stale.writes)).outcome).toBe("conditionFailed");
  });
});
