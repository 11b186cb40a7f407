import { numberOf } from "../../../bench/bodies.ts";
import type { ReceiveTimes } from "../../../bench/ledger.ts";

/** A message as it was received, of a group if its queue is a FIFO one. */
export interface SoakDelivery {
  readonly body: string;
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly receiveCount: number;
  readonly groupId: string | undefined;
}

/** What a queue must never do, and how often it did. */
export interface SoakFaults {
  /** Received after its delete was acknowledged, or while it was being deleted. */
  readonly undead: number;
  /** Received under more than one message id. */
  readonly doubled: number;
  /** Received although another receive's visibility timeout had surely not ended. */
  readonly overlapping: number;
  /** Received with a receive count that is not one more than before. */
  readonly miscounted: number;
  /** Received before an earlier message of its group was on its way out. */
  readonly outOfOrder: number;
  /** Received, and never sent. */
  readonly invented: number;
}

/** What all should be. */
export const noFaults: SoakFaults = {
  undead: 0,
  doubled: 0,
  overlapping: 0,
  miscounted: 0,
  outOfOrder: 0,
  invented: 0,
};

interface Story {
  readonly groupId: string | undefined;
  readonly sentMs: number;
  /** Whether its first receive may have to wait for something. */
  readonly isDelayed: boolean;
  messageId: string | undefined;
  receiveCount: number;
  endedMs: number;
  hiddenUntilMs: number;
}

/**
 * Writes down what becomes of the messages that are not deleted yet, and of the others nothing: it must
 * not grow with the hours. A number that was dealt and of which nothing is known was deleted.
 */
export class SoakLedger {
  readonly #open = new Map<number, Story>();
  /** Of each group the numbers whose delete was not asked for, in the order of their sending. */
  readonly #groups = new Map<string, number[]>();
  #dealt = 0;
  #deleted = 0;
  readonly #faults = { ...noFaults };

  get faults(): SoakFaults {
    return { ...this.#faults };
  }

  get deleted(): number {
    return this.#deleted;
  }

  /** How many were sent and are not deleted. */
  get open(): number {
    return this.#open.size;
  }

  /** A number for a message that is sent at once. Messages of one group are sent one after another. */
  deal({
    nowMs,
    groupId,
    isDelayed = false,
  }: {
    readonly nowMs: number;
    readonly groupId?: string;
    readonly isDelayed?: boolean;
  }): number {
    const number = this.#dealt;
    this.#dealt += 1;
    this.#open.set(number, {
      groupId,
      sentMs: nowMs,
      isDelayed,
      messageId: undefined,
      receiveCount: 0,
      endedMs: -Infinity,
      hiddenUntilMs: -Infinity,
    });
    if (groupId !== undefined) {
      const group = this.#groups.get(groupId);
      if (group === undefined) this.#groups.set(groupId, [number]);
      else group.push(number);
    }
    return number;
  }

  /** Messages that one receive got. Answers how long those took that came as soon as they could. */
  received(deliveries: readonly SoakDelivery[], times: ReceiveTimes): readonly number[] {
    this.#seeOrder(deliveries);
    const tookMs: number[] = [];
    for (const delivery of deliveries) {
      const took = this.#receivedOne(delivery, times);
      if (took !== undefined) tookMs.push(took);
    }
    return tookMs;
  }

  /** It is hidden until then at the earliest: a change of its visibility is about to be asked for. */
  hides(body: string, untilMs: number): void {
    const story = this.#open.get(numberOf(body));
    if (story !== undefined) story.hiddenUntilMs = untilMs;
  }

  /** A delete is about to be asked for: from now on the next of its group may be received. */
  deletes(body: string): void {
    const number = numberOf(body);
    const group = this.#groups.get(this.#open.get(number)?.groupId ?? "");
    const at = group?.indexOf(number) ?? -1;
    if (at >= 0) group?.splice(at, 1);
  }

  hasDeleted(body: string): void {
    if (this.#open.delete(numberOf(body))) this.#deleted += 1;
  }

  #receivedOne(
    { body, messageId, receiveCount }: SoakDelivery,
    { startedMs, endedMs, visibilityTimeoutMs }: ReceiveTimes,
  ): number | undefined {
    const number = numberOf(body);
    const story = this.#open.get(number);
    if (story === undefined) {
      if (number < this.#dealt) this.#faults.undead += 1;
      else this.#faults.invented += 1;
      return undefined;
    }
    const untilMs = startedMs + visibilityTimeoutMs;
    if (story.messageId !== undefined && story.messageId !== messageId) this.#faults.doubled += 1;
    // Answers may arrive in another order than the claims were made: it must be so in either order.
    if (endedMs < story.hiddenUntilMs && story.endedMs < untilMs) this.#faults.overlapping += 1;
    if (receiveCount !== story.receiveCount + 1) this.#faults.miscounted += 1;
    story.messageId = messageId;
    story.receiveCount = receiveCount;
    story.endedMs = endedMs;
    story.hiddenUntilMs = untilMs;
    return receiveCount === 1 && !story.isDelayed ? endedMs - story.sentMs : undefined;
  }

  /** Of each group a receive gets what is in front, without a gap. */
  #seeOrder(deliveries: readonly SoakDelivery[]): void {
    const seen = new Map<string, number>();
    for (const { body, groupId } of deliveries) {
      if (groupId === undefined) continue;
      const at = seen.get(groupId) ?? 0;
      seen.set(groupId, at + 1);
      if (this.#groups.get(groupId)?.[at] !== numberOf(body)) this.#faults.outOfOrder += 1;
    }
  }
}
