import { visibilityTimeoutSeconds } from "#contract/limits.ts";
import type { Message } from "./lambdaEvent.ts";
import type { Clock, PollLog } from "./platform.ts";
import type { PolledQueue } from "./queue.ts";
import { inTens } from "./waiting.ts";

interface Lease {
  /** Until then nobody else is given the message. */
  untilMs: number;
  /** When its timeout is to be extended; infinity if it cannot be any more. */
  dueMs: number;
  /** A receive lasts no longer than this, however often it is extended. */
  readonly limitMs: number;
}

export interface HoldOptions {
  readonly queue: PolledQueue;
  readonly clock: Clock;
  readonly log: PollLog;
  /** For how long a receive hides messages, and each extension again. */
  readonly timeoutSeconds: number;
}

/**
 * The messages that this poller has in its hands. Their visibility timeout is extended whenever half
 * of it is over, so that nobody else is given what is still being worked on.
 *
 * ```
 *   received ── half of the timeout ──► extended ── half ──► extended ── … ──► 12 hours: let go
 *                                          └ refused, or out of reach until it is over: lost
 * ```
 */
export class Hold {
  readonly #options: HoldOptions;
  readonly #leases = new Map<Message, Lease>();
  readonly #deleting = new WeakSet<Message>();
  #cancelTimer: () => void = () => {};
  #extending: Promise<void> | undefined;

  constructor(options: HoldOptions) {
    this.#options = options;
  }

  /** Takes charge of messages that were received no earlier than at that time. */
  add(messages: readonly Message[], sinceMs: number): void {
    const { clock, timeoutSeconds } = this.#options;
    const nowMs = clock.nowMs();
    const limitMs = sinceMs + visibilityTimeoutSeconds.max * 1000;
    const untilMs = sinceMs + timeoutSeconds * 1000;
    const dueMs = nowMs + Math.max(0, untilMs - nowMs) / 2;
    for (const message of messages) this.#leases.set(message, { limitMs, untilMs, dueMs });
    this.#arm();
  }

  /**
   * Goes on to extend them, in case that their deletion takes more than one try. That the queue
   * refuses to extend one is no news from now on: it may be gone already.
   */
  beginDeletion(messages: readonly Message[]): void {
    for (const message of messages) this.#deleting.add(message);
  }

  /** Those that nobody else can have been given. */
  stillHeld(messages: readonly Message[]): readonly Message[] {
    const nowMs = this.#options.clock.nowMs();
    return messages.filter((message) => (this.#leases.get(message)?.untilMs ?? 0) > nowMs);
  }

  /**
   * Extends them no longer, and waits for an extension that is on its way: it could undo what the
   * caller is about to do. Answers those that nobody else can have been given.
   */
  async release(messages: readonly Message[]): Promise<readonly Message[]> {
    const leases = messages.map((message) => this.#leases.get(message));
    for (const message of messages) this.#leases.delete(message);
    await this.#extending;
    const nowMs = this.#options.clock.nowMs();
    return messages.filter((_, index) => (leases[index]?.untilMs ?? 0) > nowMs);
  }

  /** Extends nothing any more. */
  close(): void {
    this.#leases.clear();
    this.#cancelTimer();
  }

  #extended(nowMs: number, seconds = this.#options.timeoutSeconds) {
    return { untilMs: nowMs + seconds * 1000, dueMs: nowMs + seconds * 500 };
  }

  #arm(): void {
    this.#cancelTimer();
    if (this.#extending !== undefined) return;
    let nextMs = Infinity;
    for (const { dueMs } of this.#leases.values()) nextMs = Math.min(nextMs, dueMs);
    if (nextMs === Infinity) return;
    const { clock } = this.#options;
    this.#cancelTimer = clock.after(Math.max(0, nextMs - clock.nowMs()), () => this.#beat());
  }

  #beat(): void {
    this.#extending = this.#extendDue().finally(() => {
      this.#extending = undefined;
      this.#arm();
    });
  }

  async #extendDue(): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    const due: Message[] = [];
    for (const [message, { dueMs, untilMs }] of [...this.#leases]) {
      // Of a standard queue, an extension would be taken from whoever has it by now.
      if (untilMs <= nowMs) this.#lose(message, "too late");
      else if (dueMs <= nowMs) due.push(message);
    }
    await inTens(due, (ten) => this.#extendTen(ten));
  }

  async #extendTen(messages: readonly Message[]): Promise<void> {
    const { queue, clock, log, timeoutSeconds } = this.#options;
    const nowMs = clock.nowMs();
    const entries: { Id: string; ReceiptHandle: string; VisibilityTimeout: number }[] = [];
    for (const [index, message] of messages.entries()) {
      const lease = this.#leases.get(message);
      if (lease === undefined) continue;
      const leftSeconds = Math.floor((lease.limitMs - nowMs) / 1000);
      const VisibilityTimeout = Math.min(timeoutSeconds, leftSeconds);
      if (VisibilityTimeout < 1) lease.dueMs = Infinity;
      else
        entries.push({ Id: `${index}`, ReceiptHandle: message.receiptHandle, VisibilityTimeout });
    }
    if (entries.length === 0) return;
    try {
      const { Failed = [] } = await queue.changeMessageVisibilityBatch({ Entries: entries });
      const failures = new Map(Failed.map((failure) => [failure.Id, failure]));
      for (const { Id, VisibilityTimeout } of entries) {
        const message = messages[Number(Id)];
        const failure = failures.get(Id);
        if (message === undefined) continue;
        if (failure === undefined) this.#renew(message, this.#extended(nowMs, VisibilityTimeout));
        else if (failure.SenderFault === true) this.#refuse(message, failure.Code);
        else this.#tryAgain(message);
      }
    } catch (error) {
      log.warn("hold.notExtended", { messages: entries.length, error });
      for (const message of messages) this.#tryAgain(message);
    }
  }

  #renew(message: Message, extended: Pick<Lease, "untilMs" | "dueMs">): void {
    const lease = this.#leases.get(message);
    if (lease !== undefined) Object.assign(lease, extended);
  }

  /** In half of the time that is left, as long as any is. */
  #tryAgain(message: Message): void {
    const lease = this.#leases.get(message);
    if (lease === undefined || lease.dueMs === Infinity) return;
    const nowMs = this.#options.clock.nowMs();
    const leftMs = lease.untilMs - nowMs;
    if (leftMs < leftMsMin) this.#lose(message, "out of reach");
    else lease.dueMs = nowMs + leftMs / 2;
  }

  #refuse(message: Message, reason: string | undefined): void {
    if (this.#deleting.has(message)) this.#leases.delete(message);
    else this.#lose(message, reason);
  }

  /** Somebody else has it, or may have it soon. Whoever works on it cannot be stopped. */
  #lose(message: Message, reason: string | undefined): void {
    this.#leases.delete(message);
    this.#options.log.warn("message.lost", { messageId: message.messageId, reason });
  }
}

/** With less than this left, another try would come too late. */
const leftMsMin = 50;
