import { describe, expect, it } from "vitest";
import { messagesPerStep, nextMoveAtMs, waitMs } from "#engine/moveTasks/pace.ts";

const at = (messagesPerSecond: number | undefined, dueMs = 10_000) => ({
  ...(messagesPerSecond !== undefined && { messagesPerSecond }),
  nextMoveAtMs: dueMs,
});

describe("messagesPerStep", () => {
  it.each([
    [undefined, 12],
    [1, 1],
    [19, 1],
    [20, 2],
    [119, 11],
    [120, 12],
    [500, 12],
  ])("of a rate of %s is %i", (rate, count) => {
    expect(messagesPerStep(at(rate))).toBe(count);
  });
});

describe("waitMs", () => {
  it.each<[string, number | undefined, number, number]>([
    ["until the next message is due", 1, 9_400, 600],
    ["not at all when it is overdue", 1, 12_000, 0],
    ["never longer than between two steps, though the clock was set back", 1, 0, 1000],
    ["not at all without a rate", undefined, 0, 0],
  ])("is %s", (_, rate, nowMs, expected) => {
    expect(waitMs(at(rate), nowMs)).toBe(expected);
  });
});

describe("nextMoveAtMs", () => {
  it.each<[string, number | undefined, number, number, number]>([
    ["goes on from when the step was due", 1, 1, 10_040, 11_000],
    ["counts every message of the step", 100, 10, 10_000, 10_100],
    ["rounds up", 7, 1, 10_000, 10_143],
    ["catches up with a tenth of a second at most", 1, 1, 60_000, 60_900],
    ["is of no account without a rate", undefined, 12, 9_000, 10_000],
  ])("%s", (_, rate, count, nowMs, expected) => {
    expect(nextMoveAtMs(at(rate), count, nowMs)).toBe(expected);
  });
});
