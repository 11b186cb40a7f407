import { LookBackAllowance } from "./lookBackAllowance.ts";
import type { Random } from "./random.ts";
import { RecentKeys } from "./recentKeys.ts";
import type { Room } from "./room.ts";
import { type KeyRange, type RunSegment, SkippedSegments } from "./skippedSegments.ts";
import { sortableTime } from "./sortableTime.ts";

/**
 * What this process skips of a lane that other processes write too, and how it comes to know that
 * something of it is available again (decision 18):
 *
 * ```
 *   head ── seen in flight, each with its time ──┬─ skip ─► available … │ grace │ now
 *           ▲ returns: those whose time has come │          two seconds that are never skipped
 *           ▲ look-back: page after page, as far as the allowance goes
 * ```
 *
 * - **Returns** are read when the timeout ends that was seen, or that this process was told of.
 * - The **look-back** is for what others did unseen: timeouts cut short, segments that came late. What
 *   it reads may be stale, so whatever it finds is a return, to be read again. It costs some per cent
 *   of what this reader's claims cost, and half a read unit a second where there are few.
 *
 * Nothing here is needed for correctness: guarded writes decide every claim.
 */
export class SharedRun {
  readonly #skipped: SkippedSegments;
  /** A new number each time everything is forgotten. */
  #number = 0;
  #skipTo: string | undefined;
  #lastLookMs = -Infinity;
  #fromHeadAtMs = -Infinity;
  /** Messages in flight behind the run, as the last look saw them. */
  #young = 0;
  /** When this process itself changed when a message of a segment returns. */
  readonly #changed = new RecentKeys(keptMs);
  /** Until then returns are gathered, to be read together. */
  #gatheringUntilMs = -Infinity;
  #returnsAtOnce = returnsMin;
  /** Where the look-back goes on; nowhere when it is to begin anew. */
  #lookBackAt: string | undefined;
  #lookBackBeganMs = -Infinity;
  #isLookingBack = false;
  readonly #allowance = new LookBackAllowance();
  /** Segments that this process stored late: a look that read before may skip them unseen. */
  readonly #late = new RecentKeys(keptMs);
  #isRetired = false;

  constructor(room: Room) {
    this.#skipped = new SkippedSegments(room);
  }

  /** How many messages are in flight up to the first available one, as far as this process knows. */
  get inFlight(): number {
    return this.#skipped.inFlight + this.#young;
  }

