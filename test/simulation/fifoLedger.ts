import type { Output } from "#contract/operations.ts";

import { hearsayMs, receiveHearsayMs } from "./ledger.ts";

type Message = NonNullable<Output<"ReceiveMessage">["Messages"]>[number];

/** A message that a client wants to send, under a deduplication id of its own. */
export interface Letter {
  readonly deduplicationId: string;
  readonly groupId: string;
  readonly body: string;
  /** One sender's letters to one group are sent one after another, and have to stay in order. */
  readonly sender: string;
}

/** A message in a client's hands. */
export interface HeldLetter {
  readonly queue: string;
  readonly id: string;
  readonly handle: string;
}

/** One message that a letter became: a second one, if it was sent again after its interval. */
interface Copy {
  readonly id: string;
  readonly letter: Letter;
  /** Since its sender knows it to be sent, in the order in which senders learn that. */
  order: number | undefined;
  /** What its sender knew to be sent before that was sent before it. */
  notBefore: number;
  deletions: number;
  deletedAtMs: number;
  /** Queues that somebody was handed it from. */
  readonly receivedFrom: Set<string>;
}

interface Acknowledgement {
  readonly id: string;
  readonly askedAtMs: number;
  readonly atMs: number;
}

export interface FifoLedgerOptions {
  /** No process's clock is further ahead or behind. */
  readonly clockErrorMs: number;
  /** When a purge or the deletion of its queue took a message. */
  readonly purgedAtMs: (id: string) => number | undefined;
  /** When a queue was purged or deleted last. */
  readonly lastEndMs: () => number;
  /** What names the queue that a message was sent to, and another after each purge. */
  readonly sentTo: (id: string) => string | undefined;
  /** Whether it has gone to a dead-letter queue. */
  readonly hasMoved: (id: string) => boolean;
  /** The message that a move task made this one of. */
  readonly originOf: (id: string) => string | undefined;
}

const deduplicationMs = 300_000;

/** What the clients asked for and were told, and what in it cannot be. */
export class FifoLedger {
  readonly violations: string[] = [];
  readonly #options: FifoLedgerOptions;
  readonly #letters = new Map<string, Letter>();
  readonly #copies = new Map<string, Copy>();
  /** What a letter was acknowledged as last, and when for the first time. */
  readonly #acknowledged = new Map<string, Acknowledgement>();
  /** Letters whose last sending was not answered, and not tried again until it was. */
  readonly #untracked = new Set<string>();
  /** Letters of which some sending was not answered, and the place in the order that the first had. */
  readonly #unanswered = new Map<string, number>();
  #order = 0;

  constructor(options: FifoLedgerOptions) {
    this.#options = options;
  }

