import { describe, it } from "vitest";
import { seedsOr } from "./report.ts";
import { runsOf } from "./runsOf.ts";

/**
 * Seeded schedules of clients, processes and faults over FIFO queues, and what must hold in each of
 * them: the order of a group is never broken and nobody receives past a message in flight; a
 * deduplication id is accepted once in its interval, however often its sender has to ask; an
 * acknowledged message is received until it is deleted or moved to the dead-letter queue, and never
 * after; and once nothing fails any more, everything is received and no group and no page is left.
 *
 * A failure names its seed: `SIMULATION_SEED=n` runs that one alone, `SIMULATION_SEEDS=n` so many.
 */
const seeds = seedsOr(120);

const { run, itMetAll } = runsOf(seeds);

describe("FIFO queues", () => {
  it("keep their promises while processes die and the network loses things", async () => {
    await run("fifo-cloud");
  }, 180_000);

  it("keep their promises on a table of their own that fails now and then", async () => {
    await run("fifo-box");
  }, 180_000);

  itMetAll();
});
