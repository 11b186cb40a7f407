import { queueDoesNotExist } from "#contract/errors.ts";
import { isQueueName } from "#contract/names.ts";
import type { Item, Table } from "#table/table.ts";
import type { Clock } from "./clock.ts";
import { dropOldest } from "./dropOldest.ts";
import { type Queue, type QueueEntry, queueItem, queueKey, readQueueItem } from "./queue.ts";
import type { Random } from "./random.ts";

/** How long a queue is believed when other processes may change it. */
const sharedCacheMs = 2000;
/** How long by those who wait, and would ask for it all the time. */
const recentMs = 5000;
/** Names kept in memory; the oldest look-up goes first. */
const cachedMax = 10_000;
/** How often a change is tried again when others change the same queue. */
const changeTriesMax = 10;
const pageLimit = 1000;
const tokenBytes = 6;
const mayBeginName = /^[A-Za-z0-9_.-]{0,80}$/;

interface Cached {
  readonly entry: QueueEntry | undefined;
  /** When the table was asked: what it said may have changed at any time since. */
  readonly askedAtMs: number;
}

/** A look-up that others may join. */
interface Loading {
  readonly entry: Promise<QueueEntry | undefined>;
  readonly askedAtMs: number;
}

interface Listing {
  readonly account: string;
  readonly prefix: string;
  readonly after: string | undefined;
  readonly mayBeStale: boolean;
}

/** What `change` may do with the entry that it finds. */
export type QueueChange =
  | { readonly kind: "keep" }
  | { readonly kind: "store"; readonly queue: Queue }
  | { readonly kind: "remove"; readonly deletedAtMs: number };

type Replacement = QueueChange & { readonly before: Queue };

/**
 * Finds, lists and changes queues. Look-ups are remembered: for two seconds on a table that other
 * processes may write, else until this process changes the queue.
 */
export class QueueStore {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #cache = new Map<string, Cached>();
  readonly #loading = new Map<string, Loading>();

  constructor(table: Table, clock: Clock, random: Random) {
    this.#table = table;
    this.#clock = clock;
    this.#random = random;
  }

