import type { Patch, Write } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { type ReceivedSlot, receivedAgain, type Slot, slotAttribute, writeSlot } from "../slot.ts";
import type { TakeOptions } from "../takeMessages.ts";
import { dropEntryChunks } from "./dropEntryChunks.ts";
import { isExhausted, moveToFifoDeadLetterQueue } from "./fifoDeadLetter.ts";
import { findGroups, type GroupCandidate } from "./findGroups.ts";
import { type Entry, entryAttributeNames, type Group, readGroup } from "./group.ts";
import { entryIs, hasNotGrown } from "./groupGuards.ts";
import type { GroupRing } from "./groupRing.ts";
import { refillGroup } from "./refillGroup.ts";

/** A message of a group that this receive holds now. */
export interface FifoTaken {
  /** As it is after the claim. */
  readonly group: Group;
  readonly entry: Entry;
  /** As it was before, for giving it back. */
  readonly before: Slot;
  readonly slot: ReceivedSlot;
}

export interface FifoTake {
  readonly taken: readonly FifoTaken[];
  readonly nextVisibleMs: number;
}

/** A receive looks again after lost races, moves, refills and clean-ups, so many times. */
const looksMax = 40;

/**
 * Claims up to so many messages, as many as possible of one group before the next (spec section 7.4).
 * A group is claimed from its oldest message on, so two receives can never hold the same group.
 */
export async function takeFromGroups(
  context: EngineContext,
  queue: Queue,
  options: TakeOptions,
): Promise<FifoTake> {
  const take = new GroupTake(context, queue, options);
  return await take.run();
}

class GroupTake {
  readonly #context: EngineContext;
  readonly #queue: Queue;
  readonly #options: TakeOptions;
  readonly #ring: GroupRing;
  readonly #token: string;
  readonly #taken: FifoTaken[] = [];
  /** Groups that this receive was served from: none is served twice in one answer. */
  readonly #done = new Set<string>();
  #nextVisibleMs = Infinity;

  constructor(context: EngineContext, queue: Queue, options: TakeOptions) {
    this.#context = context;
    this.#queue = queue;
    this.#options = options;
    this.#ring = context.groups.ringOf(queue);
    this.#token = context.random.hex(4);
  }

  async run(): Promise<FifoTake> {
    for (let looks = 0; looks < looksMax && this.#wanted > 0; looks += 1) {
      const nowMs = this.#context.clock.nowMs();
      const { candidates, nextVisibleMs } = await findGroups(this.#context, {
        queue: this.#queue,
        ring: this.#ring,
        wanted: this.#wanted,
        nowMs,
        except: this.#done,
      });
      this.#nextVisibleMs = Math.min(this.#nextVisibleMs, nextVisibleMs);
      if (candidates.length === 0) break;
      await this.#serveAll(candidates, nowMs);
    }
    return { taken: this.#taken, nextVisibleMs: this.#nextVisibleMs };
  }

  get #wanted(): number {
    return this.#options.most - this.#taken.length;
  }

  async #serveAll(candidates: readonly GroupCandidate[], nowMs: number): Promise<void> {
    for (const candidate of candidates) {
      const { sk } = candidate.group.key;
      if (this.#wanted === 0) {
        // Read and not served: the next receive need not search for it.
        this.#ring.hint(sk);
        continue;
      }
      // Another receive of this process may have begun with it while we served the one before.
      if (this.#ring.isBusy(sk)) continue;
      this.#ring.setBusy(sk, true);
      try {
        await this.#serve(candidate, nowMs);
      } finally {
        this.#ring.setBusy(sk, false);
      }
    }
  }

  async #serve(candidate: GroupCandidate, nowMs: number): Promise<void> {
    const { group, run, expired } = candidate;
    const { sk } = group.key;
    const exhausted = run.find((entry) => isExhausted(this.#queue, entry));
    if (expired.length > 0) await this.#drop(group, expired);
    else if (candidate.needsPage) await refillGroup(this.#context, group);
    else if (exhausted !== undefined && exhausted === run[0]) {
      const outcome = await moveToFifoDeadLetterQueue(this.#context, this.#queue, group, exhausted);
      if (outcome === "kept") await this.#claim(group, run, nowMs);
    } else {
      const end = exhausted === undefined ? run.length : run.indexOf(exhausted);
      await this.#claim(group, run.slice(0, end), nowMs);
      return;
    }
    if (!this.#done.has(sk)) this.#ring.hint(sk);
  }

  async #claim(group: Group, run: readonly Entry[], nowMs: number): Promise<void> {
    const chosen = run.slice(0, this.#wanted);
    const visibleAtMs = nowMs + this.#options.visibilityTimeoutMs;
    const receive = { token: this.#token, nowMs, visibleAtMs };
    const slots = chosen.map(({ slot }) => receivedAgain(slot, receive));
    const set = Object.fromEntries(
      chosen.map(({ number }, index) => [
        slotAttribute(number),
        writeSlot(slots[index] ?? goneSlot) ?? "",
      ]),
    );
    const write: Patch = { kind: "patch", key: group.key, set, when: chosen.map(entryIs) };
    this.#done.add(group.key.sk);
    const result = await this.#context.table.write(write);
    if (result.outcome === "conditionFailed" || result.current === undefined) return;
    const after = readGroup(result.current);
    this.#ring.noteServed(group.key.sk);
    this.#nextVisibleMs = Math.min(this.#nextVisibleMs, visibleAtMs);
    for (const [index, entry] of chosen.entries()) {
      const slot = slots[index];
      if (slot !== undefined) this.#taken.push({ group: after, entry, before: entry.slot, slot });
    }
  }

  /** Drops entries past their retention period; the group with them if nothing else is left. */
  async #drop(group: Group, expired: readonly Entry[]): Promise<void> {
    const isAll = expired.length === group.entries.length && group.pages === undefined;
    const write: Write = isAll
      ? { kind: "delete", key: group.key, when: hasNotGrown(group) }
      : {
          kind: "patch",
          key: group.key,
          set: {},
          remove: expired.flatMap(({ number }) => entryAttributeNames(number)),
          when: [],
        };
    const { outcome } = await this.#context.table.write(write);
    this.#context.groups.memory.forget(group.key);
    if (outcome === "written") await dropEntryChunks(this.#context, expired);
  }
}

const goneSlot: Slot = { kind: "gone" };

/** Gives messages back as if they had not been received: their caller has hung up. */
export async function giveBackToGroups(
  context: EngineContext,
  queue: Queue,
  taken: readonly FifoTaken[],
): Promise<void> {
  const ring = context.groups.ringOf(queue);
  const byGroup = Map.groupBy(taken, ({ group }) => group.key.sk);
  for (const [sk, members] of byGroup) {
    const [first] = members;
    if (first === undefined) continue;
    const set: Record<string, string> = {};
    const remove: string[] = [];
    for (const { entry, before } of members) {
      const text = writeSlot(before);
      if (text === undefined) remove.push(slotAttribute(entry.number));
      else set[slotAttribute(entry.number)] = text;
    }
    const when = members.map(({ entry, slot }) => entryIs({ ...entry, slot }));
    await context.table.write({ kind: "patch", key: first.group.key, set, remove, when });
    ring.hint(sk);
  }
  context.waiters.wake(queue.id, taken.length);
}
