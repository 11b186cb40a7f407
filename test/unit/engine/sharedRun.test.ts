import { describe, expect, it } from "vitest";
import { LaneMemories } from "#engine/laneMemory.ts";
import { Room } from "#engine/room.ts";
import { type LookPlan, type LookSeen, SharedRun } from "#engine/sharedRun.ts";
import type { RunSegment } from "#engine/skippedSegments.ts";
import { sortableTime } from "#engine/sortableTime.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

const startMs = 1_800_000_000_000;
const head = sortableTime(0);
const nothing: LookSeen = {
  returns: [],
  isFruitful: false,
  lookBack: undefined,
  behind: [],
  mayBeStale: false,
};

/** The key of the segment with that number in a run; all are older than the grace. */
function keyOf(number: number): string {
  return `${sortableTime(startMs - 600_000 + number)}000`;
}

/** A lane whose first look saw so many segments in flight. */
function aRun(length: number, returnsAtMs = Infinity, room = new Room(100_000)) {
  const run = new SharedRun(room);
  const behind = Array.from({ length }, (_, number) => inFlight(number, returnsAtMs));
  run.settle(planAt(run, 0), { ...nothing, behind });
  return run;
}

function inFlight(number: number, returnsAtMs = Infinity): RunSegment {
  return { sk: keyOf(number), inFlight: 1, returnsAtMs };
}

function planAt(run: SharedRun, afterMs: number, isContended = false): LookPlan {
  const random = new SeededRandom(1);
  return run.plan({ head, nowMs: startMs + afterMs, wanted: 1, isContended, random });
}

/** Reads everything that a look is to read, and finds these in it. */
function settle(run: SharedRun, plan: LookPlan, found: readonly RunSegment[]): void {
  const within = (from: string, to: string) => found.filter(({ sk }) => sk >= from && sk <= to);
  const { lookBack } = plan;
  run.settle(plan, {
    ...nothing,
    returns: plan.returns.map(({ from, to }) => ({ from, to, segments: within(from, to) })),
    lookBack: lookBack && {
      part: { from: lookBack.from, to: lookBack.to, segments: within(lookBack.from, lookBack.to) },
      isEnd: true,
      bytes: 1,
    },
  });
}

describe("what is skipped", () => {
  it("is not read again until it returns, and then alone", () => {
    const run = aRun(1000, startMs + 60_000);
    run.noteReturn(keyOf(500), startMs + 1000, startMs);

    const [before, after] = [planAt(run, 999), planAt(run, 1000)];

    expect([before.from > keyOf(999), before.returned]).toEqual([true, []]);
    expect(after.returns).toEqual([{ from: keyOf(500), to: keyOf(500), known: 1 }]);
  });

  it("is read together where it returns together", () => {
    const run = aRun(100, startMs + 1000);

    const { returned, returns } = planAt(run, 1000);

    expect(returned).toHaveLength(8);
    expect(returns).toHaveLength(1);
  });

  it("is read in larger parts when those before were gone", () => {
    const run = aRun(500, startMs + 1000);
    const first = planAt(run, 1000);
    settle(run, first, []);

    const second = planAt(run, 1250);

    expect([first.returned.length, second.returned.length]).toEqual([8, 32]);
  });

  it("returns again at the time that a look saw", () => {
    const run = aRun(1, startMs + 1000);

    settle(run, planAt(run, 1000), [inFlight(0, startMs + 9000)]);

    expect(planAt(run, 8999).returned).toEqual([]);
    expect(planAt(run, 9000).returned).toEqual([keyOf(0)]);
  });

  it("is read again at once when it is there and was not to be had", () => {
    const run = aRun(1, startMs + 1000);

    settle(run, planAt(run, 1000), [inFlight(0, startMs + 1000)]);

    expect(run.nextReturnMs).toBe(startMs + 1000);
    expect(planAt(run, 1000).returned).toEqual([keyOf(0)]);
  });

  it("is read again when a look that was to read it failed", () => {
    const run = aRun(1, startMs + 1000);

    run.abandon(planAt(run, 1000));

    expect(planAt(run, 1250).returned).toEqual([keyOf(0)]);
  });

  it("is read at once when this process made it available", () => {
    const run = aRun(1, startMs + 60_000);

    run.noteReturn(keyOf(0), startMs, startMs);

    expect(planAt(run, 0).returned).toEqual([keyOf(0)]);
  });

  it("is read at once when this process made it available while a look read it", () => {
    const run = new SharedRun(new Room(10));
    const plan = planAt(run, 0);
    run.noteReturn(keyOf(0), startMs + 1, startMs + 1);

    run.settle(plan, { ...nothing, behind: [inFlight(0, startMs + 60_000)] });

    expect(planAt(run, 1).returned).toEqual([keyOf(0)]);
  });

  it("is read at once when this process made it available, though all was forgotten since", () => {
    const run = new SharedRun(new Room(10));
    run.noteReturn(keyOf(0), startMs, startMs);
    run.forget();

    const behind = [inFlight(0, startMs + 60_000)];
    run.settle(planAt(run, 1), { ...nothing, behind, mayBeStale: true });

    expect(planAt(run, 1).returned).toEqual([keyOf(0)]);
  });

  it("is not looked for when it was deleted here", () => {
    const run = aRun(2, startMs + 1000);

    run.noteGone(keyOf(0), 1, true);
    run.noteGone(keyOf(1), 1, true);

    expect(run.nextReturnMs).toBe(Infinity);
  });

  it("is read by other processes at other moments, where they compete", () => {
    const run = aRun(2, startMs + 1000);
    planAt(run, 1000, true);
    run.noteReturn(keyOf(1), startMs + 1001, startMs + 1000);

    const soon = run.nextReturnMs;

    expect(soon).toBeGreaterThan(startMs + 1001);
    expect(soon).toBeLessThanOrEqual(startMs + 2000);
  });

  it("is counted, without what was deleted here", () => {
    const run = aRun(3, startMs + 60_000);

    run.noteGone(keyOf(0), 1, true);

    expect(run.inFlight).toBe(2);
  });

  it("is forgotten when the clock was set back", () => {
    const run = aRun(1);

    expect(planAt(run, -1).from).toBe(head);
  });

  it("is never what came in the last two seconds", () => {
    const run = new SharedRun(new Room(10));
    const young = { ...inFlight(0), sk: `${sortableTime(startMs - 1000)}000` };

    run.settle(planAt(run, 0), { ...nothing, behind: [inFlight(0), young] });

    expect(run.inFlight).toBe(2);
    expect(planAt(run, 1).from).toBe(`${keyOf(0)}\u0000`);
  });
});

