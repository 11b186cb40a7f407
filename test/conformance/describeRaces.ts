import { describe, expect, it } from "vitest";
import type { Setup } from "./fixture.ts";

const racers = Array.from({ length: 10 }, (_, n) => n);

/** Many writers at the same instant. */
export function describeRaces(setup: Setup): void {
  describe("races", () => {
    it("let one of many inserts of a key win, and show its item to the others", async () => {
      const { table, pk } = setup();

      const results = await Promise.all(
        racers.map((racer) => table.write({ kind: "insert", item: { pk, sk: "a", racer } })),
      );

      const stored = await table.get({ pk, sk: "a" });
      expect(results.filter(({ outcome }) => outcome === "written")).toHaveLength(1);
      expect(results.map(({ current }) => current)).toEqual(racers.map(() => stored));
    });

    it("let one of many guarded patches win, and show its item to the others", async () => {
      const { table, pk } = setup();
      await table.write({ kind: "insert", item: { pk, sk: "a", token: "none" } });

      const results = await Promise.all(
        racers.map((racer) =>
          table.write({
            kind: "patch",
            key: { pk, sk: "a" },
            set: { token: `racer ${racer}` },
            when: [{ attribute: "token", is: "equal", value: "none" }],
          }),
        ),
      );

      const stored = await table.get({ pk, sk: "a" });
      expect(results.filter(({ outcome }) => outcome === "written")).toHaveLength(1);
      expect(results.map(({ current }) => current)).toEqual(racers.map(() => stored));
    });

    it("let one of many deletes win", async () => {
      const { table, pk } = setup();
      await table.write({ kind: "insert", item: { pk, sk: "a" } });

      const results = await Promise.all(
        racers.map(() => table.write({ kind: "delete", key: { pk, sk: "a" }, when: [] })),
      );

      expect(results.filter(({ outcome }) => outcome === "written")).toHaveLength(1);
    });

    it("let one of many batches win each of its writes", async () => {
      const { table, pk } = setup();
      const sks = ["a", "b", "c", "d", "e"];

      const results = await Promise.all(
        racers.map((racer) =>
          table.writeMany(sks.map((sk) => ({ kind: "insert", item: { pk, sk, racer } }))),
        ),
      );

      for (const [index, sk] of sks.entries()) {
        const winners = racers.filter((racer) => results[racer]?.[index]?.outcome === "written");
        expect(winners).toHaveLength(1);
        expect(await table.get({ pk, sk })).toEqual({ pk, sk, racer: winners[0] });
      }
    });

    it("let transactions that cross each other leave the items together", async () => {
      const { table, pk } = setup();
      const sks = ["a", "b", "c"];
      await table.writeMany(sks.map((sk) => ({ kind: "insert", item: { pk, sk, version: 0 } })));

      const results = await Promise.allSettled(
        racers.map((racer) =>
          table.transact(
            sks.map((sk) => ({
              kind: "patch",
              key: { pk, sk },
              set: { version: 1, racer },
              when: [{ attribute: "version", is: "equal", value: 0 }],
            })),
          ),
        ),
      );

      const winners = racers.filter((racer) => {
        const result = results[racer];
        return result?.status === "fulfilled" && result.value.outcome === "written";
      });
      expect(winners).toHaveLength(1);
      const { items } = await table.query({ pk, from: "a", to: "c", limit: 10 });
      expect(items.map(({ racer }) => racer)).toEqual(sks.map(() => winners[0]));
    });

    it("lose no change that each makes on what it has seen", async () => {
      const { table, pk } = setup();
      const key = { pk, sk: "counter" };
      await table.write({ kind: "insert", item: { ...key, count: 0 } });

      await Promise.all(
        racers.map(async () => {
          for (let seen: unknown = 0; typeof seen === "number"; ) {
            const { outcome, current } = await table.write({
              kind: "patch",
              key,
              set: { count: seen + 1 },
              when: [{ attribute: "count", is: "equal", value: seen }],
            });
            seen = outcome === "written" ? undefined : current?.["count"];
          }
        }),
      );

      expect(await table.get(key)).toEqual({ ...key, count: racers.length });
    });
  });
}
