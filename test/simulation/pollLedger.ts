import type { Output } from "#contract/operations.ts";
import type { LastReceive } from "./messageWatch.ts";

type WireMessage = NonNullable<Output<"ReceiveMessage">["Messages"]>[number];

/** A message in a poller's hands. */
export interface HeldParcel {
  readonly id: string;
  readonly handle: string;
  readonly token: string;
  readonly groupId: string | undefined;
}

/** What is known of one message. */
interface Parcel {
  deletions: number;
  deletedAtMs: number;
  /** Times that somebody asked to have a receive of it undone. */
  putBacks: number;
  /** Times that a worker has begun with it. */
  begun: number;
}

/** One invocation of a worker that has begun. */
export interface Invocation {
  readonly held: readonly HeldParcel[];
}

export interface PollLedgerOptions {
  readonly nowMs: () => number;
  /** No process's clock is further ahead or behind. */
  readonly clockErrorMs: number;
  /** Whether only workers fail: then each receive is worked on or undone, and by one worker at a time. */
  readonly isCalm: boolean;
  readonly lastReceiveOf: (id: string) => LastReceive | undefined;
  /** Messages of the same group that come before it and are there still; none in a standard queue. */
  readonly before: (id: string) => readonly string[];
}

/** What pollers and their workers did with messages, and what in it cannot be. */
export class PollLedger {
  readonly violations: string[] = [];
  readonly #options: PollLedgerOptions;
  readonly #parcels = new Map<string, Parcel>();
  readonly #acknowledged = new Set<string>();
  readonly #held = new Map<string, HeldParcel>();
  readonly #extendedAtMs = new Map<string, number>();
  /** What workers are at, and somebody waits for. */
  readonly #inHand = new Set<string>();
  /** Handles whose message a worker has handled, and said so. */
  readonly #handled = new Set<string>();
  /** What happened how often: runs that never meet a case say nothing about it. */
  readonly counts = { invocations: 0, handled: 0, failed: 0, throttled: 0, putBacks: 0 };

  constructor(options: PollLedgerOptions) {
    this.#options = options;
  }

  get acknowledged(): ReadonlySet<string> {
    return this.#acknowledged;
  }

  mayBeDeleted(id: string): boolean {
    return this.#of(id).deletions > 0;
  }

  mayBePutBack(id: string): boolean {
    return this.#of(id).putBacks > 0;
  }

  hasSent(id: string): void {
    this.#acknowledged.add(id);
  }

  hasReceived(message: WireMessage, receive: { beganAtMs: number; token: string }): void {
    const { MessageId: id = "", ReceiptHandle: handle = "", Attributes } = message;
    const { token, beganAtMs } = receive;
    this.#held.set(handle, { id, handle, token, groupId: Attributes?.get("MessageGroupId") });
    const deletedAtMs = this.#of(id).deletedAtMs;
    if (deletedAtMs < beganAtMs) this.#complain(`${id} was received when deleted`);
  }

  /** Throws if nobody was given that handle. */
  heldBy(handle: string): HeldParcel {
    const held = this.#held.get(handle);
    if (held === undefined) throw new Error(`nobody was given the handle ${handle}`);
    return held;
  }

  /** The visibility timeout of a message was extended by a handle. */
  hasExtended(handle: string): void {
    this.#extendedAtMs.set(handle, this.#options.nowMs());
  }

  asksToPutBack(handle: string): void {
    this.counts.putBacks += 1;
    this.#of(this.heldBy(handle).id).putBacks += 1;
  }

