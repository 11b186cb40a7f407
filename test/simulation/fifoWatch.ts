import { type Entry, messageIdOfEntry, readEntries } from "#engine/fifo/entry.ts";
import type { Queue } from "#engine/queue.ts";
import { type Slot, writeSlot } from "#engine/slot.ts";
import type { Item } from "#table/table.ts";
import type { Change } from "../support/memoryTable.ts";
import { Epochs } from "./epochs.ts";
import { isOfMoveTask, isOfQueue, type LastReceive, latestMoveMs } from "./messageWatch.ts";

/** One message as an item holds it. */
interface Place {
  readonly id: string;
  readonly queueId: string;
  /** The queue, its epoch and the group. */
  readonly group: string;
  readonly item: string;
  readonly entry: Entry;
}

export interface FifoWatchOptions {
  readonly nowMs: () => number;
  /** No process's clock is further ahead or behind. */
  readonly clockErrorMs: number;
  /** Of every queue that has a dead-letter queue. */
  readonly maxReceiveCount: number;
  /** Whether anybody has asked for a message's deletion. */
  readonly mayBeDeleted: (id: string) => boolean;
  /** Whether anybody has asked to have its receive undone, by its handle. Default: nobody has. */
  readonly mayBePutBack?: (id: string) => boolean;
  /** A queue by its id, once it is known. */
  readonly queueOf: (queueId: string) => Queue | undefined;
}

const deduplicationMs = 300_000;

/**
 * Watches every write that reaches the table, and notes each that no FIFO queue may make:
 *
 * - A receive takes the oldest messages of a group, none of which is in flight. Nothing later is ever
 *   received past one that is (spec section 7.4); that one rule is both order and holder.
 * - A message is in one place at every instant, the move to a dead-letter queue and out of an
 *   overflow page included. It goes when somebody asked, or when its time is over, and for good.
 * - A deduplication id is accepted once in its interval, in one step with its message.
 * - A move task takes the oldest messages of a group, none of which is in flight, and makes as many new
 *   ones of them, in the same order, in the same instant.
 * - What a purge or the deletion of a queue ends is gone, and what is written there all the same counts
 *   only if it is late.
 */
export class FifoWatch {
  readonly violations: string[] = [];
  readonly #options: FifoWatchOptions;
  readonly #live = new Map<string, Place>();
  readonly #seen = new Set<string>();
  readonly #byGroup = new Map<string, Map<string, Place>>();
  readonly #acceptedAtMs = new Map<string, number>();
  readonly #sequences = new Map<string, number>();
  readonly #lastReceives = new Map<string, LastReceive>();
  readonly #epochs: Epochs;
  /** Messages that a purge or the deletion of their queue took, and when. */
  readonly #purgedAtMs = new Map<string, number>();
  /** Of messages that a move task made, what they were before. */
  readonly #origins = new Map<string, string>();
  readonly #replaced = new Set<string>();
  readonly #moved = new Set<string>();
  readonly #sentTo = new Map<string, string>();
  /** When something last happened to a group: what was before in it may have held up what follows. */
  readonly #touchedAtMs = new Map<string, number>();
  #calmSinceMs = Infinity;
  /** The longest that a group waited, whose oldest message was available, since `beginCalm`. */
  longestWaitMs = 0;
  /** What slots were before each receive, by what it made of them: receives may be given back. */
  readonly #before = new Map<string, Map<string, string | undefined>>();
  /** What happened how often: a run that never meets a case says nothing about it. */
  readonly counts = {
    claims: 0,
    moves: 0,
    refills: 0,
    pages: 0,
    lives: 0,
    givenBack: 0,
    expired: 0,
    purged: 0,
    replaced: 0,
  };

  constructor(options: FifoWatchOptions) {
    this.#options = options;
    this.#epochs = new Epochs(options.nowMs);
  }

  /** When a queue was purged or deleted last. */
  get lastEndMs(): number {
    return this.#epochs.lastEndMs;
  }

  /** When a purge or the deletion of its queue took a message, if one did. */
  purgedAtMs(id: string): number | undefined {
    return this.#purgedAtMs.get(id);
  }

  /** Whether a move task has made another message of it. */
  isReplaced(id: string): boolean {
    return this.#replaced.has(id);
  }

  /** The partition of the queue and the epoch that it was sent to. */
  sentTo(id: string): string | undefined {
    return this.#sentTo.get(id);
  }

  /** Whether it has gone to a dead-letter queue. */
  hasMoved(id: string): boolean {
    return this.#moved.has(id);
  }

  /** The message that a move task made this one of, if it did. */
  originOf(id: string): string | undefined {
    return this.#origins.get(id);
  }

  /** Whether nothing leads to an item any more. */
  isUnreachable({ pk }: Item): boolean {
    return this.#isEnded(pk);
  }

