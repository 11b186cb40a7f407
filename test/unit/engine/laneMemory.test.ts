import { describe, expect, it } from "vitest";
import { LaneMemory, type RunSegment } from "#engine/laneMemory.ts";
import { sortableTime } from "#engine/sortableTime.ts";

const nowMs = 1_800_000_000_000;
const head = sortableTime(0);

/** A segment whose message was sent so long ago and is in flight for another minute. */
function inFlightSince(ageMs: number): RunSegment {
  return { sk: `${sortableTime(nowMs - ageMs)}000`, inFlight: 1, returnsAtMs: nowMs + 60_000 };
}

describe("the memory of a lane", () => {
  it("starts at the head, then behind what was seen in flight", () => {
    const memory = new LaneMemory(false);
    const { from, run } = memory.startFrom(head, nowMs);
    const segment = inFlightSince(10);

    memory.extendRun(run, [segment], nowMs);

    expect(from).toBe(head);
    expect(memory.startFrom(head, nowMs).from).toBe(`${segment.sk}\u0000`);
  });

  it("counts a segment once, however many looks saw it", () => {
    const memory = new LaneMemory(false);
    const looks = [memory.startFrom(head, nowMs), memory.startFrom(head, nowMs)];
    const run = looks.at(-1)?.run ?? 0;

    memory.extendRun(run, [inFlightSince(30), inFlightSince(20)], nowMs);
    memory.extendRun(run, [inFlightSince(30), inFlightSince(20), inFlightSince(10)], nowMs);

    expect(memory.inFlight).toBe(3);
  });

  it("counts what is young as often as it is there, and skips it never where others write", () => {
    const memory = new LaneMemory(true);
    const { run } = memory.startFrom(head, nowMs);

    for (let look = 0; look < 1000; look += 1) {
      memory.extendRun(run, [inFlightSince(5000), inFlightSince(1000)], nowMs);
    }

    expect(memory.inFlight).toBe(2);
    expect(memory.startFrom(head, nowMs).from).toBe(`${inFlightSince(5000).sk}\u0000`);
  });

  it("takes what is deleted off the count that it was in", () => {
    const memory = new LaneMemory(true);
    const { run } = memory.startFrom(head, nowMs);
    memory.extendRun(run, [inFlightSince(5000), inFlightSince(1000)], nowMs);

    memory.noteGone(inFlightSince(1000).sk, 1);
    memory.noteGone(inFlightSince(1000).sk, 1);

    expect(memory.inFlight).toBe(1);
  });

  it("looks back as soon as a message of a short run returns, many looks or not", () => {
    const memory = new LaneMemory(true);
    const { run } = memory.startFrom(head, nowMs);
    for (let look = 0; look < 1000; look += 1) {
      memory.extendRun(run, [inFlightSince(5000)], nowMs);
    }

    expect(memory.startFrom(head, nowMs + 60_000).from).toBe(head);
  });

  it("keeps a slot reserved for the looks that may have read it before its claim", () => {
    const memory = new LaneMemory(false);
    const early = memory.beginLook();
    memory.reserve(["slot"]);
    const meanwhile = memory.beginLook();
    memory.unreserve(["slot"]);
    const late = memory.beginLook();

    const answers = [early, meanwhile, late].map((look) => memory.isReserved("slot", look));

    expect(answers).toEqual([true, true, false]);
  });

  it("reserves a slot again that was claimed before", () => {
    const memory = new LaneMemory(false);
    const early = memory.beginLook();
    memory.reserve(["slot"]);
    memory.unreserve(["slot"]);
    memory.reserve(["slot"]);
    memory.endLook(early);

    expect(memory.isReserved("slot", memory.beginLook())).toBe(true);
  });

  it("has a look read a segment more for each other look, and for each claim in the grace", () => {
    const wants = [false, true].map((isShared) => {
      const memory = new LaneMemory(isShared);
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
    const memory = new LaneMemory(false);

    memory.noteDensity(10);

    expect([1, 10, 11].map((wanted) => memory.segmentsFor(wanted))).toEqual([1, 1, 2]);
  });
});
