import { retentionSeconds } from "#contract/limits.ts";
import { sortableTime } from "./sortableTime.ts";

/**
 * What this process remembers of a lane, so that it need not read past the same messages in flight
 * at every receive:
 *
 * ```
 *   head ─── in flight, seen ───┬── skip ──► available … │ grace │ now
 *        ◄── the run ──────────►                         two seconds that are never skipped
 * ```
 *
 * A reader starts behind the run, and looks back from the head when the earliest visibility timeout
 * in the run has ended or a short blind time has passed, but no sooner than one millisecond per
 * message skipped after its last look. So the price of looking back stays near one per cent of what
 * a busy reader does, whatever the number in flight.
 *
 * Nothing here is needed for correctness: guarded writes decide every claim.
 */
export class LaneMemory {
  readonly #isShared: boolean;
  /** Slots that a receive of this process is about to claim. */
  readonly #reserved = new Set<string>();
  /** Which run this is; a new number each time it is forgotten. */
  #run = 0;
  #skipTo: string | undefined;
  #skipped = 0;
  #inFlight = 0;
  #returnsAtMs = Infinity;
  #lookedBackAtMs = -Infinity;
  #lastLookMs = -Infinity;
  #contendedUntilMs = -Infinity;

  constructor(isShared: boolean) {
    this.#isShared = isShared;
  }

  /** Where to start reading: `head`, or behind the run that was seen in flight. */
  startFrom(head: string, nowMs: number): LookStart {
    const skipTo = this.#skipTo;
    const isLookBack = this.isLookBackDue(nowMs);
    this.#lastLookMs = nowMs;
    if (skipTo !== undefined && skipTo > head && !isLookBack) {
      return { from: skipTo, run: this.#run };
    }
    this.forgetRun();
    this.#lookedBackAtMs = nowMs;
    return { from: head, run: this.#run };
  }

  /**
   * The run of that look reaches behind this key now. Ignored when the run was forgotten since: what
   * the look saw may no longer be so.
   */
  extendRun(run: number, { lastSk, skipped, inFlight, returnsAtMs, nowMs }: RunExtension): void {
    if (run !== this.#run) return;
    // What is sent after the look gets a later key, except from processes with a slower clock.
    const graceStart = sortableTime(nowMs - (this.#isShared ? graceMs : 0));
    const behind = `${lastSk}\u0000`;
    const skipTo = behind < graceStart ? behind : graceStart;
    if (this.#skipTo !== undefined && skipTo <= this.#skipTo) return;
    this.#skipTo = skipTo;
    this.#skipped += skipped;
    this.#inFlight += inFlight;
    this.#returnsAtMs = Math.min(this.#returnsAtMs, returnsAtMs);
  }

  /** When the first message of the run becomes available again, as far as was seen. */
  get returnsAtMs(): number {
    return this.#returnsAtMs;
  }

  /** How many messages of the run are in flight, as far as this process knows. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Messages of the run were deleted here. */
  noteGone(count: number): void {
    this.#inFlight = Math.max(0, this.#inFlight - count);
  }

  /** Whether the next look starts at the head, and so learns anew what is in flight. */
  isLookBackDue(nowMs: number): boolean {
    return this.#skipTo === undefined || nowMs < this.#lastLookMs || this.#isDue(nowMs);
  }

  /** Something in the run may have become available by other means than time. */
  forgetRun(): void {
    this.#run += 1;
    this.#skipTo = undefined;
    this.#skipped = 0;
    this.#inFlight = 0;
    this.#returnsAtMs = Infinity;
  }

  isReserved(slot: string): boolean {
    return this.#reserved.has(slot);
  }

  reserve(slots: readonly string[]): void {
    for (const slot of slots) this.#reserved.add(slot);
  }

  unreserve(slots: readonly string[]): void {
    for (const slot of slots) this.#reserved.delete(slot);
  }

  /** Another process took a message first: for a while it is better to choose at random. */
  noteContention(nowMs: number): void {
    this.#contendedUntilMs = nowMs + contendedMs;
  }

  isContended(nowMs: number): boolean {
    return nowMs < this.#contendedUntilMs;
  }

  #isDue(nowMs: number): boolean {
    const sinceMs = nowMs - this.#lookedBackAtMs;
    const blindMs = this.#isShared ? sharedBlindMs : ownBlindMs;
    if (nowMs < this.#returnsAtMs && sinceMs < blindMs) return false;
    return sinceMs >= Math.min(this.#skipped * lookBackMsPerSkipped, lookBackMsMax);
  }
}

/** Where a look begins, and which run it belongs to. */
export interface LookStart {
  readonly from: string;
  readonly run: number;
}

export interface RunExtension {
  readonly lastSk: string;
  /** How many segments were added to the run. */
  readonly skipped: number;
  /** How many messages in flight they hold. */
  readonly inFlight: number;
  /** When the first message among them becomes available again. */
  readonly returnsAtMs: number;
  /** When the look was made. */
  readonly nowMs: number;
}

const graceMs = 2000;
const sharedBlindMs = 2000;
const ownBlindMs = 20_000;
const lookBackMsPerSkipped = 1;
const lookBackMsMax = 20_000;
const contendedMs = 10_000;
/** Lanes remembered; the one used longest ago is forgotten first. */
const memoriesMax = 10_000;

/** The memories of all lanes that this process has read lately. */
export class LaneMemories {
  readonly #isShared: boolean;
  readonly #byPartition = new Map<string, LaneMemory>();

  constructor(isShared: boolean) {
    this.#isShared = isShared;
  }

  of(partition: string): LaneMemory {
    const memory = this.#byPartition.get(partition) ?? new LaneMemory(this.#isShared);
    this.#byPartition.delete(partition);
    this.#byPartition.set(partition, memory);
    const oldest =
      this.#byPartition.size > memoriesMax ? this.#byPartition.keys().next() : undefined;
    if (oldest?.value !== undefined) this.#byPartition.delete(oldest.value);
    return memory;
  }
}

/** No message is kept longer, whatever its queue says. */
export const longestRetentionMs = retentionSeconds.max * 1000;
