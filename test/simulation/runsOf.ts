import { expect, it } from "vitest";
import { reportOf } from "./report.ts";
import type { SimulationName } from "./simulations.ts";

/** The runs of some simulations with the same seeds, which together must meet every case that they count. */
export function runsOf(seeds: readonly number[]) {
  const met = new Map<string, number>();

  async function run(name: SimulationName): Promise<void> {
    for (const seed of seeds) {
      const { report, outcome } = await reportOf(name, seed);
      expect(report).toEqual([]);
      for (const [what, times] of Object.entries(outcome.met)) {
        met.set(what, (met.get(what) ?? 0) + times);
      }
    }
  }

  /** The last test of those that run: without it they may say less than they seem to. */
  function itMetAll(): void {
    it("met all that was to be met", ({ skip }) => {
      skip(seeds.length < 20, "a few seeds meet a few cases");
      expect(met.size).toBeGreaterThan(0);
      expect([...met].filter(([, times]) => times === 0)).toEqual([]);
    });
  }

  return { run, itMetAll };
}
