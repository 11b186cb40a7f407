import { describe, expect, it } from "vitest";
import { jsonLog } from "#service/log.ts";
import { type SweepReport, sweepOnTimer } from "#service/sweepOnTimer.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

const nothing: SweepReport = { queues: [], deadLettered: 0 };

function aTimer(run: () => Promise<SweepReport> = async () => nothing) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const runs: { readonly atMs: number; readonly forMs: number; readonly account: string }[] = [];
  const startedMs = clock.nowMs();
  const stop = sweepOnTimer({
    account: "111122223333",
    sweep: async ({ account, untilMs }) => {
      const nowMs = clock.nowMs();
      runs.push({ atMs: nowMs - startedMs, forMs: untilMs - nowMs, account });
      return await run();
    },
    clock,
    random: new SeededRandom(1),
    log: jsonLog({ level: "debug", clock, write: (line) => lines.push(line) }),
  });
  return { clock, runs, lines, stop };
}

describe("sweepOnTimer", () => {
  it("runs once a minute, the first time within the first", async () => {
    const { clock, runs } = aTimer();

    await clock.advance(60_000 * 5);

    expect(runs).toHaveLength(5);
    expect(new Set(runs.map(({ atMs }) => atMs % 60_000)).size).toBe(1);
    expect(runs[0]).toMatchObject({ forMs: 30_000, account: "111122223333" });
  });

  it("begins no run while one has not ended", async () => {
    const { clock, runs } = aTimer(() => new Promise(() => undefined));

    await clock.advance(60_000 * 5);

    expect(runs).toHaveLength(1);
  });

  it("goes on after a run that failed, and logs why", async () => {
    const { clock, runs, lines } = aTimer(async () => {
      throw new Error("no table");
    });

    await clock.advance(60_000 * 2);

    expect(runs).toHaveLength(2);
    expect(lines.join()).toContain("no table");
  });

  it("leaves no timer behind when it is stopped", async () => {
    const { clock, runs, stop } = aTimer();

    await stop();
    await clock.advance(60_000 * 2);

    expect([runs.length, clock.pending]).toEqual([0, 0]);
  });

  it("stops when a run that has begun has ended, and begins no other", async () => {
    const { promise, resolve } = Promise.withResolvers<SweepReport>();
    const { clock, runs, stop } = aTimer(() => promise);
    await clock.advance(60_000);
    let isStopped = false;

    const stopped = stop().then(() => {
      isStopped = true;
    });
    await clock.settle();
    const before = isStopped;
    resolve(nothing);
    await stopped;
    await clock.advance(60_000 * 2);

    expect([before, isStopped, runs.length, clock.pending]).toEqual([false, true, 1, 0]);
  });
});
