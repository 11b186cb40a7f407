import type { Clock } from "./clock.ts";

/**
 * The receives that wait for a message, by queue.
 *
 * ```
 *            enter            wait                 wake · deadline · abort · release
 *   receive ───────► looking ──────► parked ─────────────────────────► looking or left
 *                       ▲  a wake in between is not lost: the next wait returns at once
 * ```
 *
 * A wake is for one message, so it goes to one receive, the one that waited longest; whoever takes
 * all that it may passes it on. One alarm a queue stands for every time at which something there may
 * become available, so that a thousand idle receives cost one timer and no look.
 */
export class Waiters {
  readonly #clock: Clock;
  readonly #queues = new Map<string, WaitingQueue>();
  #released = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a receive that may wait. Whoever enters must leave. */
  enter(queueId: string): Waiter {
    let queue = this.#queues.get(queueId);
    if (queue === undefined) {
      queue = { waiters: new Set(), alarm: undefined };
      this.#queues.set(queueId, queue);
    }
    const waiter: Waiter = { queueId, hasMissedWake: false, wake: undefined };
    queue.waiters.add(waiter);
    return waiter;
  }

  leave(waiter: Waiter): void {
    const queue = this.#queues.get(waiter.queueId);
    if (queue === undefined) return;
    queue.waiters.delete(waiter);
    if (queue.waiters.size > 0) return;
    queue.alarm?.cancel();
    this.#queues.delete(waiter.queueId);
  }

  /** Waits until it is worth looking again, or not worth waiting any longer. */
  async wait(
    waiter: Waiter,
    until: { readonly deadlineMs: number; readonly signal: AbortSignal },
  ): Promise<"look" | "stop"> {
    if (this.#released || until.signal.aborted) return "stop";
    if (waiter.hasMissedWake) {
      waiter.hasMissedWake = false;
      return "look";
    }
    return await new Promise((resolve) => {
      const end = (outcome: "look" | "stop"): void => {
        waiter.wake = undefined;
        cancel();
        until.signal.removeEventListener("abort", stop);
        resolve(outcome);
      };
      const stop = (): void => end("stop");
      const cancel = this.#clock.after(until.deadlineMs - this.#clock.nowMs(), stop);
      until.signal.addEventListener("abort", stop, { once: true });
      waiter.wake = end;
    });
  }

  /** Whether a message that becomes available here would wake anybody. */
  isAwaited(queueId: string): boolean {
    return this.#queues.has(queueId);
  }

  /** Whether a receive of that queue is parked, and depends on others for its alarm. */
  isParkedAt(queueId: string): boolean {
    for (const { wake } of this.#queues.get(queueId)?.waiters ?? []) {
      if (wake !== undefined) return true;
    }
    return false;
  }

  /** So many messages became available. */
  wake(queueId: string, count = 1): void {
    let left = count;
    for (const waiter of this.#queues.get(queueId)?.waiters ?? []) {
      if (waiter.wake === undefined) waiter.hasMissedWake = true;
      else if (left > 0) {
        left -= 1;
        waiter.wake("look");
      }
    }
  }

  /** Something may become available at that time. An earlier alarm of the same queue covers it. */
  alarm(queueId: string, atMs: number): void {
    const queue = this.#queues.get(queueId);
    if (queue === undefined || atMs === Infinity) return;
    if (queue.alarm !== undefined && queue.alarm.atMs <= atMs) return;
    queue.alarm?.cancel();
    const cancel = this.#clock.after(Math.max(0, atMs - this.#clock.nowMs()), () => {
      queue.alarm = undefined;
      this.wake(queueId);
    });
    queue.alarm = { atMs, cancel };
  }

  /** Ends every wait on a queue: it is gone. */
  releaseQueue(queueId: string): void {
    for (const waiter of this.#queues.get(queueId)?.waiters ?? []) waiter.wake?.("stop");
  }

  /** Ends every wait, and lets nobody wait from now on. */
  releaseAll(): void {
    this.#released = true;
    for (const queueId of this.#queues.keys()) this.releaseQueue(queueId);
  }
}

/** A receive that may wait. Only `Waiters` reads or writes its fields. */
export interface Waiter {
  readonly queueId: string;
  hasMissedWake: boolean;
  /** Set while parked. */
  wake: ((outcome: "look" | "stop") => void) | undefined;
}

interface WaitingQueue {
  readonly waiters: Set<Waiter>;
  alarm: { readonly atMs: number; readonly cancel: () => void } | undefined;
}
