/** What a sender was told of a message, and a receiver as well. */
export interface Identity {
  readonly messageId: string;
  readonly sequence: bigint;
}

/** A message as it was received. `name` is what its sender calls it. */
export interface Receipt extends Identity {
  readonly name: string;
  readonly group: string;
  readonly receiveCount: number;
  readonly handle: string;
}

/** A call that may have claimed messages at any time from its start to its answer. */
export interface ReceiveCall {
  readonly startedMs: number;
  /** How much had happened when it was started. */
  readonly eventsBefore: number;
}

/** What became of everything that was sent. All but the first three should be nothing. */
export interface FifoAccount {
  readonly sent: number;
  readonly deleted: number;
  /** Deletes had no answer: they are done if the queue is empty. */
  readonly perhapsDeleted: number;
  /**
   * Received while an earlier message of the group was there, not deleted and not handed out just
   * before it; or numbered below one that had been answered when the sending began.
   */
  readonly outOfOrder: number;
  /** Received by two while the visibility timeout of one was running for certain. */
  readonly overlapping: number;
  /** Known under two message ids or numbers: a repetition became a message of its own. */
  readonly doubled: number;
  /** Known under the id of another message, which so was taken for its repetition. */
  readonly merged: number;
  /** Received from another group than it was sent to. */
  readonly misplaced: number;
  /** Received with a receive count that it had before: two receives won one claim. */
  readonly miscounted: number;
  /** Received although a delete had been answered before that receive began. */
  readonly undead: number;
  /** Received, and nobody has sent it. */
  readonly invented: number;
  /** Sent, and neither deleted nor asked to be by somebody who got no answer. */
  readonly lost: number;
}

/** One receiver's time with a message. */
interface Hold {
  readonly endedMs: number;
  /** Its visibility timeout runs at least until then. */
  untilMs: number;
}

interface Entry {
  readonly name: string;
  readonly group: string;
  /** The highest number in the group that had been answered when this was first sent. */
  readonly floor: bigint;
  identity: Identity | undefined;
  /** When its sender was first told, as a count of events. */
  answeredAt: number;
  deletedAt: number;
  /** Deletes that were done, or may have been. */
  deletions: number;
  readonly receiveCounts: Set<number>;
  readonly holds: Map<string, Hold>;
}

interface GroupOfEntries {
  /** Answered and not deleted. */
  readonly open: Set<Entry>;
  highest: bigint;
}

/** What a queue must never do, none of which it did. */
export const nothingWrong = {
  outOfOrder: 0,
  overlapping: 0,
  doubled: 0,
  merged: 0,
  misplaced: 0,
  miscounted: 0,
  undead: 0,
  invented: 0,
};

/**
 * Writes down a FIFO load, and counts what a queue must never do. Only what is certain counts: a
 * delete without an answer may have been done, and a claim may have been made as late as its answer.
 */
export class FifoLedger {
  readonly #visibilityTimeoutMs: number;
  readonly #entries = new Map<string, Entry>();
  readonly #names = new Map<string, string>();
  readonly #groups = new Map<string, GroupOfEntries>();
  #events = 0;
  #owed = 0;
  readonly #wrong = { ...nothingWrong };

  constructor(options: { readonly visibilityTimeoutMs: number }) {
    this.#visibilityTimeoutMs = options.visibilityTimeoutMs;
  }

  /** How many were sent and are owed to a receiver. */
  get owed(): number {
    return this.#owed;
  }

