import { type Patch, TableThrottledError, type WriteResult } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import {
  newToken,
  type ReceivedSlot,
  receivedAgain,
  type Slot,
  slotAttribute,
  writeSlot,
} from "../slot.ts";
import type { TakeOptions } from "../takeMessages.ts";
import type { Entry } from "./entry.ts";
import { findGroups } from "./findGroups.ts";
import { type Group, type GroupHead, readHead } from "./group.ts";
import { entryIs, isSameLife } from "./groupGuards.ts";
import type { GroupRing } from "./groupRing.ts";
import { writeAll } from "./groupWrites.ts";
import { isOverInFlightLimit } from "./inFlightLimit.ts";
import { readyRun } from "./readyRun.ts";

/** A message of a group that this receive holds now. */
export interface FifoTaken {
  /** As it is after the claim. */
  readonly group: GroupHead;
  readonly entry: Entry;
  /** As it was before, for giving it back. */
  readonly before: Slot;
  readonly slot: ReceivedSlot;
}

export interface FifoTake {
  readonly taken: readonly FifoTaken[];
  readonly nextVisibleMs: number;
}

/** A receive looks again after lost races and when much had to be cleared away, so many times. */
const looksMax = 12;
/** How long a receive that waits holds off while too many messages are in flight. */
const overLimitMs = 1000;

/**
 * Claims up to so many messages, as many as possible of one group before the next (spec section 7.4).
 * A group is claimed from its oldest message on, so two receives can never hold the same group.
 */
export async function takeFromGroups(
  context: EngineContext,
  queue: Queue,
  options: TakeOptions,
): Promise<FifoTake> {
  const nowMs = context.clock.nowMs();
  if (await isOverInFlightLimit(context, queue)) {
    return { taken: [], nextVisibleMs: nowMs + overLimitMs };
  }
  return await new GroupTake(context, queue, options).run();
}

/** Messages of one group that are about to be claimed. */
interface Choice {
  readonly group: Group;
  readonly entries: readonly Entry[];
}

class GroupTake {
  readonly #context: EngineContext;
  readonly #queue: Queue;
  readonly #options: TakeOptions;
  readonly #ring: GroupRing;
  readonly #token: string;
  readonly #taken: FifoTaken[] = [];
  /** Groups that this receive was served from, or has had nothing from: none is asked twice. */
  readonly #done = new Set<string>();
  #nextVisibleMs = Infinity;

  constructor(context: EngineContext, queue: Queue, options: TakeOptions) {
    this.#context = context;
    this.#queue = queue;
    this.#options = options;
    this.#ring = context.groups.ringOf(queue);
    this.#token = newToken(context.random);
  }

  async run(): Promise<FifoTake> {
    try {
      const isSettled = await this.#lookAndClaim();
      // There is more to clear away, or others keep getting in between: go on at once.
      if (!isSettled) this.#noteVisible(this.#context.clock.nowMs());
    } catch (error) {
      // What is claimed had better be handed over than be held for nothing.
      if (!(error instanceof TableThrottledError) || this.#taken.length === 0) throw error;
    }
    return { taken: this.#taken, nextVisibleMs: this.#nextVisibleMs };
  }

  get #wanted(): number {
    return this.#options.most - this.#taken.length;
  }

  #noteVisible(atMs: number): void {
    this.#nextVisibleMs = Math.min(this.#nextVisibleMs, atMs);
  }

