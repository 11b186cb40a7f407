import { describe, expect, it } from "vitest";
import { reportOf, seedsOr } from "./report.ts";
import type { SimulationName } from "./simulations.ts";

/**
 * Seeded schedules of pollers, their workers and faults over standard and FIFO queues, and what must
 * hold in each of them: only what a worker has handled is deleted, and it is never received again; all
 * else comes again until it is handled; a worker is given nothing that somebody else has received since,
 * and nothing of a group before what comes before it; one poller at a time has the turn of a trigger;
 * and once nothing fails any more, everything is handled within a bound.
 *
 * A failure names its seed: `SIMULATION_SEED=n` runs that one alone, `SIMULATION_SEEDS=n` so many.
 */
const seeds = seedsOr(60);

/** The runs together must meet each of these, or they say less than they seem to. */
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

describe("pollers", () => {
  it("keep their promises over standard queues while processes and workers fail", async () => {
    await run("poll-standard");
  }, 180_000);

  it("keep their promises over FIFO queues while processes and workers fail", async () => {
    await run("poll-fifo");
  }, 180_000);

  it("spend no receive on a worker that was too busy", async () => {
    await run("poll-calm");
  }, 180_000);

  it("met all that was to be met", ({ skip }) => {
    skip(seeds.length < 20, "a few seeds meet a few cases");
    expect(met.size).toBeGreaterThan(0);
    expect([...met].filter(([, times]) => times === 0)).toEqual([]);
  });
});
