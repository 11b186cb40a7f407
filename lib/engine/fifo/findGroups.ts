import { type Key, writeManyMax } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { type Group, groupsPartition, isEmpty, leadingRun, readGroup } from "./group.ts";
import { type GroupRing, pagesAround } from "./groupRing.ts";
import type { RingWalk } from "./ringWalk.ts";

export interface GroupLook {
  /** Groups with something to do: messages to deliver, or to clear away. Who waited longest first. */
  readonly candidates: readonly Group[];
  /** When something that was seen becomes available; infinity if time alone changes nothing. */
  readonly nextVisibleMs: number;
  /** Whether these are all there are. */
  readonly isComplete: boolean;
}

/** What a receive is looking for. */
export interface Wish {
  readonly queue: Queue;
  readonly ring: GroupRing;
  /** How many messages. */
  readonly wanted: number;
  /** Whether the receive has messages already, and would rather answer than look everywhere. */
  readonly isFed: boolean;
  readonly nowMs: number;
  /** Groups that this receive has had its share of. */
  readonly except: ReadonlySet<string>;
}

/** Of hinted groups, so many more are looked at than one for each message: some will have none. */
const spareHints = 0.3;
/** A table of this process's own is asked about hints so often before the ring is walked. */
const ownHintRoundsMax = 4;
/** Walks of others that a look waits for before it walks by itself. */
const sharedWalksMax = 3;

/**
 * Finds groups with available messages: those that were hinted at, then round the ring from where
 * the last look ended, until there are messages enough or the round is complete.
 */
export async function findGroups(context: EngineContext, wish: Wish): Promise<GroupLook> {
  return await wish.ring.look(() => new Look(context, wish).run());
}

class Look {
  readonly #context: EngineContext;
  readonly #wish: Wish;
  readonly #found = new Map<string, Found>();
  #messages = 0;
  #nextVisibleMs = Infinity;
  #isComplete = false;
  #isUnfinished = false;

  constructor(context: EngineContext, wish: Wish) {
    this.#context = context;
    this.#wish = wish;
  }