  /** From now on it counts how long available messages wait. */
  beginCalm(): void {
    this.#calmSinceMs = this.#options.nowMs();
  }

  /** The receive that a message had last, those that were undone included. */
  lastReceiveOf(id: string): LastReceive | undefined {
    return this.#lastReceives.get(id);
  }

  /** Messages of the same group that come before it, the oldest first. */
  before(id: string): readonly string[] {
    const place = this.#live.get(id);
    const members = place === undefined ? undefined : this.#byGroup.get(place.group);
    if (place === undefined || members === undefined) return [];
    return [...members.values()]
      .filter(({ entry }) => entry.number < place.entry.number)
      .sort((left, right) => left.entry.number - right.entry.number)
      .map((other) => other.id);
  }

  hasSeen(id: string): boolean {
    return this.#seen.has(id);
  }

  isLive(id: string): boolean {
    return this.#live.has(id);
  }

  /** The id of the queue that a message is in. */
  queueOf(id: string): string | undefined {
    return this.#live.get(id)?.queueId;
  }

  /** Messages that are in some queue. */
  get live(): readonly string[] {
    return [...this.#live.keys()];
  }

  observe(changes: readonly Change[]): void {
    this.#epochs.observe(changes);
    if (changes.some(isOfQueue)) this.#purge();
    const was = new Map(changes.flatMap(({ before }) => placesOf(before)));
    const is = new Map(changes.flatMap(({ after }) => placesOf(after)));
    const left = [...was.values()].filter(({ id }) => !is.has(id));
    const arrived = [...is.values()].filter(({ id }) => !was.has(id));
    if (changes.some(isOfMoveTask)) this.#replace(left, arrived);
    else {
      for (const place of arrived) this.#arrive(place, changes);
      for (const place of left) this.#leave(place);
    }
    const claimed: Place[] = [];
    for (const [id, place] of is) {
      const before = was.get(id);
      if (before === undefined) continue;
      this.#settle(place);
      if (before.queueId !== place.queueId) this.#move(before, place);
      else if (before.item !== place.item) this.#refill(before, place);
      else if (this.#compare(before, place)) claimed.push(before);
    }
    if (claimed.length > 0) this.#claim(claimed);
    for (const { group } of [...was.values(), ...is.values()]) {
      this.#touchedAtMs.set(group, this.#options.nowMs());
    }
    this.#accept(changes);
  }

  /** Forgets what is in epochs that are over. */
  #purge(): void {
    for (const { id, group } of [...this.#live.values()]) {
      if (!this.#isEnded(group)) continue;
      this.#live.delete(id);
      this.#forget(group, id);
      this.#purgedAtMs.set(id, this.#options.nowMs());
      this.counts.purged += 1;
    }
  }

  /** A step of a move task: as many messages arrive as leave, in the order of their group. */
  #replace(left: readonly Place[], arrived: readonly Place[]): void {
    if (left.length !== arrived.length) {
      this.#complain(`a move task took ${left.length} messages and made ${arrived.length}`);
    }
    if (left.length > 0) this.#checkOldest(left);
    const [before, after] = [inOrder(left), inOrder(arrived)];
    for (const [index, place] of before.entries()) {
      const { id, group, entry } = place;
      this.#checkAvailable(id, entry.slot);
      this.#checkPurge(id);
      this.#live.delete(id);
      this.#forget(group, id);
      this.#replaced.add(id);
      const next = after[index];
      if (next === undefined) continue;
      this.#origins.set(next.id, id);
      if (groupIdOf(place) !== groupIdOf(next)) this.#complain(`${id} was moved to another group`);
    }
    for (const place of after) this.#arrive(place, undefined);
    this.counts.replaced += left.length;
  }

  /** `changes` are those of its sending; a move task sends nothing. */
  #arrive(place: Place, changes: readonly Change[] | undefined): void {
    const { id, group, entry, item } = place;
    if (this.#seen.has(id)) this.#complain(`${id} came back`);
    const siblings = [...(this.#byGroup.get(group)?.values() ?? [])];
    if (siblings.some((other) => other.entry.facts.sequence >= entry.facts.sequence)) {
      this.#complain(`${id} has no higher sequence number than those before it`);
    }
    if (siblings.some((other) => other.entry.number >= entry.number)) {
      this.#complain(`${id} has no higher number than those before it`);
    }
    const isAccepted = changes?.some(({ after }) => after?.["i"] === entry.facts.idDigits);
    if (isAccepted === false) this.#complain(`${id} was stored without its deduplication id`);
    if (siblings.length === 0) this.counts.lives += 1;
    if (item.includes("/")) this.counts.pages += 1;
    this.#seen.add(id);
    this.#sentTo.set(id, group.slice(0, group.indexOf(" ")));
    const endedAtMs = this.#epochs.endOf(group);
    // Who asked before the purge, or had not heard of it yet.
    if (endedAtMs !== undefined) this.#purgedAtMs.set(id, endedAtMs);
    this.#settle(place);
  }

  #leave({ id, group, entry, queueId }: Place): void {
    if (this.#isEnded(group)) return;
    if (this.#isOver(entry, queueId)) this.counts.expired += 1;
    else if (!this.#options.mayBeDeleted(id)) this.#complain(`${id} was lost`);
    this.#live.delete(id);
    this.#forget(group, id);
  }

  #settle(place: Place): void {
    const before = this.#live.get(place.id);
    if (before !== undefined) this.#forget(before.group, place.id);
    this.#live.delete(place.id);
    if (this.#isEnded(place.group)) return;
    this.#live.set(place.id, place);
    const group = this.#byGroup.get(place.group) ?? new Map<string, Place>();
    this.#byGroup.set(place.group, group.set(place.id, place));
  }

  #forget(group: string, id: string): void {
    const members = this.#byGroup.get(group);
    members?.delete(id);
    if (members?.size === 0) this.#byGroup.delete(group);
  }

  #move({ id, entry }: Place, { group }: Place): void {
    this.counts.moves += 1;
    const { slot, facts } = entry;
    const receives = slot.kind === "received" ? slot.receiveCount : 0;
    const here = receives - (facts.moved?.receivedBefore ?? 0);
    if (here < this.#options.maxReceiveCount) this.#complain(`${id} moved after ${here} receives`);
    this.#checkAvailable(id, slot);
    this.#before.delete(id);
    this.#checkPurge(id);
    this.#moved.add(id);
    const endedAtMs = this.#epochs.endOf(group);
    if (endedAtMs === undefined) this.#purgedAtMs.delete(id);
    // Who moved it had not heard that the dead-letter queue was purged: there it may be received
    // still, as what was there before, by others who have not heard either.
    else this.#purgedAtMs.set(id, endedAtMs);
  }

  /** Who moves what was purged had begun with it before. */
  #checkPurge(id: string): void {
    const purgedMsAgo = this.#options.nowMs() - (this.#purgedAtMs.get(id) ?? Infinity);
    if (purgedMsAgo > latestMoveMs) {
      this.#complain(`${id} was moved ${purgedMsAgo} ms after it was purged`);
    }
  }

  #refill(was: Place, is: Place): void {
    this.counts.refills += 1;
    const isUntouched = writeSlot(was.entry.slot) === writeSlot(is.entry.slot);
    if (!isUntouched) this.#complain(`${is.id} was received on its way`);
    if (was.entry.number !== is.entry.number) this.#complain(`${is.id} was numbered anew`);
  }

  /** Answers whether the message was received. */
  #compare(was: Place, is: Place): boolean {
    const [before, after] = [was.entry.slot, is.entry.slot];
    const [textBefore, textAfter] = [writeSlot(before), writeSlot(after)];
    if (textBefore === textAfter) return false;
    const claims = this.#before.get(is.id);
    if (
      textBefore !== undefined &&
      claims?.has(textBefore) &&
      claims.get(textBefore) === textAfter
    ) {
      claims.delete(textBefore);
      this.counts.givenBack += 1;
      return false;
    }
    if (after.kind !== "received") {
      this.#complain(`${is.id} turned ${after.kind}`);
      return false;
    }
    const counted = before.kind === "received" ? before.receiveCount : 0;
    if (before.kind === "received" && before.token === after.token) {
      const isPutBack =
        after.receiveCount === counted - 1 && this.#options.mayBePutBack?.(is.id) === true;
      // However its timeout was changed meanwhile, it may be given back as it was before the receive.
      if (textBefore !== undefined && textAfter !== undefined && claims?.has(textBefore)) {
        claims.set(textAfter, claims.get(textBefore));
      }
      if (isPutBack) this.counts.givenBack += 1;
      else if (counted !== after.receiveCount)
        this.#complain(`${is.id} was counted without a receive`);
      return false;
    }
    if (after.receiveCount !== counted + 1) {
      this.#complain(`${is.id} went from ${counted} to ${after.receiveCount} receives`);
    }
    const known = claims ?? new Map<string, string | undefined>();
    this.#before.set(is.id, known.set(textAfter ?? "", textBefore));
    this.#lastReceives.set(is.id, { token: after.token, atMs: this.#options.nowMs() });
    this.#checkAvailable(is.id, before);
    return true;
  }

  #claim(claimed: readonly Place[]): void {
    this.counts.claims += 1;
    // What is behind the oldest has waited for that.
    for (const members of Map.groupBy(claimed, ({ group }) => group).values()) {
      for (const oldest of inOrder(members).slice(0, 1)) this.#noteWait(oldest);
    }
    this.#checkOldest(claimed);
  }

  /** What is taken together is the oldest that the group has, expired messages left out. */
  #checkOldest(taken: readonly Place[]): void {
    for (const [group, members] of Map.groupBy(taken, (place) => place.group)) {
      const numbers = members.map(({ entry }) => entry.number);
      const last = Math.max(...numbers);
      for (const { id, entry, queueId } of this.#byGroup.get(group)?.values() ?? []) {
        if (entry.number >= last || numbers.includes(entry.number)) continue;
        if (!this.#isOver(entry, queueId))
          this.#complain(`${id} was passed over by ${members.at(-1)?.id}`);
      }
    }
  }

  #noteWait({ queueId, group, entry: { slot, facts } }: Place): void {
    const { nowMs, queueOf } = this.#options;
    const delayMs = (queueOf(queueId)?.settings.delaySeconds ?? 0) * 1000;
    const sinceMs = Math.max(
      slot.kind === "received" ? slot.visibleAtMs : facts.sentAtMs + delayMs,
      this.#touchedAtMs.get(group) ?? 0,
      this.#calmSinceMs,
    );
    this.longestWaitMs = Math.max(this.longestWaitMs, nowMs() - sinceMs);
  }