  async find(account: string, name: string): Promise<Queue | undefined> {
    // A caller's text, as part of an ARN: not everything can be a key, nor shall it be remembered.
    if (!isQueueName(name)) return undefined;
    const cached = this.#cache.get(cacheKey(account, name));
    const isKnown = cached !== undefined && this.#isFresh(cached) && !this.#mayBeMade(cached);
    if (isKnown) return live(cached.entry);
    const wasLive = cached?.entry?.kind === "live";
    return live(await (wasLive ? this.#reload(account, name) : this.#load(account, name)));
  }

  /** As it was a moment ago: for a receive that waits, and will ask again if it goes on waiting. */
  async findRecent(account: string, name: string): Promise<Queue | undefined> {
    const cached = this.#cache.get(cacheKey(account, name));
    const isRecent = cached !== undefined && this.#isFresh(cached, recentMs);
    return (isRecent ? live(cached.entry) : undefined) ?? (await this.find(account, name));
  }

  /** As the table has it now, whatever is remembered. */
  async findNow(account: string, name: string): Promise<Queue | undefined> {
    return live(await this.#load(account, name));
  }

  /** The next time this queue is asked for, the table is asked. */
  forget(account: string, name: string): void {
    this.#cache.delete(cacheKey(account, name));
  }

  /**
   * Changes what stands under a name, guarded against everybody else's change: `decide` is called
   * with what is there, and again if that was overtaken, then also with what was there at first. It must
   * have no effects of its own. What it throws comes out.
   */
  async change<Change extends QueueChange>(
    account: string,
    name: string,
    decide: (entry: QueueEntry | undefined, first: QueueEntry | undefined) => Change,
  ): Promise<Change> {
    const first = await this.#load(account, name);
    let entry = first;
    for (let tries = 0; tries < changeTriesMax; tries += 1) {
      const change = decide(entry, first);
      if (change.kind === "keep") return change;
      const askedAtMs = this.#clock.nowMs();
      const result = await this.#write(account, name, entry, change);
      entry = this.#remember(account, name, result.current, askedAtMs);
      if (result.outcome === "written") return change;
    }
    throw new Error(`gave up changing queue ${name}: overtaken ${changeTriesMax} times`);
  }

  /**
   * Changes a queue in the same way, and answers what it was before. Throws if there is none. Where it
   * is found deleted and made anew in the meantime, the new one is left alone: the old one is gone,
   * by this very change maybe, which lost its answer and was sent again.
   */
  async changeLive(
    account: string,
    name: string,
    decide: (queue: Queue) => QueueChange,
  ): Promise<Queue> {
    const { before } = await this.change(account, name, (entry, first): Replacement => {
      if (entry?.kind !== "live") throw queueDoesNotExist();
      const before = live(first) ?? entry.queue;
      if (before.id !== entry.queue.id) return { kind: "keep", before };
      return { ...decide(entry.queue), before: entry.queue };
    });
    return before;
  }

  /** All live queues in the order of their names, as they were a moment ago. */
  async *listAll(account: string): AsyncGenerator<Queue> {
    yield* this.#list({ account, prefix: "", after: undefined, mayBeStale: true });
  }

  /** Live queues in the order of their names, those after `after` if it is given. */
  async *list(account: string, prefix: string, after?: string): AsyncGenerator<Queue> {
    if (!mayBeginName.test(prefix)) return;
    yield* this.#list({ account, prefix, after, mayBeStale: false });
  }

  async *#list({ account, prefix, after, mayBeStale }: Listing): AsyncGenerator<Queue> {
    const { pk } = queueKey(account, "");
    const to = `${prefix}~`;
    let from = after === undefined || after < prefix ? prefix : `${after}\u0000`;
    for (;;) {
      const page = await this.#table.query({ pk, from, to, limit: pageLimit, mayBeStale });
      for (const item of page.items) {
        const queue = live(readQueueItem(item, account));
        if (queue !== undefined) yield queue;
      }
      const last = page.items.at(-1);
      if (!page.more || last === undefined) return;
      from = `${last.sk}\u0000`;
    }
  }

  /**
   * As `#load`, once for all who ask at the same time for a queue that was there. Should that fail,
   * those who had joined it ask once more together: what became of a request from before theirs says
   * little of their own.
   */
  async #reload(account: string, name: string): Promise<QueueEntry | undefined> {
    const joined = this.#joinable(account, name);
    if (joined === undefined) return await this.#lead(account, name);
    return await joined.entry.catch(
      async () => await (this.#joinable(account, name)?.entry ?? this.#lead(account, name)),
    );
  }

  /** One that is slow keeps nobody waiting who comes later, nor tells them what was so long ago. */
  #joinable(account: string, name: string): Loading | undefined {
    const loading = this.#loading.get(cacheKey(account, name));
    return loading !== undefined && this.#isFresh(loading) ? loading : undefined;
  }

  async #lead(account: string, name: string): Promise<QueueEntry | undefined> {
    const key = cacheKey(account, name);
    const loading = { entry: this.#load(account, name), askedAtMs: this.#clock.nowMs() };
    this.#loading.set(key, loading);
    try {
      return await loading.entry;
    } finally {
      if (this.#loading.get(key) === loading) this.#loading.delete(key);
    }
  }

  async #load(account: string, name: string): Promise<QueueEntry | undefined> {
    const askedAtMs = this.#clock.nowMs();
    const item = await this.#table.get(queueKey(account, name));
    return this.#remember(account, name, item, askedAtMs);
  }

  async #write(
    account: string,
    name: string,
    entry: QueueEntry | undefined,
    change: Exclude<QueueChange, { readonly kind: "keep" }>,
  ) {
    const key = queueKey(account, name);
    const version = (entry?.version ?? 0) + 1;
    const next: QueueEntry =
      change.kind === "store"
        ? { kind: "live", queue: change.queue, version }
        : { kind: "deleted", deletedAtMs: change.deletedAtMs, version };
    // The token tells whoever has to send this again its own change from an equal one of another's.
    const item = { ...queueItem(next, key), w: this.#random.hex(tokenBytes) };
    if (entry === undefined) return await this.#table.write({ kind: "insert", item });
    const { pk: _pk, sk: _sk, ...set } = item;
    const remove = ["q", "gone", "x"].filter((attribute) => !(attribute in set));
    return await this.#table.write({
      kind: "patch",
      key,
      set,
      remove,
      when: [{ attribute: "v", is: "equal", value: entry.version }],
    });
  }

  #remember(
    account: string,
    name: string,
    item: Item | undefined,
    askedAtMs: number,
  ): QueueEntry | undefined {
    const entry = item === undefined ? undefined : readQueueItem(item, account);
    const key = cacheKey(account, name);
    const known = this.#cache.get(key);
    // A look-up that was overtaken by a change must not bring back what was before.
    const isOvertaken =
      known !== undefined &&
      this.#isFresh(known) &&
      (known.entry?.version ?? 0) > (entry?.version ?? Infinity);
    if (isOvertaken) return entry;
    this.#cache.delete(key);
    if (this.#table.traits.isShared && entry === undefined) return undefined;
    this.#cache.set(key, { entry, askedAtMs });
    dropOldest(this.#cache, cachedMax);
    return entry;
  }

  /** Somebody else may create a missing queue at any time, and would be surprised to wait for us. */
  #mayBeMade({ entry }: Cached): boolean {
    return this.#table.traits.isShared && entry?.kind !== "live";
  }

  /** A clock that was set back makes nothing fresh. */
  #isFresh({ askedAtMs }: { readonly askedAtMs: number }, ms = sharedCacheMs): boolean {
    if (!this.#table.traits.isShared) return true;
    const ageMs = this.#clock.nowMs() - askedAtMs;
    return ageMs >= 0 && ageMs < ms;
  }
}

function cacheKey(account: string, name: string): string {
  return `${account}/${name}`;
}

function live(entry: QueueEntry | undefined): Queue | undefined {
  return entry?.kind === "live" ? entry.queue : undefined;
}
