import { randomFillSync } from "node:crypto";
import type { QueueServiceOptions } from "#service/queueService.ts";

/** A timer set for longer than this would ring at once. */
const timerMsMax = 2 ** 31 - 1;

/** The time of this machine. */
export const clock: QueueServiceOptions["clock"] = {
  nowMs: Date.now,
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(delayMs, timerMsMax));
    return () => clearTimeout(timer);
  },
};

/** Asking the system for a few bytes costs as much as for thousands, and every message needs some. */
const pool = Buffer.alloc(8192);
let used = pool.length;

/** The chance of this machine. */
export const random: QueueServiceOptions["random"] = {
  hex(bytes) {
    if (used + bytes > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += bytes;
    return pool.toString("hex", used - bytes, used);
  },
  below: (below) => Math.floor(Math.random() * below),
};