  asksToDelete(handle: string): void {
    const { id } = this.heldBy(handle);
    if (!this.#handled.has(handle)) this.#complain(`${id} is deleted and no worker handled it`);
    this.#of(id).deletions += 1;
  }

  /** A deletion was answered. `isThere` says whether the message is where it was received from. */
  hasDeleted(handle: string, isThere: boolean, isElsewhere: boolean): void {
    const { id } = this.heldBy(handle);
    if (isThere) this.#complain(`${id} is still there when deleted`);
    else if (isElsewhere) this.#of(id).deletions -= 1;
    else this.#of(id).deletedAtMs = Math.min(this.#of(id).deletedAtMs, this.#options.nowMs());
  }

  /**
   * A worker begins with messages. `thawedAtMs` is when its poller last went on, if it ever stood
   * still: in that very moment it cannot know how late it is.
   */
  begins(
    records: readonly { readonly handle: string; readonly receiveCount: number }[],
    thawedAtMs: number,
  ): Invocation {
    this.counts.invocations += 1;
    const held = records.map(({ handle }) => this.heldBy(handle));
    for (const [index, { receiveCount }] of records.entries()) {
      const each = held[index];
      if (each === undefined) continue;
      const parcel = this.#of(each.id);
      parcel.begun += 1;
      if (this.#options.isCalm) this.#checkCalm(each.id, receiveCount);
      this.#inHand.add(each.id);
      if (this.#options.nowMs() > thawedAtMs) this.#checkHeld(each);
    }
    this.#checkOrder(held.filter((each) => this.#isTheirs(each)));
    return { held };
  }

  /** A worker has ended, or nobody waits for it any longer, and its answer says which messages it has not handled. */
  ends({ held }: Invocation, failed: (each: HeldParcel) => boolean): void {
    const stuck = new Set<string>();
    for (const each of held) {
      const { id, handle, groupId } = each;
      this.#inHand.delete(id);
      const hasFailed = failed(each);
      if (hasFailed) this.counts.failed += 1;
      if (hasFailed && groupId !== undefined) stuck.add(groupId);
      // What comes behind a failure of its group comes again, handled or not.
      if (hasFailed || (groupId !== undefined && stuck.has(groupId))) continue;
      this.counts.handled += 1;
      this.#handled.add(handle);
    }
  }

  #checkCalm(id: string, receiveCount: number): void {
    const { begun } = this.#of(id);
    if (receiveCount !== begun) {
      this.#complain(`${id} counts ${receiveCount} receives, and workers had it ${begun} times`);
    }
    if (this.#inHand.has(id)) this.#complain(`${id} is given to two workers at once`);
  }

  /** Whether nobody else has received it since. */
  #isTheirs({ id, token }: HeldParcel): boolean {
    return this.#options.lastReceiveOf(id)?.token === token;
  }

  /** Nobody else may have received it since, but within what clocks differ by. */
  #checkHeld(held: HeldParcel): void {
    if (this.#isTheirs(held)) return;
    const { nowMs, clockErrorMs, lastReceiveOf } = this.#options;
    const { id, handle, groupId } = held;
    const receivedAtMs = lastReceiveOf(id)?.atMs ?? Infinity;
    const lateMs = nowMs() - receivedAtMs;
    // In a standard queue, a handle extends the receive that came after its own, too (spec section 6.6).
    if (groupId === undefined && (this.#extendedAtMs.get(handle) ?? 0) > receivedAtMs) return;
    if (lateMs > 2 * clockErrorMs) {
      this.#complain(`${id} is handed over ${lateMs} ms after somebody else received it`);
    }
  }

  /** All that comes before a message in its group comes before it in the batch. */
  #checkOrder(held: readonly HeldParcel[]): void {
    const seen = new Set<string>();
    for (const { id, groupId } of held) {
      const passed = groupId === undefined ? [] : this.#options.before(id);
      for (const other of passed) {
        if (!seen.has(other)) this.#complain(`${id} is handed over before ${other}`);
      }
      seen.add(id);
    }
  }

  #of(id: string): Parcel {
    const known = this.#parcels.get(id);
    if (known !== undefined) return known;
    const parcel = { deletions: 0, deletedAtMs: Infinity, putBacks: 0, begun: 0 };
    this.#parcels.set(id, parcel);
    return parcel;
  }

  #complain(violation: string): void {
    this.violations.push(violation);
  }
}
