import { describe, expect, it } from "vitest";
import { TimeQueue } from "#engine/timeQueue.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

const startMs = 1_800_000_000_000;

function drain(queue: TimeQueue<number>, nowMs: number): readonly number[] {
  const taken: number[] = [];
  for (;;) {
    const thing = queue.takeUpTo(nowMs);
    if (thing === undefined) return taken;
    taken.push(thing);
  }
}

describe("a queue by time", () => {
  it("gives what is due, the earliest first, and nothing else", () => {
    const random = new SeededRandom(1);
    const queue = new TimeQueue<number>((left, right) => left < right);
    const times = Array.from({ length: 500 }, () => random.below(10_000));
    for (const time of times) queue.add(time, startMs + time);

    const early = drain(queue, startMs + 5000);
    const late = drain(queue, startMs + 10_000);

    const sorted = times.toSorted((left, right) => left - right);
    expect(early).toEqual(sorted.filter((time) => time <= 5000));
    expect(late).toEqual(sorted.filter((time) => time > 5000));
    expect(queue.size).toBe(0);
  });

  it("gives nothing before its time, and all at it", () => {
    const queue = new TimeQueue<number>((left, right) => left < right);
    queue.add(1, startMs + 1);

    expect([drain(queue, startMs), drain(queue, startMs + 1)]).toEqual([[], [1]]);
  });

  it("gives what is due at one time in its own order", () => {
    const queue = new TimeQueue<number>((left, right) => left < right);
    for (const thing of [5, 2, 4, 1, 3, 0]) queue.add(thing, startMs);

    expect(drain(queue, startMs)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("says when the first is due", () => {
    const queue = new TimeQueue<number>((left, right) => left < right);
    const empty = queue.nextMs;
    queue.add(2, startMs + 200);
    queue.add(1, startMs + 100);

    expect([empty, queue.nextMs]).toEqual([Infinity, startMs + 100]);
  });
});
