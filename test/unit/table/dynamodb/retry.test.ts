import { describe, expect, it } from "vitest";
import { attemptsMax, type Patience, pause, sendUntilDone } from "#table/dynamodb/retry.ts";

describe("pause", () => {
  it.each([
    { random: 0, attemptsMade: 1, pausedMs: 0 },
    { random: 0.5, attemptsMade: 1, pausedMs: 25 },
    { random: 0.999, attemptsMade: 1, pausedMs: 49.95 },
    { random: 0.5, attemptsMade: 3, pausedMs: 100 },
    { random: 1, attemptsMade: 5, pausedMs: 800 },
    { random: 1, attemptsMade: 6, pausedMs: 1000 },
    { random: 1, attemptsMade: 60, pausedMs: 1000 },
  ])("waits $pausedMs ms after attempt $attemptsMade when chance is $random", async (each) => {
    const { patience, pausesMs } = patienceOf(each.random);

    await pause(patience, each.attemptsMade);

    expect(pausesMs).toEqual([each.pausedMs]);
  });
});

describe("sendUntilDone", () => {
  it("sends again what is given back, and nothing else", async () => {
    const { patience, pausesMs } = patienceOf(1);
    const sent: string[][] = [];

    const left = await sendUntilDone(patience, ["a", "b", "c"], async (parts) => {
      sent.push([...parts]);
      return parts.slice(0, -1);
    });

    expect(left).toEqual([]);
    expect(sent).toEqual([["a", "b", "c"], ["a", "b"], ["a"]]);
    expect(pausesMs).toEqual([50, 100]);
  });

  it("sends nothing for nothing", async () => {
    const { patience } = patienceOf(1);

    const left = await sendUntilDone(patience, [], async () => {
      throw new Error("expected no call");
    });

    expect(left).toEqual([]);
  });

  it("gives up after the last attempt", async () => {
    const { patience, pausesMs } = patienceOf(1);

    const left = await sendUntilDone(patience, ["a"], async (parts) => parts);

    expect(left).toEqual(["a"]);
    expect(pausesMs).toHaveLength(attemptsMax - 1);
  });
});

function patienceOf(random: number): { patience: Patience; pausesMs: readonly number[] } {
  const pausesMs: number[] = [];
  return {
    pausesMs,
    patience: {
      random: () => random,
      sleep: async (durationMs) => {
        pausesMs.push(durationMs);
      },
    },
  };
}
