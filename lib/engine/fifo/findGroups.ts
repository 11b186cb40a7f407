import { writeManyMax } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { type Group, groupsPartition, isEmpty, leadingRun, readGroup } from "./group.ts";
import { type GroupRing, pagesAround } from "./groupRing.ts";

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

/** Hinted groups looked at beyond one for each message: some will have none. */
const spareHints = 3;

/**
 * Finds groups with available messages: those that were hinted at, then round the ring from where
 * the last look ended, until there are messages enough or the round is complete.
 */
export async function findGroups(context: EngineContext, wish: Wish): Promise<GroupLook> {
  const look = new Look(context, wish);
  await look.followHints();
  await look.walk();
  return look.result();
}

class Look {
  readonly #context: EngineContext;
  readonly #wish: Wish;
  readonly #found = new Map<string, Group>();
  #messages = 0;
  #nextVisibleMs = Infinity;
  #isComplete = false;
  #isUnfinished = false;

  constructor(context: EngineContext, wish: Wish) {
    this.#context = context;
    this.#wish = wish;
  }

  async followHints(): Promise<void> {
    const { queue, ring, wanted } = this.#wish;
    const pk = groupsPartition(queue);
    const hints = ring.takeHints(Math.min(writeManyMax, wanted + spareHints));
    if (hints.length === 0) return;
    const items = await this.#context.table.getMany(hints.map((sk) => ({ pk, sk })));
    for (const item of items) if (item !== undefined) this.#consider(readGroup(item));
  }

  async walk(): Promise<void> {
    const { queue, ring, nowMs } = this.#wish;
    const { delaySeconds } = queue.settings;
    const isFed = this.#wish.isFed || this.#messages > 0;
    const pages = ring.pagesToRead({ isDone: this.#isDone, isFed, nowMs, delaySeconds });
    if (pages === 0) return;
    const before = this.#found.size;
    const walk = ring.beginWalk();
    const pk = groupsPartition(queue);
    for (let read = 0; read < pages && !walk.isComplete; read += 1) {
      if (this.#isDone && read > 0) break;
      if (this.#messages > 0 && read >= pagesAround) break;
      const page = await this.#context.table.query({ pk, ...walk.nextArc });
      for (const item of page.items) this.#consider(readGroup(item));
      walk.pass(page);
    }
    const hasFound = this.#found.size > before;
    ring.endWalk(walk, { hasFound, isFed, nowMs, delaySeconds });
    this.#isComplete = walk.isComplete;
    this.#isUnfinished = !isFed && !hasFound && !walk.isComplete;
  }

  result(): GroupLook {
    const { ring } = this.#wish;
    const candidates = [...this.#found.values()].sort(
      (left, right) =>
        ring.servedAt(left.key.sk) - ring.servedAt(right.key.sk) ||
        oldestSequence(left) - oldestSequence(right),
    );
    return { candidates, nextVisibleMs: this.#returnsAtMs, isComplete: this.#isComplete };
  }

  get #isDone(): boolean {
    return this.#messages >= this.#wish.wanted;
  }

  get #returnsAtMs(): number {
    const { ring, nowMs, queue } = this.#wish;
    if (this.#isUnfinished) return nowMs;
    return Math.min(this.#nextVisibleMs, ring.quietUntilMs(nowMs, queue.settings.delaySeconds));
  }

  #consider(group: Group): void {
    const { queue, ring, nowMs, except } = this.#wish;
    const { sk } = group.key;
    const { run, expired, untilMs } = leadingRun(group, queue, nowMs);
    this.#nextVisibleMs = Math.min(this.#nextVisibleMs, untilMs);
    const isOpen = !except.has(sk) && !ring.isBusy(sk);
    const hasWork = run.length > 0 || expired.length > 0 || isEmpty(group);
    const isBare = group.entries.length === 0;
    if (isOpen && (hasWork || isBare) && !this.#found.has(sk)) {
      this.#found.set(sk, group);
      // A page has at least one.
      this.#messages += Math.max(run.length, isBare && group.firstPage !== undefined ? 1 : 0);
    }
  }
}

function oldestSequence({ entries }: Group): number {
  return entries[0]?.facts.sequence ?? Infinity;
}
