import { waitTimeSeconds } from "#contract/limits.ts";
import type { Clock } from "./clock.ts";
import type { HangUp } from "./engine.ts";

/** No receive waits longer, whatever becomes of the clock meanwhile. */
const longestWaitMs = waitTimeSeconds.max * 1000;

/** Why a wait is over: a message may have come, the alarm went off, or nothing is worth waiting for. */
export type WaitEnd = "message" | "alarm" | "stop";

/**
 * The receives that wait for a message, by queue.
 *
 * ```
 *            enter            wait                 wake · deadline · abort · release
 *   receive ───────► looking ──────► parked ─────────────────────────► looking or left
 *                       ▲  a wake in between is not lost: the next wait returns at once
 * ```
 *
 * A wake for so many messages goes to as many receives as may take them, those that waited longest;
 * whoever takes all that it may passes it on. One alarm a queue stands for every time at which something there may
 * become available, and another for the next look at what others do, so that a thousand idle receives cost two
 * timers and no look of their own.
 */
export class Waiters {
  readonly #clock: Clock;
  readonly #queues = new Map<string, WaitingQueue>();
  #released = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a receive that may wait, for so many messages at most. Whoever enters must leave. */
  enter(queueId: string, most = 1): Waiter {
    let queue = this.#queues.get(queueId);
    if (queue === undefined) {
      queue = {
        waiters: new Set(),
        looking: new Set(),
        alarm: undefined,
        cancelPoll: undefined,
        isUnwatched: false,
      };
      this.#queues.set(queueId, queue);
    }
    const waiter: Waiter = { queueId, most, missed: undefined, wake: undefined };
    queue.waiters.add(waiter);
    queue.looking.add(waiter);
    return waiter;
  }

  leave(waiter: Waiter): void {
    const queue = this.#queues.get(waiter.queueId);
    if (queue === undefined) return;
    queue.waiters.delete(waiter);
    queue.looking.delete(waiter);
    if (queue.waiters.size > 0) return;
    queue.alarm?.cancel();
    queue.cancelPoll?.();
    this.#queues.delete(waiter.queueId);
  }

  /**
   * Waits until it is worth looking again, or not worth waiting any longer. Whoever is told of an
   * alarm looks and watches for the next, or wakes another to do so.
   */
  async wait(
    waiter: Waiter,
    until: { readonly deadlineMs: number; readonly signal: HangUp },
  ): Promise<WaitEnd> {
    const leftMs = Math.min(until.deadlineMs - this.#clock.nowMs(), longestWaitMs);
    if (this.#released || until.signal.aborted || leftMs <= 0) return "stop";
    const { missed } = waiter;
    if (missed !== undefined) {
      waiter.missed = undefined;
      return missed;
    }
    const queue = this.#queues.get(waiter.queueId);
    queue?.looking.delete(waiter);
    return await new Promise((resolve) => {
      const end = (outcome: WaitEnd): void => {
        waiter.wake = undefined;
        queue?.looking.add(waiter);
        cancel();
        until.signal.removeEventListener("abort", stop);
        resolve(outcome);
      };
      const stop = (): void => end("stop");
      const cancel = this.#clock.after(leftMs, stop);
      until.signal.addEventListener("abort", stop);
      waiter.wake = end;
    });
  }

  /** Whether a message that becomes available here would wake anybody. */
  isAwaited(queueId: string): boolean {
    return this.#queues.has(queueId);
  }

  /** So many messages became available. */
  wake(queueId: string, count = 1): void {
    this.#tell(queueId, "message", count);
  }

  /** Something may become available at that time. An earlier alarm of the same queue covers it. */
  alarm(queueId: string, atMs: number): void {
    const queue = this.#queues.get(queueId);
    const delayMs = Math.max(0, atMs - this.#clock.nowMs());
    // Whoever waits now is gone by then, and whoever comes later looks first.
    if (queue === undefined || delayMs > longestWaitMs) return;
    if (queue.alarm !== undefined && queue.alarm.atMs <= atMs) return;
    queue.alarm?.cancel();
    const cancel = this.#clock.after(delayMs, () => {
      queue.alarm = undefined;
      this.#ring(queueId, queue);
    });
    queue.alarm = { atMs, cancel };
  }

  /** As `alarm`, by a receive that knows every time at which something may become available there. */
  watch(queueId: string, atMs: number): void {
    const queue = this.#queues.get(queueId);
    if (queue !== undefined) queue.isUnwatched = false;
    this.alarm(queueId, atMs);
  }

  /** As `watch`, where others may make something available unseen: a look is due then, and no earlier one. */
  pollAt(queueId: string, atMs: number): void {
    const queue = this.#queues.get(queueId);
    if (queue === undefined) return;
    queue.isUnwatched = false;
    queue.cancelPoll?.();
    queue.cancelPoll = this.#clock.after(Math.max(0, atMs - this.#clock.nowMs()), () => {
      queue.cancelPoll = undefined;
      this.#ring(queueId, queue);
    });
  }

  #ring(queueId: string, queue: WaitingQueue): void {
    queue.isUnwatched = true;
    this.#tell(queueId, "alarm", 1);
  }

  /**
   * Whether the alarm has gone off and nobody has looked since for the next time: then those who go on
   * waiting rely on whoever looked to wake one of them.
   */
  isUnwatched(queueId: string): boolean {
    return this.#queues.get(queueId)?.isUnwatched === true;
  }

  /** Ends every wait on a queue: it is gone. Who is looking finds out by looking once more. */
  releaseQueue(queueId: string): void {
    this.#tell(queueId, "stop", Infinity);
  }

  #tell(queueId: string, what: WaitEnd, count: number): void {
    const queue = this.#queues.get(queueId);
    if (queue === undefined) return;
    if (what !== "alarm") for (const waiter of queue.looking) waiter.missed = "message";
    let left = count;
    for (const waiter of queue.waiters) {
      if (left <= 0) return;
      if (waiter.wake === undefined) continue;
      left -= waiter.most;
      waiter.wake(what);
    }
    // Whoever hears an alarm looks for all.
    const isHeard = left < count;
    if (what === "alarm" && !isHeard) for (const waiter of queue.looking) waiter.missed ??= "alarm";
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
  /** How many messages it may take. */
  readonly most: number;
  /** What it was told while it was looking. */
  missed: "message" | "alarm" | undefined;
  /** Set while parked. */
  wake: ((outcome: WaitEnd) => void) | undefined;
}

interface WaitingQueue {
  /** The one that waits longest first. */
  readonly waiters: Set<Waiter>;
  /** Those of them who are not parked. */
  readonly looking: Set<Waiter>;
  alarm: { readonly atMs: number; readonly cancel: () => void } | undefined;
  cancelPoll: (() => void) | undefined;
  isUnwatched: boolean;
}
