import { describe, expect, it } from "vitest";
import { SendSigns } from "#engine/sendSigns.ts";

describe("a message for all to see", () => {
  it("is the first of ten seconds, in each queue", () => {
    const signs = new SendSigns();
    const times = [0, 1, 9999, 10_000, 10_001];

    const one = times.map((timeMs) => signs.isFirst("one", timeMs));
    const other = signs.isFirst("other", 1);

    expect([one, other]).toEqual([[true, false, false, true, false], true]);
  });

  it("is the first of those that are delayed to the same ten seconds", () => {
    const signs = new SendSigns();

    const answers = [600_000, 0, 600_001].map((timeMs) => signs.isFirst("one", timeMs));

    expect(answers).toEqual([true, true, false]);
  });
});