describe("the look back", () => {
  it("begins every two seconds where little is skipped, and reads it all", () => {
    const run = aRun(10);

    const [early, due] = [planAt(run, 1999), planAt(run, 2000)];

    expect(early.lookBack).toBeUndefined();
    expect(due.lookBack).toMatchObject({ from: head, to: `${keyOf(9)}\u0000` });
  });

  it("has what it finds read again", () => {
    const run = aRun(10, startMs + 60_000);

    settle(
      run,
      planAt(run, 2000),
      Array.from({ length: 10 }, (_, number) =>
        inFlight(number, startMs + (number === 3 ? 2000 : 60_000)),
      ),
    );

    expect(planAt(run, 2000).returned).toEqual([keyOf(3)]);
  });

  it("takes what it does not find for gone", () => {
    const run = aRun(10, startMs + 60_000);

    settle(run, planAt(run, 2000), [inFlight(3, startMs + 60_000)]);

    expect(run.inFlight).toBe(1);
  });

  it("does not take for gone what is too new for a stale read", () => {
    const run = new SharedRun(new Room(10));
    const young = { ...inFlight(0), sk: `${sortableTime(startMs - 2500)}000` };
    run.settle(planAt(run, 0), { ...nothing, behind: [inFlight(0), young] });

    settle(run, planAt(run, 2000), []);

    expect(run.inFlight).toBe(1);
  });

  it("does not take a message's return for later than it was known to be", () => {
    const run = aRun(1, startMs + 3000);

    settle(run, planAt(run, 2000), [inFlight(0, startMs + 60_000)]);

    expect(planAt(run, 3000).returned).toEqual([keyOf(0)]);
  });

  it("goes on where it ended, as far as claims pay for it", () => {
    const { units } = lookBack({ segments: 5000, seconds: 100, claims: 10 });

    // A thousand claims earn 75 units, and a hundred seconds 50.
    expect(units).toBeGreaterThan(90);
    expect(units).toBeLessThan(130);
  });

  it("comes by everything in five minutes, though nothing is claimed", () => {
    const { units, passes } = lookBack({ segments: 50_000, seconds: 600, claims: 0 });

    expect(passes).toBeGreaterThanOrEqual(1);
    expect(units).toBeLessThan(3 * (50_000 / 16));
  });

  it("pays for that by what is claimed first", () => {
    // A pass in five minutes is 10.4 units a second, and these claims earn more.
    const { units } = lookBack({ segments: 50_000, seconds: 100, claims: 150 });

    expect(units).toBeLessThan(100 * (150 * 0.075 + 0.5) + 50);
  });
});

/** Looks once a second, and back as far as is allowed. */
function lookBack({ segments: count, seconds, claims }: LookBackCase) {
  const run = aRun(count);
  const all = Array.from({ length: count }, (_, number) => inFlight(number));
  let [units, passes] = [0, 0];
  for (let second = 1; second <= seconds; second += 1) {
    run.noteClaims(claims);
    const plan = planAt(run, second * 1000);
    if (plan.lookBack === undefined) continue;
    const { from, to, limit } = plan.lookBack;
    const first = all.findIndex(({ sk }) => sk >= from);
    const segments = first < 0 ? [] : all.slice(first, first + limit).filter(({ sk }) => sk <= to);
    const last = segments.at(-1)?.sk ?? from;
    const isEnd = segments.length < limit;
    // Eight segments of half a kilobyte are half a unit.
    const bytes = 512 * segments.length;
    const part = { from, to: isEnd ? to : last, segments };
    run.settle(plan, { ...nothing, lookBack: { part, isEnd, bytes } });
    units += segments.length / 16;
    if (isEnd) passes += 1;
  }
  return { units, passes };
}

interface LookBackCase {
  readonly segments: number;
  readonly seconds: number;
  /** Each second. */
  readonly claims: number;
}

describe("the memories of many lanes", () => {
  it("forget the lanes used longest ago when they hold too many segments together", () => {
    const memories = new LaneMemories(true);
    const lanes = ["0", "1", "2"].map((partition) => {
      const { shared } = memories.of(partition);
      const behind = Array.from({ length: 100_000 }, (_, number) => inFlight(number));
      if (shared !== undefined) shared.settle(planAt(shared, 0), { ...nothing, behind });
      return shared;
    });

    memories.of("2");

    expect(lanes.map((shared) => shared?.inFlight)).toEqual([0, 100_000, 100_000]);
  });

  it("keep no room for a lane that was let go while a receive reads it", () => {
    const room = new Room(10);
    const run = aRun(10, Infinity, room);
    run.retire();

    const behind = Array.from({ length: 11 }, (_, number) => inFlight(number));
    run.settle(planAt(run, 1), { ...nothing, behind });

    expect(room.isOver).toBe(false);
  });
});