  #isEnded(partition: string): boolean {
    return this.#epochs.endOf(partition) !== undefined;
  }

  /** Whether some process may think that a message has outlived its queue's retention period. */
  #isOver({ facts }: Entry, queueId: string): boolean {
    const { queueOf, nowMs, clockErrorMs } = this.#options;
    const queue = queueOf(queueId);
    if (queue === undefined) return false;
    const sinceMs = facts.moved?.arrivedAtMs ?? facts.sentAtMs;
    return sinceMs + queue.settings.retentionSeconds * 1000 <= nowMs() + clockErrorMs;
  }

  #checkAvailable(id: string, slot: Slot): void {
    const { nowMs, clockErrorMs } = this.#options;
    if (slot.kind === "received" && slot.visibleAtMs > nowMs() + clockErrorMs) {
      this.#complain(`${id} was received ${slot.visibleAtMs - nowMs()} ms early`);
    }
  }

  #accept(changes: readonly Change[]): void {
    const { nowMs, clockErrorMs } = this.#options;
    for (const { after, before } of changes) {
      if (after === undefined || !after.pk.includes("/d/")) continue;
      const lastMs = this.#acceptedAtMs.get(after.pk);
      const sinceMs = nowMs() - (lastMs ?? -Infinity);
      // Accepted by one clock and over by another, each of which may be wrong.
      if (sinceMs < deduplicationMs - 2 * clockErrorMs) {
        this.#complain(`an id was accepted twice within ${sinceMs} ms`);
      }
      if (before !== undefined && lastMs === undefined) this.#complain("an id came from nowhere");
      this.#acceptedAtMs.set(after.pk, nowMs());
    }
  }

  /** A sequence number that a client was told, by what it was told of. */
  hasSequence(id: string, sequence: number): void {
    const known = this.#sequences.get(id) ?? sequence;
    if (known !== sequence) this.#complain(`${id} has two sequence numbers`);
    this.#sequences.set(id, sequence);
  }

  #complain(violation: string): void {
    this.violations.push(violation);
  }
}