  async run(): Promise<GroupLook> {
    const { ring } = this.#wish;
    await this.#followHints();
    let pages = this.#pagesToRead();
    for (let shared = 0; shared < sharedWalksMax; shared += 1) {
      const { walking, round } = ring;
      if (pages === 0 || walking === undefined) break;
      await walking;
      await this.#followHints();
      if (this.#hasComeToNothing(round)) return this.#result();
      pages = this.#pagesToRead();
    }
    if (pages > 0) await ring.walk(this.#isDone, (walk) => this.#walk(walk, pages));
    return this.#result();
  }

  #pagesToRead(): number {
    const { ring, nowMs, queue } = this.#wish;
    const { delaySeconds } = queue.settings;
    return ring.pagesToRead({ isDone: this.#isDone, isFed: this.#isFed, nowMs, delaySeconds });
  }

  async #followHints(): Promise<void> {
    const rounds = this.#context.table.traits.isShared ? 1 : ownHintRoundsMax;
    const pk = groupsPartition(this.#wish.queue);
    for (let round = 0; round < rounds && !this.#isDone; round += 1) {
      const keys = this.#takeHints(pk);
      if (keys.length === 0) return;
      const items = await this.#context.table.getMany(keys);
      for (const item of items) if (item !== undefined) this.#consider(readGroup(item));
    }
  }

  /** Groups to look at next. Where nobody else writes, it is known about how much each of them has. */
  #takeHints(pk: string): readonly Key[] {
    const { table, groups } = this.#context;
    const { ring, wanted } = this.#wish;
    const missing = wanted - this.#messages;
    const messagesIn = (sk: string) => groups.memory.get({ pk, sk })?.entryCount ?? 1;
    const hints = table.traits.isShared
      ? ring.takeHints(Math.min(writeManyMax, missing + Math.ceil(missing * spareHints)))
      : ring.takeHints(writeManyMax, { wanted: missing, messagesIn });
    return hints.map((sk) => ({ pk, sk }));
  }

  /** Whether somebody went all the way round meanwhile and found nothing, so that nobody need again. */
  #hasComeToNothing(before: GroupRing["round"]): boolean {
    const { round } = this.#wish.ring;
    if (this.#isFed || round === undefined || round === before || round.hasFound) return false;
    this.#nextVisibleMs = Math.min(this.#nextVisibleMs, round.nextVisibleMs);
    this.#isComplete = true;
    return true;
  }

  async #walk(walk: RingWalk, pages: number): Promise<void> {
    const { queue, ring, nowMs } = this.#wish;
    const { delaySeconds } = queue.settings;
    const isFed = this.#isFed;
    const isAround = this.#isDone;
    const before = this.#found.size;
    let hinted = 0;
    const pk = groupsPartition(queue);
    for (let read = 0; read < pages && !walk.isComplete; read += 1) {
      if (this.#isDone && read > 0) break;
      if (this.#messages > 0 && read >= pagesAround) break;
      const page = await this.#context.table.query({ pk, ...walk.nextArc });
      for (const item of page.items) {
        // Who only looks around is after what nothing hints at.
        if (isAround && ring.isHinted(item.sk)) hinted += 1;
        else this.#consider(readGroup(item));
      }
      walk.pass(page);
    }
    const hasFound = this.#found.size + hinted > before;
    const nextVisibleMs = this.#nextVisibleMs;
    ring.noteWalk(walk, { hasFound, isFed, nowMs, delaySeconds, nextVisibleMs });
    this.#isUnfinished = !isFed && !hasFound && !walk.isComplete;
    const shared = this.#shareOut();
    // Should nothing come of the candidates, whoever looks again has what is hinted at.
    this.#isComplete = walk.isComplete && hinted + shared === 0;
  }

  /**
   * What this receive will not need is for those who wait for the end of the walk. Answers how many
   * groups that is.
   */
  #shareOut(): number {
    let messages = 0;
    let shared = 0;
    for (const found of this.#inOrder) {
      const { sk } = found.group.key;
      if (messages >= this.#wish.wanted) {
        this.#found.delete(sk);
        this.#wish.ring.hint(sk);
        shared += 1;
      }
      messages += found.messages;
    }
    return shared;
  }

  /** Who waited longest first. */
  get #inOrder(): readonly Found[] {
    const { ring } = this.#wish;
    const waited = ({ group }: Found) => ring.servedAt(group.key.sk);
    return [...this.#found.values()].sort(
      (left, right) =>
        waited(left) - waited(right) || oldestSequence(left.group) - oldestSequence(right.group),
    );
  }

  #result(): GroupLook {
    return {
      candidates: this.#inOrder.map(({ group }) => group),
      nextVisibleMs: this.#returnsAtMs,
      isComplete: this.#isComplete,
    };
  }

  get #isFed(): boolean {
    return this.#wish.isFed || this.#messages > 0;
  }

  get #isDone(): boolean {
    return this.#messages >= this.#wish.wanted;
  }

  get #returnsAtMs(): number {
    const { ring, nowMs, queue } = this.#wish;
    // What is hinted at is not found otherwise, where the ring is quiet.
    const leavesHints = !this.#isFed && !this.#isComplete && ring.hasHints;
    if (this.#isUnfinished || leavesHints) return nowMs;
    return Math.min(this.#nextVisibleMs, ring.quietUntilMs(nowMs, queue.settings.delaySeconds));
  }

  #consider(group: Group): void {
    const { queue, ring, nowMs, except } = this.#wish;
    const { sk } = group.key;
    const { run, expired, untilMs } = leadingRun(group, queue, nowMs);
    this.#nextVisibleMs = Math.min(this.#nextVisibleMs, untilMs);
    const hasWork = run.length > 0 || expired.length > 0 || group.entryCount === 0;
    const isOpen = !except.has(sk) && !ring.isBusy(sk);
    if (!hasWork || !isOpen || this.#found.has(sk)) return;
    // An item that is bare has a page behind it, with one message at least, or is to be deleted.
    const messages = run.length > 0 || isEmpty(group) ? run.length : 1;
    this.#found.set(sk, { group, messages });
    this.#messages += messages;
  }
}

/** A group with something to do, and how many messages of it can be counted on. */
interface Found {
  readonly group: Group;
  readonly messages: number;
}

function oldestSequence({ entries }: Group): number {
  return entries[0]?.facts.sequence ?? Infinity;
}
