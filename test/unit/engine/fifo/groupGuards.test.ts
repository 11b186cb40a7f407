import { describe, expect, it } from "vitest";
import { packEntries } from "#engine/fifo/entry.ts";
import { entryIs, hasNotGrown, isHeld, isSameLife, tailIs } from "#engine/fifo/groupGuards.ts";
import { holds } from "#table/conditions.ts";
import type { Condition, Item } from "#table/table.ts";
import { anEntry, inFlightUntil, nowMs } from "./fifoFixture.ts";

const key = { pk: "abc.0.0", sk: "0123456789group" };

function itemWith(...entries: readonly ReturnType<typeof anEntry>[]): Item {
  return { ...key, i: "l1fe", t: 7, n: 3, ...packEntries(entries).attributes };
}

function isTrue(condition: Condition, item: Item): boolean {
  return holds(condition, item);
}

describe("the guard of a held message", () => {
  const held = { number: 0, token: "deadbe", nowMs };

  it.each([
    ["runs for a millisecond more", inFlightUntil(nowMs + 1), true],
    ["runs for a year", inFlightUntil(nowMs + 31_536_000_000), true],
    ["ends just now", inFlightUntil(nowMs), false],
    ["ended a millisecond ago", inFlightUntil(nowMs - 1), false],
    ["is over since 1970", inFlightUntil(0), false],
    ["is another's", inFlightUntil(nowMs + 1000, "deadbd"), false],
    ["is another's, of a higher token", inFlightUntil(nowMs + 1000, "deadbf"), false],
    ["is nobody's", { kind: "fresh" } as const, false],
    ["is of a message that was moved here", inFlightUntil(nowMs + 1000, "......"), false],
  ])("whose timeout %s", (_story, slot, isTheirs) => {
    expect(isTrue(isHeld(held), itemWith(anEntry(0, { slot })))).toBe(isTheirs);
  });

  it("knows counts of any length", () => {
    const slot = { ...inFlightUntil(nowMs), kind: "received" as const, receiveCount: 1000 };
    const received = { token: "deadbe", visibleAtMs: nowMs, firstReceivedAtMs: 0 };

    expect(isTrue(isHeld(held), itemWith(anEntry(0, { slot: { ...slot, ...received } })))).toBe(
      false,
    );
  });
});

describe("the guard of a message as it was read", () => {
  it("fails for a fresh one that is gone", () => {
    expect(isTrue(entryIs(anEntry(0)), itemWith(anEntry(0)))).toBe(true);
    expect(isTrue(entryIs(anEntry(0)), itemWith(anEntry(1)))).toBe(false);
  });

  it("fails for a fresh one that somebody received", () => {
    const received = anEntry(0, { slot: inFlightUntil(nowMs) });

    expect(isTrue(entryIs(anEntry(0)), itemWith(received))).toBe(false);
  });

  it("fails for a received one that was received again", () => {
    const [first, second] = ["aaaaaa", "bbbbbb"].map((token) =>
      anEntry(0, { slot: inFlightUntil(nowMs, token) }),
    );
    if (first === undefined || second === undefined) throw new Error("expected two");

    expect(isTrue(entryIs(first), itemWith(first))).toBe(true);
    expect(isTrue(entryIs(first), itemWith(second))).toBe(false);
  });
});

describe("the guard of a group", () => {
  const tail = { life: "l1fe", lastSequence: 7, firstPage: undefined };

  it.each([
    ["as it was", {}, true, true],
    ["that was sent to", { t: 8 }, false, false],
    ["that has a page", { f: 1, o: 1 }, false, false],
    ["of another life", { i: "other" }, false, true],
  ])("%s", (_story, change, isSameTail, hasGrownNot) => {
    const item: Item = { ...itemWith(anEntry(0)), ...change };

    expect(isTrue(tailIs(tail), item)).toBe(isSameTail);
    expect(isTrue(hasNotGrown(tail), item)).toBe(hasGrownNot);
    expect(isTrue([isSameLife(tail)], item)).toBe(item["i"] === "l1fe");
  });

  it("with a page fails once that page was moved in", () => {
    const paged = { ...tail, firstPage: 3 };

    expect(isTrue(tailIs(paged), { ...itemWith(), f: 3, o: 5 })).toBe(true);
    expect(isTrue(tailIs(paged), { ...itemWith(), f: 4, o: 5 })).toBe(false);
    expect(isTrue(tailIs(paged), { ...itemWith(), o: 5 })).toBe(false);
  });
});