  /** When something that is skipped will be seen to have become available again. */
  get nextReturnMs(): number {
    return Math.max(this.#skipped.nextReturnMs, this.#gatheringUntilMs);
  }

  /** Whether what is in flight was counted as a whole so long ago that it may be counted anew. */
  isOutdated(nowMs: number): boolean {
    return this.#skipTo === undefined || nowMs - this.#fromHeadAtMs >= countedMs;
  }

  /** What a look is to read. To be followed by `settle`, or by `abandon`. */
  plan(look: LookWish): LookPlan {
    const { head, nowMs } = look;
    const isClockSetBack = nowMs < this.#lastLookMs;
    this.#lastLookMs = nowMs;
    const skipTo = this.#skipTo;
    if (skipTo === undefined || skipTo <= head || isClockSetBack) {
      this.forget();
      this.#fromHeadAtMs = nowMs;
      this.#lookBackBeganMs = nowMs;
      return { ...this.#emptyPlan(nowMs), from: head };
    }
    this.#skipped.dropBefore(head);
    const { returned, returns } = this.#planReturns(look);
    const lookBack = this.#planLookBack(head, nowMs);
    return { ...this.#emptyPlan(nowMs), from: skipTo, returned, returns, lookBack };
  }

  /** What a look was to read, or what became of it, is not known. */
  abandon({ number, returned, lookBack, beganMs }: LookPlan): void {
    if (number !== this.#number) return;
    if (lookBack !== undefined) this.#isLookingBack = false;
    for (const sk of returned) this.#skipped.returnAt(sk, beganMs);
    if (returned.length > 0) this.#gatheringUntilMs = -Infinity;
  }

  /** Whether the next look skips that segment. */
  has(sk: string): boolean {
    return this.#skipTo !== undefined && sk < this.#skipTo;
  }

  /** What a look read, as it stands after the claims. Ignored when all was forgotten since. */
  settle(plan: LookPlan, seen: LookSeen): void {
    if (plan.number !== this.#number || this.#isRetired) return;
    this.#settleReturns(plan, seen);
    if (plan.lookBack !== undefined && seen.lookBack !== undefined) {
      this.#isLookingBack = false;
      // What a stale read lacks may be too new for it.
      const goneUpTo = sortableTime(plan.beganMs - staleMs);
      this.#settlePart(seen.lookBack.part, { nowMs: plan.beganMs, goneUpTo });
      this.#lookBackAt = seen.lookBack.isEnd ? undefined : `${seen.lookBack.part.to}\u0000`;
      this.#allowance.spend(seen.lookBack.bytes, seen.lookBack.part.segments.length);
    }
    this.#extend(plan, seen);
  }

  /** A message of the segment becomes available at that time, perhaps sooner than was seen. */
  noteReturn(sk: string, returnsAtMs: number, nowMs: number): void {
    this.#changed.note(sk, nowMs);
    if (this.#changed.size > changedMax) {
      // Looks on their way may have read any of them before.
      this.forget();
      this.#changed.letGoBefore(nowMs, staleMs);
      if (this.#changed.size > changedMax) this.#changed.clear();
    }
    if (!this.has(sk)) return;
    this.#skipped.returnAt(sk, returnsAtMs);
    if (returnsAtMs <= nowMs) this.#gatheringUntilMs = -Infinity;
  }

  /** This process has stored that segment, which took so long perhaps that others are skipped. */
  noteArrival(sk: string, nowMs: number): void {
    if (sk > sortableTime(nowMs - lateMs)) return;
    if (this.has(sk)) {
      this.#skipped.returnAt(sk, longAgoMs);
      this.#gatheringUntilMs = -Infinity;
      return;
    }
    this.#late.note(sk, nowMs);
    if (this.#late.size > lateMax) this.#late.letGoOldest();
  }

  /** Messages of that segment were deleted here, and with them the segment, perhaps. */
  noteGone(sk: string, count: number, isSegmentGone: boolean): void {
    if (!this.has(sk)) this.#young = Math.max(0, this.#young - count);
    else if (isSegmentGone) this.#skipped.set(nothingOf(sk));
    else this.#skipped.lessen(sk, count);
  }

  /** So many segments were claimed, which pays for looking back. */
  noteClaims(segments: number): void {
    this.#allowance.earn(segments);
  }

  /** Nobody will ask for this lane any more. Whoever still reads it reads from the head, and keeps nothing. */
  retire(): void {
    this.forget();
    this.#isRetired = true;
  }

  /** The next look begins at the head. What was changed of late it may still read as it was. */
  forget(): void {
    this.#number += 1;
    this.#skipTo = undefined;
    this.#young = 0;
    this.#gatheringUntilMs = -Infinity;
    this.#returnsAtOnce = returnsMin;
    this.#lookBackAt = undefined;
    this.#isLookingBack = false;
    this.#skipped.clear();
  }

  #emptyPlan(beganMs: number): Omit<LookPlan, "from"> {
    return { number: this.#number, beganMs, returned: [], returns: [], lookBack: undefined };
  }

  #planReturns({ nowMs, wanted, isContended, random }: LookWish) {
    if (nowMs < this.nextReturnMs) return { returned: [], returns: [] };
    const most = Math.max(this.#returnsAtOnce, wanted);
    const returned = this.#skipped.takeReturned(nowMs, most);
    const returns = this.#skipped.rangesOf(returned);
    const last = returns[rangesMax - 1]?.to ?? "~";
    for (const sk of returned) {
      if (sk > last) this.#skipped.returnAt(sk, nowMs);
    }
    // Other processes know the same times, and are not to come at the same moment.
    const pauseMs = isContended ? random.below(2 * contendedGatherMs) : gatherMs;
    this.#gatheringUntilMs = nowMs + pauseMs;
    return { returned: returned.filter((sk) => sk <= last), returns: returns.slice(0, rangesMax) };
  }

  #planLookBack(head: string, nowMs: number): LookPlan["lookBack"] {
    const { size } = this.#skipped;
    this.#allowance.earnUntil(nowMs, size);
    const isNew = this.#lookBackAt === undefined || this.#lookBackAt <= head;
    if (isNew && Math.abs(nowMs - this.#lookBackBeganMs) < lookBackPauseMs) return undefined;
    const limit = this.#allowance.segments;
    if (this.#isLookingBack || limit < Math.min(size + 1, lookBackMin)) return undefined;
    if (isNew) this.#lookBackBeganMs = nowMs;
    const from = isNew ? head : (this.#lookBackAt ?? head);
    this.#isLookingBack = true;
    return { from, to: this.#skipTo ?? head, limit: Math.min(limit, lookBackMax) };
  }

  #settleReturns(plan: LookPlan, { returns, isFruitful }: LookSeen): void {
    const { beganMs: nowMs } = plan;
    for (const part of returns) this.#settlePart(part, { nowMs, goneUpTo: part.to });
    for (const sk of plan.returned) {
      const isRead = returns.some(({ from, to }) => from <= sk && sk <= to);
      if (!isRead) this.#skipped.returnAt(sk, plan.beganMs);
    }
    if (plan.returns.length === 0) return;
    // What is there and was not to be had now may be had by the next to look.
    const isOpen = returns.some(({ segments }) =>
      segments.some((each) => each.returnsAtMs <= nowMs),
    );
    if (isFruitful || isOpen) this.#gatheringUntilMs = -Infinity;
    this.#returnsAtOnce = isFruitful
      ? returnsMin
      : Math.min(returnsGrowth * this.#returnsAtOnce, returnsMax);
  }

  /** Those that were not seen are gone, unless this process has just heard of their return. */
  #settlePart(
    { from, to, segments }: Part,
    { nowMs, goneUpTo }: { readonly nowMs: number; readonly goneUpTo: string },
  ): void {
    const seen = new Set(segments.map(({ sk }) => sk));
    for (const { sk, returnsAtMs } of this.#skipped.in(from, to)) {
      if (sk > goneUpTo) break;
      if (!seen.has(sk) && returnsAtMs > nowMs) this.#skipped.set(nothingOf(sk));
    }
    for (const segment of segments) this.#skipped.hasten(segment);
  }

  /**
   * What stands behind the run and not in the grace joins it, up to the first segment with something
   * available.
   */
  #extend({ beganMs }: LookPlan, { behind, mayBeStale }: LookSeen): void {
    // What is sent after the look gets a later key, except from processes with a slower clock.
    const graceStart = sortableTime(beganMs - graceMs);
    // What this process changed meanwhile was read as it was before, perhaps.
    const sinceMs = beganMs - (mayBeStale ? staleMs : 0);
    this.#young = 0;
    for (const segment of behind) {
      const { sk } = segment;
      const end = `${sk}\u0000`;
      if (end > graceStart) {
        this.#young += segment.inFlight;
        continue;
      }
      if (this.#skipTo !== undefined && end <= this.#skipTo) continue;
      this.#skipTo = end;
      const isChanged = this.#changed.atMs(sk) >= sinceMs;
      this.#skipped.set(isChanged ? { ...segment, returnsAtMs: beganMs } : segment);
    }
    for (const sk of this.#late.take((late) => this.has(late))) {
      this.#skipped.returnAt(sk, longAgoMs);
    }
  }
}

/** What a look is about. */
export interface LookWish {
  /** The first key of the lane that can still matter. */
  readonly head: string;
  readonly nowMs: number;
  readonly wanted: number;
  readonly isContended: boolean;
  readonly random: Random;
}

/** What a look reads: what lies behind the run, and of the run what there is reason to. */
export interface LookPlan {
  /** Which run it belongs to. */
  readonly number: number;
  readonly beganMs: number;
  readonly from: string;
  /** The segments of which a message has returned. */
  readonly returned: readonly string[];
  /** Where they lie. */
  readonly returns: readonly KeyRange[];
  readonly lookBack:
    | { readonly from: string; readonly to: string; readonly limit: number }
    | undefined;
}

/** A part of the run as it stands, both ends included. */
export interface Part {
  readonly from: string;
  readonly to: string;
  readonly segments: readonly RunSegment[];
}

/** What a look came to. */
export interface LookSeen {
  readonly returns: readonly Part[];
  /** Whether it had anything to claim. */
  readonly isFruitful: boolean;
  readonly lookBack:
    | { readonly part: Part; readonly isEnd: boolean; readonly bytes: number }
    | undefined;
  /** The segments behind the run up to the first with something available. */
  readonly behind: readonly RunSegment[];
  /** Whether those were read stale, perhaps. */
  readonly mayBeStale: boolean;
}

const graceMs = 2000;
/** What a stale read may lack, at the most that is reckoned with. */
const staleMs = 5000;
/** Changes are remembered for longer than a look takes, and so many of them. */
const keptMs = 60_000;
const changedMax = 10_000;
/** A segment that was stored so long after its time is late, and so many such are remembered. */
const lateMs = 1000;
const lateMax = 1000;
/** Before any look began, so that none which did not see it takes it for gone. */
const longAgoMs = 0;
/** Returns are read no more often, so that neighbours share a read. */
const gatherMs = 250;
const contendedGatherMs = 500;
/** How many returns are read at once at first, and when those before were all gone. */
const returnsMin = 8;
const returnsGrowth = 4;
const returnsMax = 1000;
/** More parts of the run than this are left to the next look. */
const rangesMax = 16;
const lookBackPauseMs = 2000;
/** A look-back reads all at once or so many segments at least. */
const lookBackMin = 100;
const lookBackMax = 1000;
const countedMs = 20_000;

function nothingOf(sk: string): RunSegment {
  return { sk, inFlight: 0, returnsAtMs: Infinity };
}
