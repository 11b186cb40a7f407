import { queryLimitMax } from "#table/table.ts";
import { dropOldest } from "../dropOldest.ts";
import { InFlightEstimate } from "./inFlightEstimate.ts";
import { RingWalk } from "./ringWalk.ts";

/**
 * What this process remembers of a FIFO queue's groups, so that looking for messages neither starves a
 * group nor reads all of them again and again.
 *
 * ```
 *   groups by key   a  b  c  d  e  f  …      read in a ring, from where the last look ended
 *   hints           groups that something happened to in this process: looked at first
 *   served          when each was served last, and until when it is held: who waited longest goes
 *                   first, and a send to a group that is held is no reason to look there
 *   quiet           after a whole round found nothing, no other for 1 ms for each group that was
 *                   read, 20 s at most; fewer than 64 groups are always read again
 *   rest            the same for the look around that a receive takes although its hints gave it
 *                   something
 * ```
 *
 * Receives that look at once share a walk: one reads a part of the ring that is large enough for all,
 * and the others take what it finds.
 *
 * So no group waits for ever, however busy others are. One that nothing hints at, since another
 * process sent to it or because a visibility timeout ended, is found
 *
 * - by the next look that has no hint to follow, unless the ring is quiet;
 * - else by a look around: one look in 8 takes one, of a thirty-second of the ring or more, and so
 *   within 256 looks of this process where there are no more than 8,192 groups.
 *
 * Nothing here is needed for correctness: guarded writes decide who gets a group.
 */
export class GroupRing {
  readonly inFlight = new InFlightEstimate();
  readonly #served = new Map<string, Served>();
  readonly #hints = new Set<string>();
  readonly #busy = new Set<string>();
  readonly #quiet = new Pause();
  readonly #rest = new Pause();
  #cursor: string;
  #unfinished: RingWalk | undefined;
  #walking: Promise<void> | undefined;
  #round: Round | undefined;
  /** How many groups the last whole round had. */
  #groups = 0;
  /** Whether the last walk had all groups in one page. */
  #fitsOnePage = false;
  #turn = 0;
  #looks = 0;
  #lookers = 0;

  /** `start` is where the first look begins; at random where other processes look too. */
  constructor(start: string) {
    this.#cursor = start;
  }

  /** Something happened to a group: it may have messages now. */
  hint(sk: string): void {
    if (this.#hints.size < hintsMax) {
      this.#hints.add(sk);
      return;
    }
    // Too many to look at one by one: the next round of the ring finds the others.
    this.#quiet.end();
    this.#rest.end();
  }

  /** Whether the group is in line to be looked at soon. */
  isHinted(sk: string): boolean {
    return this.#hints.has(sk);
  }

  get hasHints(): boolean {
    return this.#hints.size > 0;
  }

  /** Takes the hints, the oldest first, at most so many, and no more than seem to have what is wanted. */
  takeHints(
    most: number,
    wish: { readonly wanted: number; readonly messagesIn: (sk: string) => number } = anyHints,
  ): readonly string[] {
    const taken: string[] = [];
    let messages = 0;
    for (const sk of this.#hints) {
      if (taken.length === most || messages >= wish.wanted) break;
      taken.push(sk);
      messages += wish.messagesIn(sk);
      this.#hints.delete(sk);
    }
    return taken;
  }

  /** Groups that a receive of this process is about to claim. */
  isBusy(sk: string): boolean {
    return this.#busy.has(sk);
  }

  setBusy(sk: string, isBusy: boolean): void {
    if (isBusy) this.#busy.add(sk);
    else this.#busy.delete(sk);
  }

