import { readQueueItem } from "#engine/queue.ts";
import type { Change } from "../support/memoryTable.ts";
import { account } from "./simulatedProcess.ts";

/**
 * Which epochs of which queues are over, by the writes that ended them: a purge begins a new epoch,
 * and the deletion of a queue ends its last.
 */
export class Epochs {
  readonly #nowMs: () => number;
  /** Of each queue by its id: the epoch that is current, and when those before it ended. */
  readonly #current = new Map<string, number>();
  readonly #endedAtMs = new Map<string, number>();

  /** When an epoch of any queue ended last. */
  lastEndMs = -Infinity;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  observe(changes: readonly Change[]): void {
    for (const { before, after } of changes) {
      const item = after ?? before;
      if (item === undefined || !item.pk.startsWith("queues.")) continue;
      const was = before === undefined ? undefined : readQueueItem(before, account);
      const is = after === undefined ? undefined : readQueueItem(after, account);
      if (is?.kind === "live") this.#current.set(is.queue.id, is.queue.epoch);
      if (was?.kind !== "live") continue;
      const { id, epoch } = was.queue;
      const isStill = is?.kind === "live" && is.queue.id === id && is.queue.epoch === epoch;
      if (isStill) continue;
      this.lastEndMs = this.#nowMs();
      this.#endedAtMs.set(`${id}.${epoch.toString(36)}`, this.lastEndMs);
    }
  }

  /** When the epoch of a lane's partition ended; `undefined` while it goes on. */
  endOf(partition: string): number | undefined {
    return this.#endedAtMs.get(partition.split(".").slice(0, 2).join("."));
  }
}
