import { receivesHere } from "#engine/deadLetter.ts";
import { messageIdAt, readSegment, type Segment } from "#engine/segment.ts";
import { type Slot, writeSlot } from "#engine/slot.ts";
import type { Item } from "#table/table.ts";
import type { Change } from "../support/memoryTable.ts";
import { Epochs } from "./epochs.ts";

/** One message as an item holds it. */
interface Place {
  readonly name: string;
  /** The queue and the epoch and the lane. */
  readonly partition: string;
  readonly id: string;
  readonly startsAtMs: number;
  readonly slot: Slot;
  /** How often it was received in the queue where it is. */
  readonly receives: number;
}

export interface WatchOptions {
  readonly nowMs: () => number;
  /** No process's clock is further ahead. */
  readonly clockErrorMs: number;
  /** Of every queue that has a dead-letter queue. */
  readonly maxReceiveCount: number;
  /** Whether anybody has asked for a message's deletion. */
  readonly mayBeDeleted: (id: string) => boolean;
  /** Whether anybody has asked to have its receive undone, by its handle. Default: nobody has. */
  readonly mayBePutBack?: (id: string) => boolean;
}

/** The receive that a message had last. */
export interface LastReceive {
  readonly token: string;
  readonly atMs: number;
}

/** A process that has begun a move may be slow, or stand still, for so long in between. */
export const latestMoveMs = 12_000;

/**
 * Watches every write that reaches the table, and notes each that no queue may make:
 *
 * ```
 *   fresh ──► received ──► received again, only when its timeout is over, count + 1
 *     ▲           │   └──► same receive, another timeout
 *     └───────────┘ given back: just as it was before
 *   fresh, received ──► gone, only when somebody asked ──► nothing more, ever
 * ```
 *
 * At every instant a message is in one place, the move to a dead-letter queue included. A move task
 * makes new messages of those that it takes, as many in the same instant. What a purge or the deletion
 * of a queue ends is gone, and what is written there all the same counts only if it is late.
 */
