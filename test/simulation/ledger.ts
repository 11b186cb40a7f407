import type { Output } from "#contract/operations.ts";

type Message = NonNullable<Output<"ReceiveMessage">["Messages"]>[number];

interface Entry {
  readonly body: string;
  id: string | undefined;
  /** Deletions that were asked for, those left out that came to nothing. */
  deletions: number;
  deletedAtMs: number;
  /** The highest receive count that a receive has answered. */
  receiveCount: number;
}

/** A message in a client's hands. */
export interface Held {
  readonly queue: string;
  readonly id: string;
  readonly handle: string;
}

/** What was known when a receive began. */
export interface Receive {
  readonly queue: string;
  readonly beganAtMs: number;
  /** Receives that began so early know nothing of what was answered later. */
  readonly counts: ReadonlyMap<string, number>;
}

/** What has happened to a message that no client asked for. */
export interface Fate {
  /** When a purge or the deletion of its queue took it. */
  readonly purgedAtMs: (id: string) => number | undefined;
  /** Whether a move task has made another message of it. */
  readonly isReplaced: (id: string) => boolean;
}

/**
 * For how long after a purge, or the deletion of a queue, processes may not have heard of it: they
 * believe a queue for two seconds, by clocks that may be set meanwhile.
 */
export const hearsayMs = 4000;
/** The same for receives, since those that wait believe it for five. */
export const receiveHearsayMs = 7000;

/** What the clients asked for and were told, and what in it cannot be. */
export class Ledger {
  readonly violations: string[] = [];
  readonly #fate: Fate;
  /** When each send was asked for, by body. */
  readonly #askedAtMs = new Map<string, number>();
  readonly #byBody = new Map<string, Entry>();
  readonly #byId = new Map<string, Entry>();
  readonly #acknowledged = new Set<string>();
  readonly #handles = new Set<string>();

  constructor(fate: Fate) {
    this.#fate = fate;
  }

  /** Messages that were answered with an id and that nobody has asked to delete. */
  get owed(): readonly string[] {
    return [...this.#acknowledged].filter((id) => !this.mayBeDeleted(id));
  }

  mayBeDeleted(id: string): boolean {
    return (this.#byId.get(id)?.deletions ?? 0) > 0;
  }

  asksToSend(body: string, nowMs: number): void {
    this.#askedAtMs.set(body, nowMs);
    const unknown = { id: undefined, deletions: 0, deletedAtMs: Infinity };
    this.#byBody.set(body, { body, receiveCount: 0, ...unknown });
  }

  hasSent(body: string, id: string): void {
    this.#meet(body, id);
    this.#acknowledged.add(id);
    const purgedAtMs = this.#fate.purgedAtMs(id) ?? Infinity;
    if (purgedAtMs + hearsayMs < (this.#askedAtMs.get(body) ?? 0)) {
      this.#complain(`${id} was sent where a purge had been long before`);
    }
  }

  asksToDelete(id: string): void {
    const entry = this.#byId.get(id);
    if (entry !== undefined) entry.deletions += 1;
  }

  /** A deletion was answered. Where the message is now decides what that means. */
  hasDeleted(id: string, nowMs: number, isNow: "nowhere" | "here" | "elsewhere"): void {
    const entry = this.#byId.get(id);
    if (entry === undefined) return;
    switch (isNow) {
      case "nowhere":
        entry.deletedAtMs = Math.min(entry.deletedAtMs, nowMs);
        break;
      case "here":
        this.#complain(`${id} is still there when deleted`);
        break;
      case "elsewhere":
        // It is in the dead-letter queue by now, where handles of its source mean nothing.
        entry.deletions -= 1;
        break;
    }
  }

  asksToReceive(queue: string, beganAtMs: number): Receive {
    const counts = new Map([...this.#byId].map(([id, { receiveCount }]) => [id, receiveCount]));
    return { queue, beganAtMs, counts };
  }

  hasReceived(message: Message, receive: Receive): Held {
    const { MessageId: id = "", Body: body = "", ReceiptHandle: handle = "" } = message;
    const entry = this.#meet(body, id);
    const count = Number(message.Attributes?.get("ApproximateReceiveCount"));
    if (this.#handles.has(handle)) this.#complain(`${id} was received with a handle of before`);
    const purgedAtMs = this.#fate.purgedAtMs(id);
    if (purgedAtMs !== undefined && purgedAtMs + receiveHearsayMs < receive.beganAtMs) {
      this.#complain(`${id} was received long after it was purged`);
    }
    const isDeleted = entry.deletedAtMs < receive.beganAtMs;
    if (isDeleted && purgedAtMs === undefined) this.#complain(`${id} was received when deleted`);
    if (count <= (receive.counts.get(id) ?? 0)) this.#complain(`${id} counts only ${count}`);
    entry.receiveCount = Math.max(entry.receiveCount, count);
    this.#handles.add(handle);
    return { queue: receive.queue, id, handle };
  }

  #meet(body: string, id: string): Entry {
    const known = this.#byId.get(id);
    if (known?.body === body) return known;
    const entry = this.#byBody.get(body);
    if (entry === undefined) throw new Error(`nobody has sent ${body.slice(0, 40)}`);
    if (entry.id === undefined) {
      entry.id = id;
      this.#byId.set(id, entry);
      return entry;
    }
    if (!(this.#fate.isReplaced(entry.id) || this.#fate.isReplaced(id))) {
      this.#complain(`${id} was ${entry.id} before`);
    }
    const next: Entry = { body, id, deletions: 0, deletedAtMs: Infinity, receiveCount: 0 };
    this.#byBody.set(body, next);
    this.#byId.set(id, next);
    return next;
  }

  #complain(violation: string): void {
    this.violations.push(violation);
  }
}
