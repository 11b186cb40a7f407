import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RingWalk } from "#engine/fifo/ringWalk.ts";
import { MemoryTable } from "../../../support/memoryTable.ts";

const pk = "groups";
const keys = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{2}[!-~]{0,3}$/), { maxLength: 60 });

async function tableOf(sks: readonly string[]): Promise<MemoryTable> {
  const table = new MemoryTable();
  for (const sk of sks) await table.write({ kind: "insert", item: { pk, sk } });
  return table;
}

describe("a walk round the ring", () => {
  it("reads each group once, wherever it begins and however small its pages", async () => {
    await fc.assert(
      fc.asyncProperty(
        keys,
        fc.stringMatching(/^[0-9a-f]{0,2}$/),
        fc.integer({ min: 1, max: 20 }),
        async (sks, start, limit) => {
          fc.pre(!sks.includes(start));
          const table = await tableOf(sks);
          const walk = new RingWalk(start, limit);
          const read: string[] = [];

          for (let pages = 0; !walk.isComplete; pages += 1) {
            expect(pages).toBeLessThan(70);
            const page = await table.query({ pk, ...walk.nextArc });
            walk.pass(page);
            read.push(...page.items.map(({ sk }) => sk));
          }

          expect(walk.read).toBe(sks.length);
          expect(read.toSorted()).toEqual(sks.toSorted());
        },
      ),
    );
  });

  it("can go on where it stopped", async () => {
    const sks = ["10", "20", "30", "40", "50"];
    const table = await tableOf(sks);
    const walk = new RingWalk("25", 2);

    walk.pass(await table.query({ pk, ...walk.nextArc }));
    const cursor = walk.cursor;
    const rest = new RingWalk(cursor, 10);
    rest.pass(await table.query({ pk, ...rest.nextArc }));

    expect(walk.isComplete).toBe(false);
    expect(rest.read).toBe(1);
  });
});
