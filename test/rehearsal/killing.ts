import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { DeployedFunction } from "./deployment.ts";

/** At most so many processes are killed in one test. */
const killsMax = 20;
/** No loop goes on for longer. */
export const timeMsMax = 60_000;

export interface KillingOptions {
  readonly functions: readonly DeployedFunction[];
  /** How soon one process is killed after another, at the latest. */
  readonly pauseMsMax: number;
}

/** Kills busy processes at random moments while `run` goes on, which is told how many so far. */
export async function killingDuring(
  { functions, pauseMsMax }: KillingOptions,
  run: (kills: () => number) => Promise<void>,
): Promise<void> {
  let isRunning = true;
  let kills = 0;
  const killing = async (): Promise<void> => {
    while (isRunning && kills < killsMax) {
      await sleep(randomInt(pauseMsMax));
      const victim = functions[randomInt(functions.length)]?.pool;
      if (victim !== undefined && victim.running > 0 && victim.killOne(randomInt)) kills += 1;
    }
  };
  const killer = killing();
  try {
    await run(() => kills);
  } finally {
    isRunning = false;
    await killer;
  }
}

/** Does it again and again until it is enough; fails when that takes too long. */
export async function until(isEnough: () => boolean, go: () => Promise<void>): Promise<void> {
  const endMs = performance.now() + timeMsMax;
  while (!isEnough()) {
    if (performance.now() > endMs) throw new Error("expected it to be enough by now");
    await go();
  }
}