  /** A receive of this process took messages of a group, and holds it until then. */
  noteServed(sk: string, { count, untilMs }: { readonly count: number; readonly untilMs: number }) {
    this.#turn += 1;
    this.inFlight.add(count);
    this.#served.delete(sk);
    this.#served.set(sk, { turn: this.#turn, untilMs });
    dropOldest(this.#served, servedMax);
  }

  /** Somebody let go of so many messages of a group, or will at another time. */
  noteReleased(sk: string, count: number): void {
    this.noteGone(sk, count);
    this.hint(sk);
  }

  /** So many messages of a group are gone, and the group with them. */
  noteGone(sk: string, count: number): void {
    this.inFlight.add(-count);
    const served = this.#served.get(sk);
    if (served !== undefined) this.#served.set(sk, { ...served, untilMs: -Infinity });
  }

  /** A message was sent to a group. Answers whether that may be of use to anybody now. */
  noteSent(sk: string, nowMs: number): boolean {
    if ((this.#served.get(sk)?.untilMs ?? -Infinity) > nowMs) return false;
    this.hint(sk);
    return true;
  }

  /** Lower goes first; 0 for a group that was not served lately. */
  servedAt(sk: string): number {
    return this.#served.get(sk)?.turn ?? 0;
  }

  /**
   * How much of the ring a look may read now, in pages: none, a look around, or as much as it takes
   * to find something. `isDone` is said by a receive that hints gave all that it asked for, `isFed` by
   * one that has something to answer.
   */
  pagesToRead(look: {
    readonly isDone: boolean;
    readonly isFed: boolean;
    readonly nowMs: number;
    readonly delaySeconds: number;
  }): number {
    const { nowMs, delaySeconds } = look;
    this.#looks += 1;
    if (this.#quiet.holds(nowMs, delaySeconds)) return 0;
    if (!look.isFed) return pagesMax;
    if (this.#rest.holds(nowMs, delaySeconds)) return 0;
    if (!look.isDone) return pagesAround;
    return this.#looks % looksPerLookAround === 0 ? 1 : 0;
  }

  /** Does a look, which counts as one of those who look at the moment. */
  async look<T>(work: () => Promise<T>): Promise<T> {
    this.#lookers += 1;
    try {
      return await work();
    } finally {
      this.#lookers -= 1;
    }
  }

  /** Resolves when somebody else's walk has come to its end; `undefined` if nobody walks. */
  get walking(): Promise<void> | undefined {
    return this.#walking;
  }

  /** What the last walk came to that went all the way round. A new object for each. */
  get round(): Round | undefined {
    return this.#round;
  }

  /**
   * Walks round the ring, or goes on where a look that found nothing had to stop. `isDone` is said by a
   * receive that only looks around, and needs no more than its own share.
   */
  async walk<T>(isDone: boolean, work: (walk: RingWalk) => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const mine = this.#walking ?? promise;
    this.#walking = mine;
    const limit = isDone
      ? this.#limit
      : Math.min(this.#limit * Math.max(1, this.#lookers), queryLimitMax);
    // A small ring is read in one go, from its beginning.
    const start = this.#fitsOnePage ? "" : this.#cursor;
    const walk = this.#unfinished ?? new RingWalk(start, limit);
    this.#unfinished = undefined;
    try {
      return await work(walk);
    } finally {
      this.#cursor = walk.cursor;
      if (mine === promise) this.#walking = undefined;
      resolve();
    }
  }

  /** How many groups one look reads at first. */
  get #limit(): number {
    return Math.min(Math.max(limitMin, Math.ceil(this.#groups / arcs)), limitMax);
  }

  /** What came of a walk. */
  noteWalk(
    walk: RingWalk,
    came: {
      readonly hasFound: boolean;
      readonly isFed: boolean;
      readonly nowMs: number;
      readonly delaySeconds: number;
      readonly nextVisibleMs: number;
    },
  ): void {
    const { hasFound, isFed, nowMs, delaySeconds, nextVisibleMs } = came;
    // As soon as there are more, walks begin where the last ended, or nobody would see those behind.
    this.#fitsOnePage = walk.isComplete && walk.read < limitMin;
    if (walk.isComplete) {
      this.#groups = walk.read;
      this.#round = { hasFound, nextVisibleMs };
    }
    if (hasFound) return;
    const isLong = walk.read >= alwaysReadMax;
    const pauseMs = isLong ? Math.min(walk.read * pauseMsPerGroup, pauseMsMax) : 0;
    const pause = { fromMs: nowMs, pauseMs, delaySeconds };
    if (walk.isComplete) this.#quiet.begin(pause);
    else if (isFed) this.#rest.begin(pause);
    else this.#unfinished = walk;
  }

  /** When the next round may begin; infinity if the ring is not quiet. */
  quietUntilMs(nowMs: number, delaySeconds: number): number {
    return this.#quiet.holds(nowMs, delaySeconds) ? this.#quiet.untilMs : Infinity;
  }
}

/** A walk that went all the way round. */
interface Round {
  readonly hasFound: boolean;
  /** When time alone makes something available. */
  readonly nextVisibleMs: number;
}

interface Served {
  readonly turn: number;
  /** Until when a receive of this process holds the group, as far as is known. */
  readonly untilMs: number;
}

/** A time in which the ring is not read, unless the queue's delay or the clock is changed. */
class Pause {
  #fromMs = Infinity;
  #untilMs = -Infinity;
  #delaySeconds = 0;

  begin(pause: {
    readonly fromMs: number;
    readonly pauseMs: number;
    readonly delaySeconds: number;
  }) {
    this.#fromMs = pause.fromMs;
    this.#untilMs = pause.fromMs + pause.pauseMs;
    this.#delaySeconds = pause.delaySeconds;
  }

  end(): void {
    this.#untilMs = -Infinity;
  }

  holds(nowMs: number, delaySeconds: number): boolean {
    return this.#fromMs <= nowMs && nowMs < this.#untilMs && delaySeconds === this.#delaySeconds;
  }

  get untilMs(): number {
    return this.#untilMs;
  }
}

const anyHints = { wanted: Infinity, messagesIn: () => 1 };
const hintsMax = 1000;
const servedMax = 1000;
const looksPerLookAround = 8;
/** Pages that one look reads at most; the next goes on from there. */
const pagesMax = 24;
/** Pages that a look reads although it has something to answer. */
export const pagesAround = 2;
const limitMin = 16;
const limitMax = 256;
const arcs = 32;
const alwaysReadMax = 64;
const pauseMsPerGroup = 1;
const pauseMsMax = 20_000;
