import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Entry, packEntries } from "#engine/fifo/entry.ts";
import {
  groupIdOf,
  groupKey,
  itemBytes,
  leadingRun,
  pageKey,
  pageNumberOf,
  readGroup,
} from "#engine/fifo/group.ts";
import type { Queue } from "#engine/queue.ts";
import { aFifoQueue, anEntry, inFlightUntil, nowMs } from "./fifoFixture.ts";

const queue = aFifoQueue({ retentionSeconds: 60, delaySeconds: 5 });

/** Every case there is: fresh or received, before and after each time that matters. */
const entry = fc
  .record({
    ageMs: fc.constantFrom(0, 4999, 5000, 59_999, 60_000, 80_000),
    visibleInMs: fc.constantFrom(undefined, -1, 0, 1, 1000),
  })
  .map(({ ageMs, visibleInMs }) => (number: number) => {
    const slot =
      visibleInMs === undefined ? ({ kind: "fresh" } as const) : inFlightUntil(nowMs + visibleInMs);
    return anEntry(number, { sentAtMs: nowMs - ageMs, slot });
  });
const entries = fc
  .array(entry, { maxLength: 12 })
  .map((makers) => makers.map((make, number) => make(number)));

/** Spec section 7.4 word for word, and nothing else. */
function deliverable(all: readonly Entry[], { settings }: Queue): readonly number[] {
  const undeleted = all.filter(
    ({ facts }) => facts.sentAtMs > nowMs - settings.retentionSeconds * 1000,
  );
  const firstHidden = undeleted.findIndex(({ slot, facts }) =>
    slot.kind === "received"
      ? slot.visibleAtMs > nowMs
      : facts.sentAtMs + settings.delaySeconds * 1000 > nowMs,
  );
  const run = firstHidden < 0 ? undeleted : undeleted.slice(0, firstHidden);
  return run.map(({ number }) => number);
}

describe("the leading run of a group", () => {
  it("is what stands before the first message that is in flight or delayed", () => {
    fc.assert(
      fc.property(entries, (all) => {
        const { run } = leadingRun({ entries: all }, queue, nowMs);

        expect(run.map(({ number }) => number)).toEqual(deliverable(all, queue));
      }),
    );
  });

  it("is the same until the time that it names, and longer then", () => {
    fc.assert(
      fc.property(entries, (all) => {
        const lasting = aFifoQueue({ retentionSeconds: 600, delaySeconds: 5 });
        const { run, untilMs } = leadingRun({ entries: all }, lasting, nowMs);
        if (untilMs === Infinity) {
          expect(run).toHaveLength(all.length);
          return;
        }

        expect(leadingRun({ entries: all }, lasting, untilMs - 1).run).toHaveLength(run.length);
        expect(leadingRun({ entries: all }, lasting, untilMs).run.length).toBeGreaterThan(
          run.length,
        );
      }),
    );
  });

  it("has nothing in it that has expired, and says what has", () => {
    fc.assert(
      fc.property(entries, (all) => {
        const { run, expired } = leadingRun({ entries: all }, queue, nowMs);

        const isOld = ({ facts }: Entry) => facts.sentAtMs <= nowMs - 60_000;
        expect(run.some(isOld)).toBe(false);
        expect(expired.every(isOld)).toBe(true);
      }),
    );
  });
});

describe("a group's item", () => {
  const key = groupKey(queue, "a!~group");

  it("lies among all groups of its queue, at a place that nobody chooses", () => {
    expect(key.pk).toBe(groupKey(queue, "another").pk);
    expect(key.sk).toMatch(/^[0-9a-f]{10}a!~group$/);
    expect(groupIdOf(key)).toBe("a!~group");
  });

  it("says where its pages are, and what they hold comes in order", () => {
    const item = {
      ...key,
      i: "l1fe",
      t: 9,
      n: 3,
      f: 2,
      o: 40,
      x: 5,
      ...packEntries([anEntry(1)]).attributes,
    };

    const group = readGroup(item);

    expect(group).toEqual({
      key,
      groupId: "a!~group",
      life: "l1fe",
      lastSequence: 9,
      nextEntry: 3,
      firstPage: 2,
      lastPage: 40,
      entries: [anEntry(1)],
      entryCount: 1,
      bytes: itemBytes(key) + packEntries([anEntry(1)]).bytes,
    });
    const pages = [1, 9, 10, 35, 36, 1000, 40_000].map((page) => pageKey(group, page));
    expect(pages.toSorted((left, right) => (left.sk < right.sk ? -1 : 1))).toEqual(pages);
    expect(pages.map(pageNumberOf)).toEqual([1, 9, 10, 35, 36, 1000, 40_000]);
  });

  it("has its pages elsewhere in another life", () => {
    expect(pageKey({ key, life: "one" }, 1).pk).not.toBe(pageKey({ key, life: "two" }, 1).pk);
  });
});
