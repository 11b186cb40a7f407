import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gone, readSlot, receivedAgain, type Slot, slotBytes, writeSlot } from "#engine/slot.ts";
import { latestMs } from "#engine/sortableTime.ts";

const today = Date.UTC(2026, 10, 22);
const time = fc.integer({ min: 0, max: latestMs });
const token = fc.stringMatching(/^[0-9a-z]{6}$/);
const received: fc.Arbitrary<Slot & { readonly kind: "received" }> = fc.record({
  kind: fc.constant("received"),
  token,
  visibleAtMs: time,
  firstReceivedAtMs: time,
  receiveCount: fc.integer({ min: 1, max: 1_000_000 }),
});
const fresh: Slot = { kind: "fresh" };

describe("a slot's text", () => {
  it("gives back whatever was written", () => {
    fc.assert(
      fc.property(fc.oneof(received, fc.constant(gone), fc.constant(fresh)), (slot) => {
        expect(readSlot(writeSlot(slot))).toEqual(slot);
      }),
    );
  });

  it("is none for a fresh slot, so that a send stores nothing for it", () => {
    expect(writeSlot(fresh)).toBeUndefined();
  });

  it("begins with the token, by which a handle guards a write", () => {
    fc.assert(
      fc.property(received, (slot) => {
        expect(writeSlot(slot)?.startsWith(slot.token)).toBe(true);
      }),
    );
  });

  it.each([30, 43_200])("takes what is reckoned with, at a first receive for %i s", (seconds) => {
    const first = receivedAgain(fresh, {
      token: "zzzzzz",
      nowMs: today,
      visibleAtMs: today + seconds * 1000,
    });

    expect(writeSlot(first)?.length).toBe(slotBytes(seconds));
  });
});

describe("receivedAgain", () => {
  const receive = { token: "123456", nowMs: 1000, visibleAtMs: 31_000 };

  it("counts from one, and notes the first receive", () => {
    expect(receivedAgain(fresh, receive)).toEqual({
      kind: "received",
      token: "123456",
      visibleAtMs: 31_000,
      firstReceivedAtMs: 1000,
      receiveCount: 1,
    });
  });

  it("counts on, keeps the first receive and has a token of its own", () => {
    const first = receivedAgain(fresh, { token: "000000", nowMs: 1, visibleAtMs: 2 });

    expect(receivedAgain(first, receive)).toEqual({
      kind: "received",
      token: "123456",
      visibleAtMs: 31_000,
      firstReceivedAtMs: 1,
      receiveCount: 2,
    });
  });
});
