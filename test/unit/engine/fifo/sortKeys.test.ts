import { describe, expect, it } from "vitest";
import { groupKey } from "#engine/fifo/group.ts";
import { SortKeys } from "#engine/fifo/sortKeys.ts";
import { aFifoQueue } from "./fifoFixture.ts";

describe("sort keys that are remembered", () => {
  it("are those of the groups, however many there are", () => {
    const sortKeys = new SortKeys();
    const names = Array.from({ length: 10_001 }, (_, index) => `group ${index}`);

    for (const name of [...names, "group 0", "group 10000"]) {
      expect(sortKeys.of(name)).toBe(groupKey(aFifoQueue(), name).sk);
    }
  });
});
