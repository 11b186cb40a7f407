import { describe, expect, it } from "vitest";
import { reportOf, seedsOr } from "./report.ts";

/**
 * Seeded schedules of clients, processes and faults over standard queues, and what must hold in each
 * of them: an acknowledged message is received until it is deleted or moved to the dead-letter queue,
 * and never after; nobody receives it while it is invisible; its count only grows; it is in one queue
 * at every instant; and once nothing fails any more, it is received within a bound.
 *
 * A failure names its seed: `SIMULATION_SEED=n` runs that one alone, `SIMULATION_SEEDS=n` so many.
 */
const seeds = seedsOr(100);

describe("standard queues", () => {
  it("keep their promises while processes die and the network loses things", async () => {
    for (const seed of seeds) expect((await reportOf("standard-cloud", seed)).report).toEqual([]);
  }, 180_000);

  it("keep their promises on a table of their own that fails now and then", async () => {
    for (const seed of seeds) expect((await reportOf("standard-box", seed)).report).toEqual([]);
  }, 180_000);

  it("leave nothing in a table of their own when nothing fails", async () => {
    for (const seed of seeds) expect((await reportOf("standard-calm", seed)).report).toEqual([]);
  }, 180_000);
});
