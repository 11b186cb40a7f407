import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sequence, sequenceText } from "#engine/fifo/sequence.ts";
import { nowMs } from "./fifoFixture.ts";

describe("sequence numbers", () => {
  it("rise within a process and above every floor, however the clock jumps", () => {
    const step = fc.record({
      clockMs: fc.integer({ min: nowMs - 10_000, max: nowMs + 10_000 }),
      floor: fc.integer({ min: 0, max: (nowMs + 5000) * 1000 }),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const sequence = new Sequence();
        let last = 0;
        for (const { clockMs, floor } of steps) {
          const next = sequence.next(floor, clockMs);
          expect(next).toBeGreaterThan(Math.max(last, floor));
          expect(next).toBeGreaterThanOrEqual(clockMs * 1000);
          last = next;
        }
      }),
    );
  });

  it("are written with twenty digits that sort as they do", () => {
    const texts = [1, 999, nowMs * 1000, nowMs * 1000 + 1, Number.MAX_SAFE_INTEGER].map(
      sequenceText,
    );

    expect(texts.every((text) => /^\d{20}$/.test(text))).toBe(true);
    expect(texts.toSorted()).toEqual(texts);
  });
});
