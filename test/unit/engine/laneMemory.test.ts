import { describe, expect, it } from "vitest";
import { LaneMemory } from "#engine/laneMemory.ts";
import { Room } from "#engine/room.ts";
import { SharedRun } from "#engine/sharedRun.ts";
import type { RunSegment } from "#engine/skippedSegments.ts";
import { sortableTime } from "#engine/sortableTime.ts";

const nowMs = 1_800_000_000_000;
const head = sortableTime(0);

/** A segment whose message was sent so long ago and is in flight for another minute. */
function inFlightSince(ageMs: number): RunSegment {
  return { sk: `${sortableTime(nowMs - ageMs)}000`, inFlight: 1, returnsAtMs: nowMs + 60_000 };
}

function aSharedRun(): SharedRun {
  return new SharedRun(new Room(100));
}

describe("the memory of a lane", () => {
  it("starts at the head, then behind what was seen in flight", () => {
    const memory = new LaneMemory(new Room(0));
    const { from } = memory.startFrom(head, nowMs);
    const segment = inFlightSince(10);

    memory.joinRun(segment);

    expect(from).toBe(head);
    expect(memory.startFrom(head, nowMs).from).toBe(`${segment.sk}\u0000`);
  });

  it("takes what is deleted off the count", () => {
    const memory = new LaneMemory(new Room(0));
    memory.joinRun(inFlightSince(10));
    memory.joinRun(inFlightSince(5));

    memory.noteGone(inFlightSince(10).sk, 1, true);

    expect(memory.inFlight).toBe(1);
  });

  it("keeps a slot reserved for the looks that may have read it before its claim", () => {
    const memory = new LaneMemory(new Room(0));
    const early = memory.beginLook();
    memory.reserve(["slot"]);
    const meanwhile = memory.beginLook();
    memory.unreserve(["slot"]);
    const late = memory.beginLook();

    const answers = [early, meanwhile, late].map((look) => memory.isReserved("slot", look));

    expect(answers).toEqual([true, true, false]);
  });

  it("reserves a slot again that was claimed before", () => {
    const memory = new LaneMemory(new Room(0));
    const early = memory.beginLook();
    memory.reserve(["slot"]);
    memory.unreserve(["slot"]);
    memory.reserve(["slot"]);
    memory.endLook(early);

    expect(memory.isReserved("slot", memory.beginLook())).toBe(true);
  });

  it("has a look read a segment more for each other look, and for each claim in the grace", () => {
    const wants = [false, true].map((isShared) => {
      const memory = new LaneMemory(new Room(0), isShared ? aSharedRun() : undefined);
      memory.reserve(["slot"]);
      const looks = [memory.beginLook(), memory.beginLook(), memory.beginLook()];
      const before = memory.segmentsFor(10);
      for (const look of looks) memory.endLook(look);
      memory.unreserve(["slot"]);
      return [before, memory.segmentsFor(10)];
    });

    expect(wants).toEqual([
      [12, 10],
      [13, 10],
    ]);
  });

  it("has a look read fewer segments where they hold more messages", () => {
    const memory = new LaneMemory(new Room(0));

    memory.noteDensity(10);

    expect([1, 10, 11].map((wanted) => memory.segmentsFor(wanted))).toEqual([1, 1, 2]);
  });
});