export class MessageWatch {
  readonly violations: string[] = [];
  readonly #options: WatchOptions;
  readonly #live = new Map<string, string>();
  readonly #gone = new Set<string>();
  readonly #epochs: Epochs;
  /** Messages that a purge or the deletion of their queue took, and when. */
  readonly #purgedAtMs = new Map<string, number>();
  /** Messages that were moved to a dead-letter queue although a purge had taken them. */
  readonly #survivors = new Set<string>();
  /** Messages that a move task made others of. */
  readonly #replaced = new Set<string>();
  /** What each slot was before each of its receives, so that it can be told when one is given back. */
  readonly #before = new Map<string, (string | undefined)[]>();
  readonly #lastReceives = new Map<string, LastReceive>();
  /** The longest that a message was available before it was received, since `beginCalm`. */
  longestWaitMs = 0;
  /** What happened how often: runs that never meet a case say nothing about it. */
  readonly counts = { claims: 0, moved: 0, replaced: 0, purged: 0, givenBack: 0 };
  #calmSinceMs = Infinity;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#epochs = new Epochs(options.nowMs);
  }

  /** From now on it counts how long available messages wait. */
  beginCalm(): void {
    this.#calmSinceMs = this.#options.nowMs();
  }

  hasSeen(id: string): boolean {
    return this.#live.has(id) || this.#gone.has(id);
  }

  /** The receive that a message had last, those that were undone included. */
  lastReceiveOf(id: string): LastReceive | undefined {
    return this.#lastReceives.get(id);
  }

  /** The id of the queue that a message is in. */
  queueOf(id: string): string | undefined {
    return this.#live.get(id)?.split(".")[0];
  }

  /** When a purge or the deletion of its queue took a message, if one did. */
  purgedAtMs(id: string): number | undefined {
    return this.#purgedAtMs.get(id);
  }

  /** Whether a move task has made another message of it. */
  isReplaced(id: string): boolean {
    return this.#replaced.has(id);
  }

  /** Whether nothing leads to an item any more. */
  isUnreachable({ pk }: Item): boolean {
    return this.#epochs.endOf(pk) !== undefined;
  }

  /** Messages that are in some queue. */
  get live(): ReadonlySet<string> {
    return new Set(this.#live.keys());
  }

  observe(changes: readonly Change[]): void {
    this.#epochs.observe(changes);
    if (changes.some(isOfQueue)) this.#purge();
    const left: Place[] = [];
    const arrived: Place[] = [];
    for (const { before, after } of changes) {
      const [was, is] = [placesOf(before), placesOf(after)];
      for (const [name, place] of was) {
        const next = is.get(name);
        if (next === undefined || next.slot.kind === "gone") {
          if (place.slot.kind !== "gone") left.push(place);
        } else this.#compare(place, next);
      }
      for (const [name, place] of is) {
        if (!was.has(name) && place.slot.kind !== "gone") arrived.push(place);
      }
    }
    if (changes.some(isOfMoveTask)) this.#replace(left, arrived);
    else this.#account(left, arrived);
  }

  /** Forgets what is in epochs that are over. */
  #purge(): void {
    for (const [id, name] of this.#live) {
      if (this.#epochs.endOf(name) === undefined) continue;
      this.#live.delete(id);
      this.#gone.add(id);
      this.#purgedAtMs.set(id, this.#options.nowMs());
      this.counts.purged += 1;
    }
  }

  /** A step of a move task: as many messages arrive as leave, and none of them was there before. */
  #replace(left: readonly Place[], arrived: readonly Place[]): void {
    // On a table of its own, a purge may have taken the contents that a late move still refers to.
    const survivors = left.filter(({ id }) => this.#survivors.has(id)).length;
    if (arrived.length > left.length || arrived.length < left.length - survivors) {
      this.#complain(`a move task took ${left.length} messages and made ${arrived.length}`);
    }
    for (const { id, slot, startsAtMs } of left) {
      this.#checkAvailable(id, slot, startsAtMs);
      this.#checkPurge(id);
      if (this.#live.has(id)) this.#replaced.add(id);
      this.#live.delete(id);
      this.#gone.add(id);
    }
    for (const place of arrived) this.#arrive(place, undefined);
    this.counts.replaced += left.length;
  }

  #account(left: readonly Place[], arrived: readonly Place[]): void {
    for (const { id, name, partition } of left) {
      if (this.#epochs.endOf(partition) !== undefined) continue;
      if (this.#live.get(id) !== name) this.#complain(`${id} left ${name}, where it was not`);
      this.#live.delete(id);
      this.#gone.add(id);
    }
    for (const place of arrived) {
      this.#arrive(
        place,
        left.find(({ id }) => id === place.id),
      );
    }
    for (const { id } of left) {
      const isPurged = this.#purgedAtMs.has(id) || this.#survivors.has(id);
      const isThere = this.#live.has(id) || isPurged;
      if (!isThere && !this.#options.mayBeDeleted(id)) this.#complain(`${id} was lost`);
    }
  }

  #arrive({ id, name, partition }: Place, from: Place | undefined): void {
    const isMove = from !== undefined;
    if (isMove) this.counts.moved += 1;
    if (isMove && from.receives < this.#options.maxReceiveCount) {
      this.#complain(`${id} was moved after ${from.receives} receives`);
    }
    if (this.#live.has(id)) this.#complain(`${id} is in two places`);
    if (this.#gone.has(id) && !isMove) this.#complain(`${id} came back`);
    const endedAtMs = this.#epochs.endOf(partition);
    if (endedAtMs !== undefined) {
      // Who asked before the purge, or had not heard of it yet.
      this.#gone.add(id);
      this.#purgedAtMs.set(id, endedAtMs);
      return;
    }
    this.#checkPurge(id);
    if (this.#purgedAtMs.delete(id)) this.#survivors.add(id);
    this.#gone.delete(id);
    this.#live.set(id, name);
  }

  /** Who moves what was purged had begun with it before. */
  #checkPurge(id: string): void {
    const purgedMsAgo = this.#options.nowMs() - (this.#purgedAtMs.get(id) ?? Infinity);
    if (purgedMsAgo > latestMoveMs) {
      this.#complain(`${id} was moved ${purgedMsAgo} ms after it was purged`);
    }
  }

  #compare(was: Place, is: Place): void {
    const [before, after] = [writeSlot(was.slot), writeSlot(is.slot)];
    if (before === after) return;
    const receives = this.#before.get(was.name) ?? [];
    const isGivenBack = receives.length > 0 && receives.at(-1) === after;
    if (isGivenBack) {
      receives.pop();
      this.counts.givenBack += 1;
    } else if (was.slot.kind === "gone") this.#complain(`${is.id} came back into its slot`);
    else if (is.slot.kind !== "received") this.#complain(`${is.id} turned ${is.slot.kind}`);
    else if (was.slot.kind === "received" && was.slot.token === is.slot.token) {
      const isPutBack =
        countOf(is) === countOf(was) - 1 && this.#options.mayBePutBack?.(is.id) === true;
      if (isPutBack) {
        receives.pop();
        this.counts.givenBack += 1;
      } else if (countOf(was) !== countOf(is)) {
        this.#complain(`${is.id} was counted without a receive`);
      }
    } else {
      this.#before.set(was.name, [...receives, before]);
      this.#checkReceive(was, is);
    }
  }

  #checkReceive(was: Place, is: Place): void {
    const { id, slot, startsAtMs } = was;
    this.counts.claims += 1;
    if (is.slot.kind === "received") {
      this.#lastReceives.set(id, { token: is.slot.token, atMs: this.#options.nowMs() });
    }
    if (countOf(is) !== countOf(was) + 1) {
      this.#complain(`${id} went from ${countOf(was)} to ${countOf(is)} receives`);
    }
    const availableAtMs = this.#checkAvailable(id, slot, startsAtMs);
    if (this.#epochs.endOf(was.partition) !== undefined) return;
    const waitedMs = this.#options.nowMs() - Math.max(availableAtMs, this.#calmSinceMs);
    this.longestWaitMs = Math.max(this.longestWaitMs, waitedMs);
  }

  /** Answers since when a message may be taken. */
  #checkAvailable(id: string, slot: Slot, startsAtMs: number): number {
    const { nowMs, clockErrorMs } = this.#options;
    const availableAtMs = slot.kind === "received" ? slot.visibleAtMs : startsAtMs;
    if (availableAtMs > nowMs() + clockErrorMs) {
      this.#complain(`${id} was taken ${availableAtMs - nowMs()} ms early`);
    }
    return availableAtMs;
  }

  #complain(violation: string): void {
    this.violations.push(violation);
  }
}

function countOf({ slot }: Place): number {
  return slot.kind === "received" ? slot.receiveCount : 0;
}

/** Whether an item is a segment: only a lane's partition has a queue, an epoch and a number. */
export function isSegment({ pk }: Item): boolean {
  return /^[^./]+\.[^./]+\.[^./]+$/.test(pk);
}

/** Whether a queue was made, changed or deleted. */
export function isOfQueue({ before, after }: Change): boolean {
  return (after ?? before)?.pk.startsWith("queues.") === true;
}

/** Whether it is a part of a step of a move task. */
export function isOfMoveTask({ before, after }: Change): boolean {
  return (after ?? before)?.pk.startsWith("moves.") === true;
}

function placesOf(item: Item | undefined): ReadonlyMap<string, Place> {
  if (item === undefined || !isSegment(item)) return new Map();
  const segment: Segment = readSegment(item, item.pk.split(".")[0] ?? "");
  return new Map(
    segment.slots.map((slot, index) => {
      const name = `${item.pk} ${item.sk} ${index}`;
      const { startsAtMs } = segment;
      const id = messageIdAt(segment, index);
      const receives = receivesHere(segment, slot);
      return [name, { name, partition: item.pk, id, startsAtMs, slot, receives }];
    }),
  );
}
