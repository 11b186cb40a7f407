import { describe, it } from "vitest";
import { seedsOr } from "./report.ts";
import { runsOf } from "./runsOf.ts";

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

const { run, itMetAll } = runsOf(seeds);

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

  itMetAll();
});
