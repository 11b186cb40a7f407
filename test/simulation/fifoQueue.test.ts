import { describe, expect, it } from "vitest";
import { findingsOf, runFifoQueues, runOf } from "./fifoRun.ts";
import type { Setting } from "./world.ts";

/**
 * Seeded schedules of clients, processes and faults over FIFO queues, and what must hold in each of
 * them: the order of a group is never broken and nobody receives past a message in flight; a
 * deduplication id is accepted once in its interval, however often its sender has to ask; an
 * acknowledged message is received until it is deleted or moved to the dead-letter queue, and never
 * after; and once nothing fails any more, everything is received and no group and no page is left.
 *
 * A failure names its seed: `SIMULATION_SEED=n` runs that one alone, `SIMULATION_SEEDS=n` so many.
 */
const only = process.env["SIMULATION_SEED"];
const count = Number(process.env["SIMULATION_SEEDS"] ?? 120);
const seeds = only === undefined ? [...Array(count).keys()] : [Number(only)];

const historyMax = 60;

/** Each run must meet each of these at least once, or it says less than it seems to. */
const met = { claims: 0, moves: 0, refills: 0, pages: 0, lives: 0, givenBack: 0, expired: 0 };

async function report(setting: Setting): Promise<readonly string[]> {
  const world = await runFifoQueues(runOf(setting));
  const findings = findingsOf(world);
  for (const [name, times] of Object.entries(world.watch.counts)) {
    Object.assign(met, { [name]: Reflect.get(met, name) + times });
  }
  const { kind, seed } = setting;
  return findings.length === 0
    ? []
    : [`${kind}, seed ${seed}`, ...findings, ...world.history.slice(-historyMax)];
}

describe("FIFO queues", () => {
  it("keep their promises while processes die and the network loses things", async () => {
    for (const seed of seeds) expect(await report({ kind: "cloud", seed })).toEqual([]);
  }, 180_000);

  it("keep their promises on a table of their own that fails now and then", async () => {
    for (const seed of seeds) expect(await report({ kind: "box", seed })).toEqual([]);
  }, 180_000);

  it("met all that was to be met", ({ skip }) => {
    skip(seeds.length < 20, "a few seeds meet a few cases");
    expect(Object.entries(met).filter(([, times]) => times === 0)).toEqual([]);
  });
});
