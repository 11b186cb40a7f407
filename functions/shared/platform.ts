import { randomBytes, randomInt } from "node:crypto";
import type { QueueServiceOptions } from "#service/queueService.ts";

/** The time of this process, which stands still between invocations. */
export const clock: QueueServiceOptions["clock"] = {
  nowMs: Date.now,
  after(delayMs, run) {
    const timer = setTimeout(run, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/** The chance of this process. Nothing is drawn ahead: a process that was copied draws its own. */
export const random: QueueServiceOptions["random"] = {
  hex: (bytes) => randomBytes(bytes).toString("hex"),
  below: (below) => randomInt(below),
};