  /** Somebody sends a message, or sends it once more. */
  sends(name: string, group: string): void {
    if (this.#entries.has(name)) return;
    this.#owed += 1;
    this.#entries.set(name, {
      name,
      group,
      floor: this.#groupOf(group).highest,
      identity: undefined,
      answeredAt: Infinity,
      deletedAt: Infinity,
      deletions: 0,
      receiveCounts: new Set(),
      holds: new Map(),
    });
  }

  hasSent(name: string, identity: Identity): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new Error(`nobody has asked to send ${name}`);
    this.#identify(entry, identity);
    const group = this.#groupOf(entry.group);
    if (identity.sequence > group.highest) group.highest = identity.sequence;
    entry.answeredAt = Math.min(entry.answeredAt, this.#nextEvent());
    if (entry.deletedAt === Infinity) group.open.add(entry);
  }

  beginsReceive(startedMs: number): ReceiveCall {
    return { startedMs, eventsBefore: this.#nextEvent() };
  }

  /** All messages of one answer, in order. */
  hasReceived(call: ReceiveCall, receipts: readonly Receipt[], endedMs: number): void {
    const before = new Set<string>();
    for (const receipt of receipts) {
      const entry = this.#entries.get(receipt.name);
      if (entry === undefined) {
        this.#wrong.invented += 1;
        continue;
      }
      this.#identify(entry, receipt);
      if (receipt.group !== entry.group) this.#wrong.misplaced += 1;
      if (entry.deletedAt < call.eventsBefore) this.#wrong.undead += 1;
      if (entry.receiveCounts.has(receipt.receiveCount)) this.#wrong.miscounted += 1;
      if (this.#isOvertaking(entry, receipt, call, before)) this.#wrong.outOfOrder += 1;
      const untilMs = call.startedMs + this.#visibilityTimeoutMs;
      this.#hold(entry, receipt.handle, { endedMs, untilMs });
      entry.receiveCounts.add(receipt.receiveCount);
      before.add(receipt.name);
    }
  }

  /** A receiver gives a message back: from now on anybody may have it. */
  handsBack({ name, handle }: Receipt): void {
    this.#entries.get(name)?.holds.delete(handle);
  }

  /** A change of visibility was answered: the timeout began anew when it was asked for, or later. */
  hasKept({ name, handle }: Receipt, askedMs: number): void {
    const entry = this.#entries.get(name);
    const hold = entry?.holds.get(handle);
    if (entry === undefined || hold === undefined) return;
    const untilMs = askedMs + this.#visibilityTimeoutMs;
    entry.holds.delete(handle);
    this.#hold(entry, handle, { ...hold, untilMs });
  }

  asksToDelete({ name }: Receipt): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    if (entry.deletions === 0) this.#owed -= 1;
    entry.deletions += 1;
  }

  /** A delete was refused: its time was over. */
  hasNotDeleted({ name }: Receipt): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    entry.deletions -= 1;
    if (entry.deletions === 0) this.#owed += 1;
  }

  hasDeleted({ name }: Receipt): void {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.deletedAt !== Infinity) return;
    entry.deletedAt = this.#nextEvent();
    this.#groupOf(entry.group).open.delete(entry);
  }

  account(): FifoAccount {
    const entries = [...this.#entries.values()];
    const left = entries.filter(({ deletedAt }) => deletedAt === Infinity);
    const lost = left.filter(({ deletions }) => deletions === 0).length;
    return {
      sent: entries.length,
      deleted: entries.length - left.length,
      perhapsDeleted: left.length - lost,
      ...this.#wrong,
      lost,
    };
  }

  #identify(entry: Entry, { messageId, sequence }: Identity): void {
    const { name, identity, floor } = entry;
    if (identity !== undefined) {
      const isSame = identity.messageId === messageId && identity.sequence === sequence;
      if (!isSame) this.#wrong.doubled += 1;
      return;
    }
    entry.identity = { messageId, sequence };
    if ((this.#names.get(messageId) ?? name) !== name) this.#wrong.merged += 1;
    else if (sequence <= floor) this.#wrong.outOfOrder += 1;
    this.#names.set(messageId, name);
  }

  #isOvertaking(
    { group }: Entry,
    { sequence }: Receipt,
    { eventsBefore }: ReceiveCall,
    before: ReadonlySet<string>,
  ): boolean {
    for (const { name, identity, answeredAt, deletions } of this.#groupOf(group).open) {
      const isEarlier = identity !== undefined && identity.sequence < sequence;
      const wasThere = answeredAt < eventsBefore && deletions === 0;
      if (isEarlier && wasThere && !before.has(name)) return true;
    }
    return false;
  }

  /** Two holds are one too many if neither can have ended before the other began. */
  #hold({ holds }: Entry, handle: string, hold: Hold): void {
    for (const other of holds.values()) {
      const isAfter = hold.endedMs >= other.untilMs;
      const isBefore = other.endedMs >= hold.untilMs;
      if (!isAfter && !isBefore) this.#wrong.overlapping += 1;
    }
    holds.set(handle, hold);
  }

  #groupOf(name: string): GroupOfEntries {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = { open: new Set<Entry>(), highest: 0n };
    this.#groups.set(name, group);
    return group;
  }

  #nextEvent(): number {
    this.#events += 1;
    return this.#events;
  }
}
