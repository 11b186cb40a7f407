import { TableThrottledError } from "#table/table.ts";
import { dropOldest } from "./dropOldest.ts";

/**
 * Which messages go to a queue's first lane, for all to see that there is something in its lanes: the
 * first that a process sends of those that become available in the same ten seconds. So whoever watches
 * the first lane need not watch the others, and what comes seldom is all in one lane.
 */
export class SendSigns {
  readonly #byQueue = new Map<string, Set<number>>();

  /** Whether a message that becomes available at that time is such a one. The next one is not. */
  isFirst(queueId: string, startsAtMs: number): boolean {
    const windows = this.#byQueue.get(queueId) ?? new Set<number>();
    const window = Math.floor(startsAtMs / windowMs);
    if (windows.has(window)) return false;
    windows.add(window);
    dropOldest(windows, windowsMax);
    this.#byQueue.delete(queueId);
    this.#byQueue.set(queueId, windows);
    dropOldest(this.#byQueue, queuesMax);
    return true;
  }

  /** A message that was to be one may not have been stored: the next is one again. */
  forget(queueId: string): void {
    this.#byQueue.delete(queueId);
  }

  /**
   * As `forget`, after an error. Where the table refuses more work the queue is not quiet, and its first
   * lane may be the one that takes no more: what comes next had better go where there is room.
   */
  forgetAfter(error: unknown, queueId: string): void {
    if (!(error instanceof TableThrottledError)) this.forget(queueId);
  }
}

const windowMs = 10_000;
/** Delayed messages lie in many windows. What is forgotten only sends one more to the first lane. */
const windowsMax = 64;
const queuesMax = 1000;
