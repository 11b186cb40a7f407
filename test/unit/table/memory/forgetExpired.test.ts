import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { forgetExpired } from "#table/memory/forgetExpired.ts";
import { Partitions } from "#table/memory/partitions.ts";
import type { Item } from "#table/table.ts";

const nowSeconds = 1_800_000_000;
const clock = { nowMs: () => nowSeconds * 1000 };

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setInterval", "clearInterval", "setImmediate", "clearImmediate"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("forgetExpired", () => {
  it("drops what has expired, and nothing else", () => {
    const partitions = partitionsOf([
      { pk: "a", sk: "long ago", x: 1 },
      { pk: "a", sk: "now", x: nowSeconds },
      { pk: "b", sk: "never" },
      { pk: "b", sk: "soon", x: nowSeconds + 1 },
    ]);
    forgetExpired(partitions, clock);

    vi.advanceTimersByTime(999);
    const before = namesIn(partitions);
    vi.advanceTimersByTime(1);

    expect(before).toEqual(["a/long ago", "a/now", "b/never", "b/soon"]);
    expect(namesIn(partitions)).toEqual(["b/never", "b/soon"]);
  });

  it("comes by everywhere within five minutes, however much there is", () => {
    const many = Array.from({ length: 100_000 }, (_, n) => ({
      pk: `p${n % 7}`,
      sk: String(n).padStart(6, "0"),
      x: nowSeconds,
    }));
    const partitions = partitionsOf(many);
    forgetExpired(partitions, clock);

    vi.advanceTimersByTime(300_000);

    expect(namesIn(partitions)).toEqual([]);
  });

  it("rests once it is told to stop", () => {
    const partitions = partitionsOf([{ pk: "a", sk: "long ago", x: 1 }]);
    const stop = forgetExpired(partitions, clock);

    stop();
    vi.advanceTimersByTime(10_000);

    expect(namesIn(partitions)).toEqual(["a/long ago"]);
  });
});

function partitionsOf(items: readonly Item[]): Partitions {
  const partitions = new Partitions();
  for (const item of items) partitions.set(item);
  return partitions;
}

function namesIn(partitions: Partitions): readonly string[] {
  return [...partitions.pagesOf(1000)].flat().map(({ pk, sk }) => `${pk}/${sk}`);
}