  /** Answers whether nothing more is to be had now, or nothing more is wanted. */
  async #lookAndClaim(): Promise<boolean> {
    for (let looks = 0; looks < looksMax; looks += 1) {
      const { candidates, nextVisibleMs, isComplete } = await findGroups(this.#context, {
        queue: this.#queue,
        ring: this.#ring,
        wanted: this.#wanted,
        isFed: this.#taken.length > 0,
        nowMs: this.#context.clock.nowMs(),
        except: this.#done,
      });
      this.#noteVisible(nextVisibleMs);
      if (candidates.length === 0) return true;
      const isServed = await this.#serveAll(candidates);
      if (this.#wanted === 0 || (isServed && isComplete)) return true;
    }
    return false;
  }

  /** Answers whether each candidate was either served or found to have nothing. */
  async #serveAll(candidates: readonly Group[]): Promise<boolean> {
    const busy = new Set<string>();
    let isServed = true;
    let lost: readonly string[] = [];
    try {
      const choices: Choice[] = [];
      let wanted = this.#wanted;
      for (const { key, ...rest } of candidates) {
        // Read and not served: the next receive need not search for it.
        if (wanted === 0) this.#ring.hint(key.sk);
        // Another receive of this process may have begun with it since we looked.
        if (wanted === 0 || this.#ring.isBusy(key.sk)) continue;
        this.#ring.setBusy(key.sk, true);
        busy.add(key.sk);
        const ready = await readyRun(this.#context, this.#queue, { key, ...rest }, wanted);
        if (!ready.isSettled) {
          this.#ring.hint(key.sk);
          isServed = false;
        } else if (ready.run.length === 0) this.#done.add(key.sk);
        this.#noteVisible(ready.untilMs);
        if (ready.run.length === 0) continue;
        const entries = ready.run.slice(0, wanted);
        choices.push({ group: ready.group, entries });
        wanted -= entries.length;
      }
      lost = await this.#claimAll(choices);
    } catch (error) {
      for (const { key } of candidates) this.#ring.hint(key.sk);
      throw error;
    } finally {
      for (const sk of busy) this.#ring.setBusy(sk, false);
    }
    for (const sk of lost) this.#ring.hint(sk);
    // While the groups were busy, receives that found nothing else have gone to wait.
    if (lost.length > 0) this.#context.waiters.wake(this.#queue.id, lost.length);
    return isServed && lost.length === 0;
  }

  /** Claims in one round trip. Answers the groups that somebody else got to first. */
  async #claimAll(choices: readonly Choice[]): Promise<readonly string[]> {
    const nowMs = this.#context.clock.nowMs();
    const claims = choices.map((choice) => this.#claimOf(choice, nowMs));
    const results = await writeAll(
      this.#context.table,
      claims.map(({ write }) => write),
    );
    return claims.flatMap((claim, index) => {
      const { sk } = claim.group.key;
      return this.#keep(claim, results[index]) ? [] : [sk];
    });
  }

  #claimOf({ group, entries }: Choice, nowMs: number): Claim {
    const visibleAtMs = nowMs + this.#options.visibilityTimeoutMs;
    const receive = { token: this.#token, nowMs, visibleAtMs };
    const claimed = entries.map((entry) => ({ entry, slot: receivedAgain(entry.slot, receive) }));
    const set = Object.fromEntries(
      claimed.map(({ entry, slot }) => [slotAttribute(entry.number), writeSlot(slot) ?? ""]),
    );
    const when = [isSameLife(group), ...entries.flatMap(entryIs)];
    return { group, claimed, visibleAtMs, write: { kind: "patch", key: group.key, set, when } };
  }

  #keep({ group, claimed, visibleAtMs }: Claim, result: WriteResult | undefined): boolean {
    if (result?.outcome !== "written" || result.current === undefined) return false;
    const { sk } = group.key;
    const after = readHead(result.current);
    this.#context.groups.memory.refresh(after);
    this.#done.add(sk);
    this.#ring.noteServed(sk, { count: claimed.length, untilMs: visibleAtMs });
    if (this.#options.visibilityTimeoutMs === 0) this.#ring.hint(sk);
    this.#noteVisible(visibleAtMs);
    for (const { entry, slot } of claimed) {
      this.#taken.push({ group: after, entry, before: entry.slot, slot });
    }
    return true;
  }
}

interface Claim {
  readonly group: Group;
  readonly claimed: readonly { readonly entry: Entry; readonly slot: ReceivedSlot }[];
  readonly visibleAtMs: number;
  readonly write: Patch;
}

/** Gives messages back as if they had not been received: their caller has hung up. */
export async function giveBackToGroups(
  context: EngineContext,
  queue: Queue,
  taken: readonly FifoTaken[],
): Promise<void> {
  if (taken.length === 0) return;
  const ring = context.groups.ringOf(queue);
  const groups = [...Map.groupBy(taken, ({ group }) => group.key.sk).values()];
  await writeAll(context.table, groups.flatMap(givingBack));
  for (const [first, ...others] of groups) {
    if (first !== undefined) ring.noteReleased(first.group.key.sk, others.length + 1);
  }
  context.waiters.wake(queue.id, taken.length);
}

function givingBack(members: readonly FifoTaken[]): readonly Patch[] {
  const [first] = members;
  if (first === undefined) return [];
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const { entry, before } of members) {
    const text = writeSlot(before);
    if (text === undefined) remove.push(slotAttribute(entry.number));
    else set[slotAttribute(entry.number)] = text;
  }
  const when = members.flatMap(({ entry, slot }) => entryIs({ ...entry, slot }));
  return [{ kind: "patch", key: first.group.key, set, remove, when }];
}
