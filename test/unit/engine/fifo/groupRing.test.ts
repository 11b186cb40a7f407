import { describe, expect, it } from "vitest";
import { GroupRing } from "#engine/fifo/groupRing.ts";
import { nowMs } from "./fifoFixture.ts";

const delaySeconds = 0;
const unfed = { isDone: false, isFed: false, nowMs, delaySeconds };
const fed = { ...unfed, isFed: true };
const done = { ...fed, isDone: true };

/** Walks round a ring of so many groups, and finds nothing. */
function findNothing(ring: GroupRing, groups: number, isFed = false): void {
  const walk = ring.beginWalk();
  let left = groups;
  while (!walk.isComplete) {
    const { limit } = walk.nextArc;
    const count = Math.min(limit, left);
    left -= count;
    const items = Array.from({ length: count }, (_, index) => ({
      pk: "g",
      sk: `${left} ${index}`,
    }));
    walk.pass({ items, more: left > 0 });
  }
  ring.endWalk(walk, { hasFound: false, isFed, nowMs, delaySeconds });
}

describe("the hints of a ring", () => {
  it("are taken in the order in which they came, each once", () => {
    const ring = new GroupRing("");
    for (const sk of ["a", "b", "a", "c"]) ring.hint(sk);

    expect(ring.takeHints(2)).toEqual(["a", "b"]);
    expect(ring.takeHints(2)).toEqual(["c"]);
    expect(ring.takeHints(2)).toEqual([]);
  });

  it("give way to a round of the ring when they are too many", () => {
    const ring = new GroupRing("");
    findNothing(ring, 500);
    expect(ring.pagesToRead(unfed)).toBe(0);

    for (let count = 0; count <= 1000; count += 1) ring.hint(`group ${count}`);

    expect(ring.takeHints(10)).toEqual([]);
    expect(ring.pagesToRead(unfed)).toBeGreaterThan(0);
  });
});

describe("a ring", () => {
  it("is quiet for a millisecond per group after a round that found nothing", () => {
    const ring = new GroupRing("");
    findNothing(ring, 500);

    expect(ring.pagesToRead({ ...unfed, nowMs: nowMs + 499 })).toBe(0);
    expect(ring.quietUntilMs(nowMs, delaySeconds)).toBe(nowMs + 500);
    expect(ring.pagesToRead({ ...unfed, nowMs: nowMs + 500 })).toBeGreaterThan(0);
  });

  it("is quiet for twenty seconds at most", () => {
    const ring = new GroupRing("");
    findNothing(ring, 100_000);

    expect(ring.quietUntilMs(nowMs, delaySeconds)).toBe(nowMs + 20_000);
  });

  it.each([
    ["it is small", 63, {}],
    ["the clock is set back", 500, { nowMs: nowMs - 1 }],
    ["the queue's delay is another", 500, { delaySeconds: 1 }],
  ])("is not quiet when %s", (_story, groups, change) => {
    const ring = new GroupRing("");
    findNothing(ring, groups);

    expect(ring.pagesToRead({ ...unfed, ...change })).toBeGreaterThan(0);
  });

  it("is looked around by one in eight receives that hints gave enough", () => {
    const ring = new GroupRing("");

    const pages = Array.from({ length: 16 }, () => ring.pagesToRead(done));

    expect(pages.filter((count) => count > 0)).toHaveLength(2);
  });

  it("is looked around by each receive that hints gave something, unless it rests", () => {
    const ring = new GroupRing("");
    expect(ring.pagesToRead(fed)).toBe(2);
    const walk = ring.beginWalk();
    const items = Array.from({ length: 80 }, (_, index) => ({ pk: "g", sk: `${index}` }));
    walk.pass({ items, more: true });
    ring.endWalk(walk, { hasFound: false, isFed: true, nowMs, delaySeconds });

    expect(ring.pagesToRead({ ...fed, nowMs: nowMs + 79 })).toBe(0);
    expect(ring.pagesToRead({ ...fed, nowMs: nowMs + 80 })).toBe(2);
    expect(ring.pagesToRead(unfed)).toBeGreaterThan(2);
  });

  it("goes on with a walk that was too long for one look", () => {
    const ring = new GroupRing("");
    const walk = ring.beginWalk();
    walk.pass({ items: [{ pk: "g", sk: "1" }], more: true });
    ring.endWalk(walk, { hasFound: false, isFed: false, nowMs, delaySeconds });

    expect(ring.beginWalk()).toBe(walk);
  });

  it("begins behind what it read last", () => {
    const ring = new GroupRing("7f");
    const walk = ring.beginWalk();
    walk.pass({ items: [{ pk: "g", sk: "80group" }], more: true });
    ring.endWalk(walk, { hasFound: true, isFed: false, nowMs, delaySeconds });

    expect(ring.beginWalk().nextArc.from).toBe("80group\u0000");
  });
});

describe("a group of a ring", () => {
  it("goes to the back when it was served", () => {
    const ring = new GroupRing("");
    const served = { count: 1, untilMs: nowMs };
    ring.noteServed("a", served);
    ring.noteServed("b", served);
    ring.noteServed("a", served);

    const order = ["a", "b", "c"].toSorted(
      (one, other) => ring.servedAt(one) - ring.servedAt(other),
    );

    expect(order).toEqual(["c", "b", "a"]);
  });

  it("is not hinted at by a send while a receive holds it", () => {
    const ring = new GroupRing("");
    ring.noteServed("a", { count: 1, untilMs: nowMs + 1000 });

    expect(ring.noteSent("a", nowMs + 999)).toBe(false);
    expect(ring.takeHints(1)).toEqual([]);
    expect(ring.noteSent("a", nowMs + 1000)).toBe(true);
    expect(ring.takeHints(1)).toEqual(["a"]);
  });

  it("is hinted at when it is let go, and by sends from then on", () => {
    const ring = new GroupRing("");
    ring.noteServed("a", { count: 1, untilMs: nowMs + 1000 });

    ring.noteReleased("a", 1);

    expect(ring.takeHints(1)).toEqual(["a"]);
    expect(ring.noteSent("a", nowMs)).toBe(true);
  });
});
