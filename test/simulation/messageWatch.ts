import { receivesHere } from "#engine/deadLetter.ts";
import { messageIdAt, readSegment, type Segment } from "#engine/segment.ts";
import { type Slot, writeSlot } from "#engine/slot.ts";
import type { Item } from "#table/table.ts";
import type { Change } from "../support/memoryTable.ts";

/** One message as an item holds it. */
interface Place {
  readonly name: string;
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
}

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
 * At every instant a message is in one place, the move to a dead-letter queue included.
 */
export class MessageWatch {
  readonly violations: string[] = [];
  readonly #options: WatchOptions;
  readonly #live = new Map<string, string>();
  readonly #gone = new Set<string>();
  /** What each slot was before each of its receives, so that it can be told when one is given back. */
  readonly #before = new Map<string, (string | undefined)[]>();
  /** The longest that a message was available before it was received, since `beginCalm`. */
  longestWaitMs = 0;
  #calmSinceMs = Infinity;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** From now on it counts how long available messages wait. */
  beginCalm(): void {
    this.#calmSinceMs = this.#options.nowMs();
  }

  hasSeen(id: string): boolean {
    return this.#live.has(id) || this.#gone.has(id);
  }

  /** The id of the queue that a message is in. */
  queueOf(id: string): string | undefined {
    return this.#live.get(id)?.split(".")[0];
  }

  /** Messages that are in some queue. */
  get live(): ReadonlySet<string> {
    return new Set(this.#live.keys());
  }

  observe(changes: readonly Change[]): void {
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
    this.#account(left, arrived);
  }

  #account(left: readonly Place[], arrived: readonly Place[]): void {
    for (const { id, name } of left) {
      if (this.#live.get(id) !== name) this.#complain(`${id} left ${name}, where it was not`);
      this.#live.delete(id);
      this.#gone.add(id);
    }
    for (const { id, name } of arrived) {
      const from = left.find((place) => place.id === id);
      const isMove = from !== undefined;
      if (isMove && from.receives < this.#options.maxReceiveCount) {
        this.#complain(`${id} was moved after ${from.receives} receives`);
      }
      if (this.#live.has(id)) this.#complain(`${id} is in two places`);
      if (this.#gone.has(id) && !isMove) this.#complain(`${id} came back`);
      this.#gone.delete(id);
      this.#live.set(id, name);
    }
    for (const { id } of left) {
      if (this.#live.has(id) || this.#options.mayBeDeleted(id)) continue;
      this.#complain(`${id} was lost`);
    }
  }

  #compare(was: Place, is: Place): void {
    const [before, after] = [writeSlot(was.slot), writeSlot(is.slot)];
    if (before === after) return;
    const receives = this.#before.get(was.name) ?? [];
    const isGivenBack = receives.length > 0 && receives.at(-1) === after;
    if (isGivenBack) receives.pop();
    else if (was.slot.kind === "gone") this.#complain(`${is.id} came back into its slot`);
    else if (is.slot.kind !== "received") this.#complain(`${is.id} turned ${is.slot.kind}`);
    else if (was.slot.kind === "received" && was.slot.token === is.slot.token) {
      if (countOf(was) !== countOf(is)) this.#complain(`${is.id} was counted without a receive`);
    } else {
      this.#before.set(was.name, [...receives, before]);
      this.#checkReceive(was, is);
    }
  }

  #checkReceive(was: Place, is: Place): void {
    const { nowMs, clockErrorMs } = this.#options;
    const { id, slot, startsAtMs } = was;
    if (countOf(is) !== countOf(was) + 1) {
      this.#complain(`${id} went from ${countOf(was)} to ${countOf(is)} receives`);
    }
    const availableAtMs = slot.kind === "received" ? slot.visibleAtMs : startsAtMs;
    if (availableAtMs > nowMs() + clockErrorMs) {
      this.#complain(`${id} was received ${availableAtMs - nowMs()} ms early`);
    }
    const waitedMs = nowMs() - Math.max(availableAtMs, this.#calmSinceMs);
    this.longestWaitMs = Math.max(this.longestWaitMs, waitedMs);
  }

  #complain(violation: string): void {
    this.violations.push(violation);
  }
}

function countOf({ slot }: Place): number {
  return slot.kind === "received" ? slot.receiveCount : 0;
}

/** Whether an item is a segment: chunks and queues have other partitions. */
export function isSegment({ pk }: Item): boolean {
  return !pk.startsWith("queues.") && !pk.includes("/");
}

function placesOf(item: Item | undefined): ReadonlyMap<string, Place> {
  if (item === undefined || !isSegment(item)) return new Map();
  const segment: Segment = readSegment(item, item.pk.split(".")[0] ?? "");
  return new Map(
    segment.slots.map((slot, index) => {
      const name = `${item.pk} ${item.sk} ${index}`;
      const { startsAtMs } = segment;
      const id = messageIdAt(segment, index);
      return [name, { name, id, startsAtMs, slot, receives: receivesHere(segment, slot) }];
    }),
  );
}