/** Whether an item is a group's or an overflow page. */
export function isOfGroup({ pk }: Item): boolean {
  return (
    !/^(?:queues|moves|polls|sweep)\b/.test(pk) && !/\/[dr]\//.test(pk) && !/^[^.]*\//.test(pk)
  );
}

function placesOf(item: Item | undefined): readonly (readonly [id: string, place: Place])[] {
  if (item === undefined || !isOfGroup(item)) return [];
  const [partition = "", sk = item.sk] = splitPage(item);
  return readEntries(item).map((entry) => {
    const id = messageIdOfEntry(entry.facts);
    const name = `${item.pk} ${item.sk}`;
    const queueId = partition.split(".")[0] ?? "";
    return [id, { id, queueId, group: `${partition} ${sk}`, item: name, entry }];
  });
}

/** A page's partition is the group's, its key and its life. */
function splitPage({ pk }: Item): readonly [partition: string, sk: string] | readonly [string] {
  const start = pk.indexOf("/");
  return start < 0 ? [pk] : [pk.slice(0, start), pk.slice(start + 1, pk.lastIndexOf("/"))];
}

function inOrder(places: readonly Place[]): readonly Place[] {
  return places.toSorted((left, right) => left.entry.number - right.entry.number);
}

/** What follows the partition is a hash of the group id, and that. */
function groupIdOf({ group }: Place): string {
  return group.slice(group.indexOf(" "));
}
