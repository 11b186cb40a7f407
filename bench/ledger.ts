import { numberOf } from "./bodies.ts";
import type { Delivery } from "./queueClient.ts";

/** When a receive was asked for and answered, by the clock of whoever asked. */
export interface ReceiveTimes {
  readonly startedMs: number;
  readonly endedMs: number;
  readonly visibilityTimeoutMs: number;
}

/** What became of everything that was sent. All but the first three should be nothing. */
export interface Account {
  readonly sent: number;
  readonly received: number;
  readonly deleted: number;
  /** Sent and acknowledged, and never received. */
  readonly lost: number;
  /** Received under more than one message id, though sent once. */
  readonly doubled: number;
  /** Received although another receive's visibility timeout had surely not ended. */
  readonly overlapping: number;
  /** Received although a delete had been acknowledged before that receive began. */
  readonly undead: number;
  /** Received with the same receive count as before: two receives won one claim. */
  readonly miscounted: number;
  /** FIFO only: received behind a message of its group that was stored after it. */
  readonly outOfOrder: number;
  /** Received, and nobody ever tried to send it. */
  readonly invented: number;
}

/** One message's story, by the number in its body. */
interface Entry {
  isSent: boolean;
  messageId: string | undefined;
  readonly receiveCounts: number[];
  /** When the last receive was answered. */
  endedMs: number;
  hiddenUntilMs: number;
  deletedMs: number;
}

/**
 * Writes down every send, receive and delete of a load, and tells what a queue must never do. Times
 * are when calls began and were answered, so what is said to have overlapped surely did.
 */
export class Ledger {
  readonly #entries = new Map<number, Entry>();
  #received = 0;
  #deleted = 0;
  #doubled = 0;
  #overlapping = 0;
  #undead = 0;
  #miscounted = 0;
  #invented = 0;
  #outOfOrder = 0;
  readonly #lastOfGroup = new Map<string, bigint>();

  /** How many different messages were deleted, the deletes acknowledged. */
  get deleted(): number {
    return this.#deleted;
  }

  /** How many were sent and acknowledged. */
  get sent(): number {
    let sent = 0;
    for (const { isSent } of this.#entries.values()) if (isSent) sent += 1;
    return sent;
  }

  /** A send of that number is about to be tried, for the only time. */
  sends(number: number): void {
    this.#entries.set(number, {
      isSent: false,
      messageId: undefined,
      receiveCounts: [],
      endedMs: -Infinity,
      hiddenUntilMs: -Infinity,
      deletedMs: Infinity,
    });
  }

  /** It was acknowledged. */
  hasSent(number: number): void {
    const entry = this.#entries.get(number);
    if (entry !== undefined) entry.isSent = true;
  }

  hasReceived(
    { body, messageId, receiveCount, place }: Delivery,
    { startedMs, endedMs, visibilityTimeoutMs }: ReceiveTimes,
  ): void {
    this.#received += 1;
    const entry = this.#entries.get(numberOf(body));
    if (entry === undefined) {
      this.#invented += 1;
      return;
    }
    if (entry.messageId !== undefined && entry.messageId !== messageId) this.#doubled += 1;
    const untilMs = startedMs + visibilityTimeoutMs;
    // Answers may arrive in another order than the claims were made: it must be so in either order.
    if (endedMs < entry.hiddenUntilMs && entry.endedMs < untilMs) this.#overlapping += 1;
    if (startedMs > entry.deletedMs) this.#undead += 1;
    if (entry.receiveCounts.includes(receiveCount)) this.#miscounted += 1;
    if (place !== undefined) this.#noteOrder(place);
    entry.messageId = messageId;
    entry.receiveCounts.push(receiveCount);
    entry.endedMs = endedMs;
    entry.hiddenUntilMs = untilMs;
  }

  #noteOrder({ group, sequenceNumber }: NonNullable<Delivery["place"]>): void {
    const number = BigInt(sequenceNumber);
    // Nobody receives the next of a group before the last is deleted, so answers come in order.
    if (number < (this.#lastOfGroup.get(group) ?? 0n)) this.#outOfOrder += 1;
    else this.#lastOfGroup.set(group, number);
  }

  /** A change of visibility was acknowledged; it was asked for at that time. */
  hasChangedVisibility(body: string, startedMs: number, visibilityTimeoutMs: number): void {
    const entry = this.#entries.get(numberOf(body));
    if (entry !== undefined) entry.hiddenUntilMs = startedMs + visibilityTimeoutMs;
  }

  hasDeleted(body: string, endedMs: number): void {
    const entry = this.#entries.get(numberOf(body));
    if (entry === undefined || entry.deletedMs !== Infinity) return;
    entry.deletedMs = endedMs;
    this.#deleted += 1;
  }

  isDeleted(body: string): boolean {
    return this.#entries.get(numberOf(body))?.deletedMs !== Infinity;
  }

  account(): Account {
    let lost = 0;
    for (const { isSent, messageId } of this.#entries.values()) {
      if (isSent && messageId === undefined) lost += 1;
    }
    return {
      sent: this.sent,
      received: this.#received,
      deleted: this.#deleted,
      lost,
      doubled: this.#doubled,
      overlapping: this.#overlapping,
      undead: this.#undead,
      miscounted: this.#miscounted,
      outOfOrder: this.#outOfOrder,
      invented: this.#invented,
    };
  }
}
