import { describe, expect, it } from "vitest";
import { findingsOf, runStandardQueues } from "./runStandardQueues.ts";
import type { Setting, World } from "./world.ts";

/**
 * Seeded schedules of clients, processes and faults over standard queues, and what must hold in each
 * of them: an acknowledged message is received until it is deleted or moved to the dead-letter queue,
 * and never after; nobody receives it while it is invisible; its count only grows; it is in one queue
 * at every instant; and once nothing fails any more, it is received within the bound given here.
 *
 * A failure names its seed: `SIMULATION_SEED=n` runs that one alone, `SIMULATION_SEEDS=n` so many.
 */
const only = process.env["SIMULATION_SEED"];
const count = Number(process.env["SIMULATION_SEEDS"] ?? 100);
const seeds = only === undefined ? [...Array(count).keys()] : [Number(only)];

/**
 * How long an available message may wait for a receive that is there all the time: until a process
 * that skips it looks back, or, on a table of its own, as long as a look at all its lanes takes.
 */
const cloudWaitMsMax = 6000;
const boxWaitMsMax = 500;

const historyMax = 40;

async function run(setting: Setting, waitMsMax: number): Promise<readonly string[]> {
  const world = await runStandardQueues(setting);
  return report(setting, world, findingsOf(world, waitMsMax));
}

function report(
  { kind, seed }: Setting,
  { history }: World,
  findings: readonly string[],
): readonly string[] {
  return findings.length === 0
    ? []
    : [`${kind}, seed ${seed}`, ...findings, ...history.slice(-historyMax)];
}

describe("standard queues", () => {
  it("keep their promises while processes die and the network loses things", async () => {
    for (const seed of seeds)
      expect(await run({ kind: "cloud", seed }, cloudWaitMsMax)).toEqual([]);
  }, 180_000);

  it("keep their promises on a table of their own that fails now and then", async () => {
    for (const seed of seeds) expect(await run({ kind: "box", seed }, boxWaitMsMax)).toEqual([]);
  }, 180_000);

  it("leave nothing in a table of their own when nothing fails", async () => {
    for (const seed of seeds) {
      const setting: Setting = { kind: "box", seed, isCalm: true };
      const world = await runStandardQueues(setting);

      const chunks = [...world.table.items()].filter(({ pk }) => pk.includes("/"));
      const left = chunks.map(({ pk }) => `chunk ${pk} was left behind`);
      expect(report(setting, world, [...findingsOf(world, boxWaitMsMax), ...left])).toEqual([]);
    }
  }, 180_000);
});
