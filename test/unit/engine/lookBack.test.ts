import { describe, expect, it } from "vitest";
import { Contention } from "#engine/contention.ts";
import { LaneMemories, LaneMemory, type RunSegment } from "#engine/laneMemory.ts";
import { sortableTime } from "#engine/sortableTime.ts";

const startMs = 1_800_000_000_000;
const head = sortableTime(0);

/** So many segments in flight, all older than the grace, that return at that time. */
function run(length: number, returnsAtMs = Infinity): readonly RunSegment[] {
  return Array.from({ length }, (_, index) => ({
    sk: `${sortableTime(startMs - 60_000 + index)}000`,
    inFlight: 1,
    returnsAtMs,
  }));
}

/** A lane that was looked at at `startMs`, with such a run at its head. */
function aLane(segments: readonly RunSegment[], { isShared }: { readonly isShared: boolean }) {
  const memory = new LaneMemory(isShared);
  memory.extendRun(memory.startFrom(head, startMs).run, segments, startMs);
  return memory;
}

function looksBack(memory: LaneMemory, afterMs: number): boolean {
  return memory.startFrom(head, startMs + afterMs).from === head;
}

const shared = { isShared: true };
const own = { isShared: false };

describe("a look back from the head", () => {
  it.each([
    { what: "where others write, after two seconds", ...shared, length: 1, afterMs: 2000 },
    { what: "where nobody else does, after twenty", ...own, length: 1, afterMs: 20_000 },
    { what: "after 1 ms for each segment that is skipped", ...shared, length: 5000, afterMs: 5000 },
    { what: "after 20 seconds at most", ...shared, length: 50_000, afterMs: 20_000 },
  ])("comes $what, and not before", ({ isShared, length, afterMs }) => {
    const before = looksBack(aLane(run(length), { isShared }), afterMs - 1);
    const after = looksBack(aLane(run(length), { isShared }), afterMs);

    expect([before, after]).toEqual([false, true]);
  });

  it.each([
    { length: 1, returnsAfterMs: 300, afterMs: 300 },
    { length: 1000, returnsAfterMs: 300, afterMs: 1000 },
  ])(
    "comes when a timeout in a run of $length ends after $returnsAfterMs ms, at $afterMs",
    ({ length, returnsAfterMs, afterMs }) => {
      const segments = run(length, startMs + returnsAfterMs);
      const before = looksBack(aLane(segments, own), afterMs - 1);
      const after = looksBack(aLane(segments, own), afterMs);

      expect([before, after]).toEqual([false, true]);
    },
  );

  it("comes when a timeout was shortened", () => {
    const memory = aLane(run(1, startMs + 60_000), own);

    memory.noteReturn(startMs + 500);

    expect([499, 500].map((afterMs) => looksBack(memory, afterMs))).toEqual([false, true]);
  });

  it("does not come for a timeout that was made longer", () => {
    const memory = aLane(run(1, startMs + 10_000), own);

    memory.noteReturn(startMs + 60_000);

    expect([9999, 10_000].map((afterMs) => looksBack(memory, afterMs))).toEqual([false, true]);
  });

  it("comes at once when the run was forgotten", () => {
    const memory = aLane(run(1), shared);

    memory.forgetRun();

    expect(looksBack(memory, 1)).toBe(true);
  });

  it("comes at once when the clock was set back", () => {
    const memory = aLane(run(1), own);

    expect([looksBack(memory, -1), looksBack(memory, -1)]).toEqual([true, true]);
  });

  it("comes when the retention period has gone over the run", () => {
    const memory = aLane(run(1), own);

    expect(memory.startFrom(sortableTime(startMs), startMs + 1).from).toBe(sortableTime(startMs));
  });
});

describe("a run", () => {
  it("is not extended by a look that began before it was forgotten", () => {
    const memory = new LaneMemory(false);
    const look = memory.startFrom(head, startMs);
    memory.forgetRun();

    memory.extendRun(look.run, run(1), startMs);

    expect(looksBack(memory, 1)).toBe(true);
  });

  it("tells each look that skips it when its first message returns", () => {
    const memory = aLane([...run(1, startMs + 5000)], own);

    const skipping = memory.startFrom(head, startMs + 1);
    memory.forgetRun();

    expect(skipping.returnsAtMs).toBe(startMs + 5000);
    expect(memory.startFrom(head, startMs + 2).returnsAtMs).toBe(Infinity);
  });
});

describe("contention", () => {
  it("is remembered for ten seconds", () => {
    const contention = new Contention();

    contention.note("one", startMs);

    const at = (queueId: string) =>
      [0, 9999, 10_000].map((afterMs) => contention.isAt(queueId, startMs + afterMs));
    expect([at("one"), at("other")]).toEqual([
      [true, true, false],
      [false, false, false],
    ]);
  });
});

describe("the memories of many lanes", () => {
  it("forget the lane that was used longest ago", () => {
    const memories = new LaneMemories(false);
    const first = memories.of("0");
    const second = memories.of("1");
    memories.of("0");

    for (let lane = 2; lane <= 10_000; lane += 1) memories.of(String(lane));

    expect(memories.of("0")).toBe(first);
    expect(memories.of("1")).not.toBe(second);
  });
});
