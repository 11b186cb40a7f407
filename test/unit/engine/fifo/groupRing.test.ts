import { describe, expect, it } from "vitest";
import { GroupRing } from "#engine/fifo/groupRing.ts";
import type { Item } from "#table/table.ts";
import { nowMs } from "./fifoFixture.ts";

const delaySeconds = 0;
const unfed = { isDone: false, isFed: false, nowMs, delaySeconds };
const fed = { ...unfed, isFed: true };
const done = { ...fed, isDone: true };

const nothing = { hasFound: false, isFed: false, nowMs, delaySeconds, nextVisibleMs: Infinity };

/** Items of so many groups. */
function groups(count: number, name = ""): readonly Item[] {
  return Array.from({ length: count }, (_, index) => ({ pk: "g", sk: `${name}${index}` }));
}

/** Walks round a ring of so many groups, and finds nothing. */
async function findNothing(ring: GroupRing, count: number): Promise<void> {
  await ring.walk(false, async (walk) => {
    for (let left = count; !walk.isComplete; ) {
      const some = Math.min(walk.nextArc.limit, left);
      left -= some;
      walk.pass({ items: groups(some, `${left} `), more: left > 0 });
    }
    ring.noteWalk(walk, nothing);
  });
}

describe("the hints of a ring", () => {
  it("are taken in the order in which they came, each once", () => {
    const ring = new GroupRing("");
    for (const sk of ["a", "b", "a", "c"]) ring.hint(sk);

    expect(ring.takeHints(2)).toEqual(["a", "b"]);
    expect(ring.takeHints(2)).toEqual(["c"]);
    expect(ring.takeHints(2)).toEqual([]);
  });

  it("are taken until they seem to have what is wanted", () => {
    const ring = new GroupRing("");
    for (const sk of ["a", "b", "c", "d"]) ring.hint(sk);

    const wish = { wanted: 10, messagesIn: (sk: string) => (sk === "a" ? 1 : 9) };

    expect(ring.takeHints(25, wish)).toEqual(["a", "b"]);
    expect(ring.takeHints(1, wish)).toEqual(["c"]);
    expect(ring.takeHints(25, wish)).toEqual(["d"]);
  });

  it("are a thousand at most, and a round of the ring finds the others", async () => {
    const ring = new GroupRing("");
    await findNothing(ring, 500);
    for (let count = 0; count < 1000; count += 1) ring.hint(`group ${count}`);
    expect(ring.pagesToRead(unfed)).toBe(0);

    ring.hint("one more");

    expect(ring.takeHints(2000)).toHaveLength(1000);
    expect(ring.pagesToRead(unfed)).toBeGreaterThan(0);
  });
});

describe("a ring", () => {
  it("is quiet for a millisecond per group after a round that found nothing", async () => {
    const ring = new GroupRing("");
    await findNothing(ring, 500);

    expect(ring.pagesToRead({ ...unfed, nowMs: nowMs + 499 })).toBe(0);
    expect(ring.quietUntilMs(nowMs, delaySeconds)).toBe(nowMs + 500);
    expect(ring.pagesToRead({ ...unfed, nowMs: nowMs + 500 })).toBeGreaterThan(0);
  });

  it("is quiet for twenty seconds at most", async () => {
    const ring = new GroupRing("");
    await findNothing(ring, 100_000);

    expect(ring.quietUntilMs(nowMs, delaySeconds)).toBe(nowMs + 20_000);
  });

  it.each([
    ["it is small", 63, {}],
    ["the clock is set back", 500, { nowMs: nowMs - 1 }],
    ["the queue's delay is another", 500, { delaySeconds: 1 }],
  ])("is not quiet when %s", async (_story, count, change) => {
    const ring = new GroupRing("");
    await findNothing(ring, count);

    expect(ring.pagesToRead({ ...unfed, ...change })).toBeGreaterThan(0);
  });

  it("is looked around by one in eight receives that hints gave enough", () => {
    const ring = new GroupRing("");

    const pages = Array.from({ length: 16 }, () => ring.pagesToRead(done));

    expect(pages.filter((count) => count > 0)).toHaveLength(2);
  });

  it("is looked around by each receive that hints gave something, unless it rests", async () => {
    const ring = new GroupRing("");
    expect(ring.pagesToRead(fed)).toBe(2);
    await ring.walk(false, async (walk) => {
      walk.pass({ items: groups(80), more: true });
      ring.noteWalk(walk, { ...nothing, isFed: true });
    });

    expect(ring.pagesToRead({ ...fed, nowMs: nowMs + 79 })).toBe(0);
    expect(ring.pagesToRead({ ...fed, nowMs: nowMs + 80 })).toBe(2);
    expect(ring.pagesToRead(unfed)).toBeGreaterThan(2);
  });

  it("goes on with a walk that was too long for one look", async () => {
    const ring = new GroupRing("");
    const first = await ring.walk(false, async (walk) => {
      walk.pass({ items: groups(1), more: true });
      ring.noteWalk(walk, nothing);
      return walk;
    });

    const second = await ring.walk(false, async (walk) => walk);

    expect(second).toBe(first);
  });

  it("begins behind what it read last", async () => {
    const ring = new GroupRing("7f");
    await ring.walk(false, async (walk) => {
      walk.pass({ items: [{ pk: "g", sk: "80group" }], more: true });
      ring.noteWalk(walk, { ...nothing, hasFound: true });
    });

    const next = await ring.walk(false, async (walk) => walk.nextArc.from);

    expect(next).toBe("80group\u0000");
  });

  it("is read from its beginning while one page holds all of it", async () => {
    const ring = new GroupRing("7f");
    await findNothing(ring, 15);

    const next = await ring.walk(false, async (walk) => walk.nextArc.from);

    expect(next).toBe("");
  });

  it("is not begun anew again and again once it has more than one page", async () => {
    const ring = new GroupRing("");
    await findNothing(ring, 15);
    await ring.walk(false, async (walk) => {
      walk.pass({ items: groups(16), more: true });
      ring.noteWalk(walk, { ...nothing, hasFound: true });
    });

    const next = await ring.walk(false, async (walk) => walk.nextArc.from);

    expect(next).toBe("15\u0000");
  });

  it("is read in larger parts while several look, for all of them", async () => {
    const ring = new GroupRing("");

    const limits = await Promise.all(
      [1, 2, 3].map(() =>
        ring.look(async () => {
          await Promise.resolve();
          return await ring.walk(false, async (walk) => walk.nextArc.limit);
        }),
      ),
    );
    const around = await ring.look(() => ring.walk(true, async (walk) => walk.nextArc.limit));

    expect(limits[0]).toBe(48);
    expect(around).toBe(16);
  });

  it("says when a walk is under way, and what a whole round came to", async () => {
    const ring = new GroupRing("");
    const { promise, resolve } = Promise.withResolvers<void>();
    const walked = ring.walk(false, () => promise);
    const { walking } = ring;
    expect(walking).toBeDefined();
    resolve();
    await Promise.all([walked, walking]);
    expect(ring.walking).toBeUndefined();

    expect(ring.round).toBeUndefined();
    await findNothing(ring, 5);
    const { round } = ring;
    expect(round).toEqual({ hasFound: false, nextVisibleMs: Infinity });
    await findNothing(ring, 5);
    expect(ring.round).not.toBe(round);
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
