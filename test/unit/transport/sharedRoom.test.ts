import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Part, SharedRoom } from "#transport/sharedRoom.ts";

const aPart = (): Part => ({ taken: 0 });

/** Takes one at a time for as long as there is room; answers how many. */
function fill(room: SharedRoom, part: Part): number {
  let taken = 0;
  for (; room.hasFor(part, 1); taken += 1) room.take(part, 1);
  return taken;
}

describe("SharedRoom", () => {
  it.each([
    [1, 500],
    [8, 889],
  ])("gives one client alone, with a greed of %i, so much of 1000: %i", (greed, most) => {
    expect(fill(new SharedRoom(1000, greed), aPart())).toBe(most);
  });

  it("is never given out whole while clients are fewer than it has places", () => {
    const room = new SharedRoom(1000, 1);
    const taken = Array.from({ length: 8 }, () => fill(room, aPart()));

    expect(Math.min(...taken)).toBeGreaterThan(0);
    expect(taken).toEqual(taken.toSorted((a, b) => b - a));
  });

  it("comes to about equal parts where all ask for more all the time", () => {
    const room = new SharedRoom(1000, 8);
    const parts = [aPart(), aPart(), aPart()];
    for (const part of parts) fill(room, part);

    for (let turn = 0; turn < 3000; turn += 1) {
      // What each has in work ends in turn, and each asks anew.
      for (const part of parts) if (part.taken > 0) room.giveBack(part, 1);
      for (const part of parts.toReversed()) fill(room, part);
    }

    // A third would be 333, and 40 are kept for whoever comes next.
    for (const { taken } of parts) expect(taken).toBeGreaterThan(300);
  });

  it("gives no part more than it may have", () => {
    expect(fill(new SharedRoom(1000, 8, 10), aPart())).toBe(10);
  });

  it("never gives out more than there is, and has it all again in the end", () => {
    const step = fc.record({
      client: fc.integer({ min: 0, max: 4 }),
      amount: fc.integer({ min: 0, max: 60 }),
      isBack: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(1, 8), (steps, greed) => {
        const room = new SharedRoom(100, greed);
        const parts = Array.from({ length: 5 }, aPart);
        const sum = () => parts.reduce((all, { taken }) => all + taken, 0);
        for (const { client, amount, isBack } of steps) {
          const part = parts[client] ?? aPart();
          if (isBack) room.giveBack(part, Math.min(amount, part.taken));
          else if (room.hasFor(part, amount)) room.take(part, amount);
          expect(sum()).toBeLessThanOrEqual(100);
        }
        for (const part of parts) room.giveBack(part, part.taken);
        expect(room.hasFor(aPart(), 100)).toBe(true);
      }),
    );
  });
});