  /** Messages that were answered with an id and that nobody has asked to delete. */
  get owed(): readonly string[] {
    const copies = [...this.#copies.values()];
    return copies.flatMap(({ id, order, deletions }) =>
      order !== undefined && deletions === 0 ? [id] : [],
    );
  }

  mayBeDeleted(id: string): boolean {
    return (this.#copies.get(id)?.deletions ?? 0) > 0;
  }

  asksToSend(letter: Letter): void {
    this.#letters.set(letter.deduplicationId, letter);
  }

  hasSent(
    letter: Letter,
    id: string,
    { askedAtMs, nowMs }: { readonly askedAtMs: number; readonly nowMs: number },
  ): void {
    const { deduplicationId } = letter;
    const { clockErrorMs, purgedAtMs, hasMoved, lastEndMs } = this.#options;
    const before = this.#acknowledged.get(deduplicationId);
    // A purge forgets which ids are taken, and that of a dead-letter queue none of its source's.
    if (!hasMoved(id) && (purgedAtMs(id) ?? Infinity) + hearsayMs < askedAtMs) {
      this.#complain(`${deduplicationId} is ${id}, which was purged long before`);
    }
    const mayBeNew = before !== undefined && lastEndMs() > before.askedAtMs - hearsayMs;
    const sinceMs = nowMs - (before?.atMs ?? -Infinity);
    if (before === undefined || before.id !== id) {
      this.#acknowledged.set(deduplicationId, { id, askedAtMs, atMs: nowMs });
      if (!mayBeNew && sinceMs < deduplicationMs - 2 * clockErrorMs) {
        this.#complain(`${deduplicationId} is ${id} and was ${before?.id} ${sinceMs} ms ago`);
      }
    }
    const copy = this.#copyOf(letter, id);
    this.#order += 1;
    if (this.#untracked.has(deduplicationId) || copy.order !== undefined) return;
    copy.order = this.#order;
    // One sending may store a message where a queue was emptied, and be told of a failure; the next,
    // by who has not heard of that, another where it was before. Whoever sends it once more is told
    // of the first as of a duplicate, and it is where it was all the time.
    const isSecond = mayBeNew && before.id !== id;
    const triedAt = isSecond ? this.#unanswered.get(deduplicationId) : undefined;
    copy.notBefore = triedAt ?? this.#order;
  }

  /** A sending was not answered, and is tried again. */
  hasNoAnswer(letters: readonly Letter[]): void {
    for (const { deduplicationId } of letters) {
      const triedAt = this.#unanswered.get(deduplicationId) ?? this.#order + 1;
      this.#unanswered.set(deduplicationId, triedAt);
    }
  }

  /** Of what is acknowledged from now on nobody can tell when it was stored. */
  losesTrackOf(letters: readonly Letter[]): void {
    for (const { deduplicationId } of letters) this.#untracked.add(deduplicationId);
  }

  asksToDelete(id: string): void {
    const copy = this.#copies.get(id);
    if (copy !== undefined) copy.deletions += 1;
  }

  /** A deletion was refused, or came to nothing. */
  hasNotDeleted(id: string): void {
    const copy = this.#copies.get(id);
    if (copy !== undefined) copy.deletions -= 1;
  }

  /** A deletion was answered. Where the message is now decides what that means. */
  hasDeleted(id: string, nowMs: number, isNow: "nowhere" | "here" | "elsewhere"): void {
    const copy = this.#copies.get(id);
    if (copy === undefined) return;
    if (isNow === "here") this.#complain(`${id} is still there when deleted`);
    else if (isNow === "nowhere") copy.deletedAtMs = Math.min(copy.deletedAtMs, nowMs);
    else this.hasNotDeleted(id);
  }

  hasReceived(
    { MessageId: id = "", Body: body = "", ReceiptHandle: handle = "", Attributes }: Message,
    receive: { readonly queue: string; readonly beganAtMs: number },
    isLiveIn: (id: string, queue: string) => boolean,
  ): HeldLetter {
    const letter = this.#letters.get(body.split(" ")[0] ?? "");
    if (letter === undefined) throw new Error(`nobody has sent ${body.slice(0, 40)}`);
    const copy = this.#copyOf(letter, id);
    const purgedAtMs = this.#options.purgedAtMs(id);
    if ((purgedAtMs ?? Infinity) + receiveHearsayMs < receive.beganAtMs) {
      this.#complain(`${id} was received long after it was purged`);
    }
    const origin = this.#copies.get(this.#options.originOf(id) ?? "");
    if (origin !== undefined && origin.letter !== letter) {
      this.#complain(`${id} was ${origin.letter.deduplicationId} and is ${letter.deduplicationId}`);
    }
    const isDeleted = copy.deletedAtMs < receive.beganAtMs;
    if (isDeleted && purgedAtMs === undefined) this.#complain(`${id} was received when deleted`);
    if (body !== letter.body) this.#complain(`${id} has another body`);
    if (Attributes?.get("MessageGroupId") !== letter.groupId) {
      this.#complain(`${id} lost its group`);
    }
    // What was sent to a process that had not heard of a purge stands in no order with what is there.
    if (purgedAtMs === undefined) this.#checkOrder(copy, receive.queue, isLiveIn);
    copy.receivedFrom.add(receive.queue);
    return { queue: receive.queue, id, handle };
  }

  /** Whoever sent one after another has them received so: each that is still there was seen before. */
  #checkOrder(
    { id, letter, order, notBefore }: Copy,
    queue: string,
    isLiveIn: (id: string, queue: string) => boolean,
  ): void {
    if (order === undefined) return;
    const sentTo = this.#options.sentTo(id);
    for (const other of this.#copies.values()) {
      const { sender, groupId, deduplicationId } = other.letter;
      const isBefore = other.order !== undefined && other.order < notBefore;
      if (!isBefore || sender !== letter.sender || groupId !== letter.groupId) continue;
      if (other.receivedFrom.has(queue) || !isLiveIn(other.id, queue)) continue;
      // Who had not heard that a queue was purged or deleted may move what was there to the dead-letter
      // queue, behind what was sent to the queue since and moved sooner.
      if (this.#options.sentTo(other.id) !== sentTo) continue;
      this.#complain(`${letter.deduplicationId} overtook ${deduplicationId}`);
    }
  }

  #copyOf(letter: Letter, id: string): Copy {
    const known = this.#copies.get(id);
    if (known !== undefined) return known;
    const unknown = { order: undefined, notBefore: -1, deletions: 0, deletedAtMs: Infinity };
    const copy: Copy = { id, letter, receivedFrom: new Set(), ...unknown };
    this.#copies.set(id, copy);
    return copy;
  }

  #complain(violation: string): void {
    this.violations.push(violation);
  }
}
