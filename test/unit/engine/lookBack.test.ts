import { describe, expect, it } from "vitest";
import { Contention } from "#engine/contention.ts";
import { LaneMemories, LaneMemory } from "#engine/laneMemory.ts";
import { Room } from "#engine/room.ts";
import { sortableTime } from "#engine/sortableTime.ts";

const startMs = 1_800_000_000_000;
const head = sortableTime(0);

/** A lane of one process that was looked at at `startMs`, with so long a run at its head. */
function aLane(length: number, returnsAtMs = Infinity): LaneMemory {
  const memory = new LaneMemory(new Room(0));
  memory.startFrom(head, startMs);
  for (let index = 0; index < length; index += 1) {
    const sk = `${sortableTime(startMs - 60_000 + index)}000`;
    memory.joinRun({ sk, inFlight: 1, returnsAtMs });
  }
  return memory;
}

function looksBack(memory: LaneMemory, afterMs: number): boolean {
  return memory.startFrom(head, startMs + afterMs).from === head;
}

describe("a look back from the head", () => {
  it.each([
    { what: "after twenty seconds", length: 1, afterMs: 20_000 },
    { what: "after twenty seconds, however much is skipped", length: 50_000, afterMs: 20_000 },
  ])("comes $what, and not before", ({ length, afterMs }) => {
    const before = looksBack(aLane(length), afterMs - 1);
    const after = looksBack(aLane(length), afterMs);

    expect([before, after]).toEqual([false, true]);
  });

  it.each([
    { length: 1, returnsAfterMs: 300, afterMs: 300 },
    { length: 1000, returnsAfterMs: 300, afterMs: 1000 },
  ])(
    "comes when a timeout in a run of $length ends after $returnsAfterMs ms, at $afterMs",
    ({ length, returnsAfterMs, afterMs }) => {
      const before = looksBack(aLane(length, startMs + returnsAfterMs), afterMs - 1);
      const after = looksBack(aLane(length, startMs + returnsAfterMs), afterMs);

      expect([before, after]).toEqual([false, true]);
    },
  );

  it("comes when a timeout was shortened", () => {
    const memory = aLane(1, startMs + 60_000);

    memory.noteReturn("a", startMs + 500, startMs);

    expect([499, 500].map((afterMs) => looksBack(memory, afterMs))).toEqual([false, true]);
  });

  it("does not come for a timeout that was made longer", () => {
    const memory = aLane(1, startMs + 10_000);

    memory.noteReturn("a", startMs + 60_000, startMs);

    expect([9999, 10_000].map((afterMs) => looksBack(memory, afterMs))).toEqual([false, true]);
  });

  it("comes at once when a timeout was ended", () => {
    const memory = aLane(1, startMs + 60_000);

    memory.noteReturn("a", startMs, startMs);

    expect(looksBack(memory, 1)).toBe(true);
  });

  it("comes at once when the run was forgotten", () => {
    const memory = aLane(1);

    memory.forgetRun();

    expect(looksBack(memory, 1)).toBe(true);
  });

  it("comes at once when the clock was set back", () => {
    const memory = aLane(1);

    expect([looksBack(memory, -1), looksBack(memory, -1)]).toEqual([true, true]);
  });

  it("comes when the retention period has gone over the run", () => {
    const memory = aLane(1);

    expect(memory.startFrom(sortableTime(startMs), startMs + 1).from).toBe(sortableTime(startMs));
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
