import { retentionSeconds } from "#contract/limits.ts";
import { type ReadySegment, ReadySegments } from "./readySegments.ts";
import { Room } from "./room.ts";
import { SharedRun } from "./sharedRun.ts";
import type { RunSegment } from "./skippedSegments.ts";

/**
 * What this process remembers of a lane, so that it need not read past the same messages in flight
 * at every receive. Where others write the lane as well, that is in `shared`. Where nobody else does:
 *
 * ```
 *   head ─── in flight, seen ───┬── skip ──► what is next in line (readySegments.ts) … │ now
 *        ◄── the run ──────────►
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
  /** What is skipped where others write as well. */
  readonly shared: SharedRun | undefined;
  /** What comes behind the run, where nobody else writes. */
  readonly ready: ReadySegments;
  /**
   * Slots that receives of this process are about to claim, or have claimed, each with the last look
   * that may have read it before.
   */
  readonly #reserved = new Map<string, number>();
  readonly #freed: { readonly slots: readonly string[]; readonly lastLook: number }[] = [];
  /** The looks under way, the oldest first. */
  readonly #looks = new Set<number>();
  #lastLook = 0;
  #claims = 0;
  #messagesPerSegment = 1;
  /** Which run this is; a new number each time it is forgotten. */
  #run = 0;
  #skipTo: string | undefined;
  #skipped = 0;
  #inFlight = 0;
  #returnsAtMs = Infinity;
  #lookedBackAtMs = -Infinity;
  #lastLookMs = -Infinity;

  constructor(readyRoom: Room, shared?: SharedRun) {
    this.ready = new ReadySegments(readyRoom);
    this.shared = shared;
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

  /** Whether what is next in line is known, and nothing has to be looked back for. */
  isNextKnown(nowMs: number): boolean {
    return this.ready.isUpToDate(nowMs) && nowMs >= this.#lastLookMs && !this.#isDue(nowMs);
  }

  /** Whether the run is still the one with that number. */
  isRun(run: number): boolean {
    return run === this.#run;
  }

  /** The segment behind the run has nothing more to give, and joins it. */
  joinRun({ sk, inFlight, returnsAtMs }: RunSegment): void {
    this.#skipTo = `${sk}\u0000`;
    this.#skipped += 1;
    this.#inFlight += inFlight;
    this.#returnAt(returnsAtMs);
  }

  /** When something that was skipped will be seen to have become available again. */
  get returnsAtMs(): number {
    return Math.max(this.#returnsAtMs, this.#lookedBackAtMs + this.#pauseMs);
  }

  /** How long it leaves the messages skipped alone. */
  get #pauseMs(): number {
    return Math.min(this.#skipped * lookBackMsPerSkipped, lookBackMsMax);
  }

  /** A send is storing a segment. */
  noteSent(sent: ReadySegment): void {
    const { sk } = sent.segment.key;
    // The clock was set back.
    if (this.#skipTo !== undefined && sk < this.#skipTo) this.forgetRun();
    else if (!this.ready.add(sent)) this.ready.clear();
  }

  /**
   * A segment was or is being stored by other means than a send: what is known of the end of the lane
   * is out of date, and of the run too if it lies there.
   */
  noteArrival(sk: string, nowMs: number): void {
    if (this.shared !== undefined) {
      this.shared.noteArrival(sk, nowMs);
      return;
    }
    this.ready.clear();
    if (this.#skipTo !== undefined && sk < this.#skipTo) this.forgetRun();
  }

  /** A message of the segments that are next in line becomes available at that time. */
  noteNextReturn(returnsAtMs: number): void {
    this.#returnAt(returnsAtMs);
  }

  /** This process changed when a message of that segment becomes available, perhaps to now. */
  noteReturn(sk: string, returnsAtMs: number, nowMs: number): void {
    if (this.shared !== undefined) this.shared.noteReturn(sk, returnsAtMs, nowMs);
    else if (returnsAtMs <= nowMs) this.forgetRun();
    else this.#returnAt(returnsAtMs);
  }

  #returnAt(returnsAtMs: number): void {
    this.#returnsAtMs = Math.min(this.#returnsAtMs, returnsAtMs);
  }

  /** How many messages are in flight up to the first available one, as far as this process knows. */
  get inFlight(): number {
    return this.shared?.inFlight ?? this.#inFlight;
  }

  /** Messages of that segment were deleted here, and with them the segment, perhaps. */
  noteGone(sk: string, count: number, isSegmentGone: boolean): void {
    if (this.shared !== undefined) this.shared.noteGone(sk, count, isSegmentGone);
    else if (this.#skipTo !== undefined && sk < this.#skipTo) {
      this.#inFlight = Math.max(0, this.#inFlight - count);
    }
  }

  /** Whether the next look may start at the head, and so learn anew what is in flight. */
  isLookBackDue(nowMs: number): boolean {
    if (this.shared !== undefined) return this.shared.isOutdated(nowMs);
    return this.#skipTo === undefined || nowMs < this.#lastLookMs || this.#isDue(nowMs);
  }

  /** Something in the run may have become available by other means than time. */
  forgetRun(): void {
    this.shared?.forget();
    this.#run += 1;
    this.ready.clear();
    this.#skipTo = undefined;
    this.#skipped = 0;
    this.#inFlight = 0;
    this.#returnsAtMs = Infinity;
  }

  /** Begins a look, to be ended when what it chose is reserved. Answers its number. */
  beginLook(): number {
    this.#lastLook += 1;
    this.#looks.add(this.#lastLook);
    return this.#lastLook;
  }

  endLook(look: number): void {
    this.#looks.delete(look);
    const [oldest = Infinity] = this.#looks;
    for (let [first] = this.#freed; first !== undefined; [first] = this.#freed) {
      if (first.lastLook >= oldest) return;
      this.#freed.shift();
      for (const slot of first.slots) {
        if (this.#reserved.get(slot) === first.lastLook) this.#reserved.delete(slot);
      }
    }
  }

  /** How many segments a look had better read to find so many messages. */
  segmentsFor(wanted: number): number {
    // Each other look of this process takes a segment at least; where the young are read again at
    // every look, so does each claim.
    const rivals =
      Math.max(0, this.#looks.size - 1) + (this.shared === undefined ? 0 : this.#claims);
    return Math.ceil(wanted / this.#messagesPerSegment) + rivals;
  }

  /** How many available messages a segment of the lane held of late. */
  noteDensity(messagesPerSegment: number): void {
    this.#messagesPerSegment = messagesPerSegment;
  }

  /**
   * Whether another receive of this process claims a slot, or has claimed it since that look began:
   * then what the look read of it is out of date.
   */
  isReserved(slot: string, look: number): boolean {
    const lastLook = this.#reserved.get(slot);
    return lastLook !== undefined && lastLook >= look;
  }

  reserve(slots: readonly string[]): void {
    this.#claims += 1;
    for (const slot of slots) this.#reserved.set(slot, Infinity);
  }

  unreserve(slots: readonly string[]): void {
    this.#claims -= 1;
    const lastLook = this.#lastLook;
    for (const slot of slots) this.#reserved.set(slot, lastLook);
    this.#freed.push({ slots, lastLook });
    if (this.#looks.size === 0) this.endLook(lastLook);
  }

  #isDue(nowMs: number): boolean {
    const sinceMs = nowMs - this.#lookedBackAtMs;
    if (nowMs < this.#returnsAtMs && sinceMs < blindMs) return false;
    return sinceMs >= this.#pauseMs;
  }
}

/** Where a look begins, and which run it belongs to. */
export interface LookStart {
  readonly from: string;
  readonly run: number;
}

const blindMs = 20_000;
const lookBackMsPerSkipped = 1;
const lookBackMsMax = 20_000;
/** Lanes remembered; the one used longest ago is forgotten first. */
const memoriesMax = 10_000;

/** Segments that are skipped, remembered in all lanes together: two queues full of messages in flight. */
const skippedMax = 250_000;
/** What is next in line, remembered in all lanes together: that of thirty where each has much. */
const readyBytesMax = 32 * 1024 * 1024;

/** The memories of all lanes that this process has read lately. */
export class LaneMemories {
  readonly #skipRoom: Room | undefined;
  readonly #readyRoom = new Room(readyBytesMax);
  readonly #byPartition = new Map<string, LaneMemory>();

  constructor(isShared: boolean) {
    this.#skipRoom = isShared ? new Room(skippedMax) : undefined;
  }

  /** The memory of a lane that was read lately. */
  known(partition: string): LaneMemory | undefined {
    return this.#byPartition.get(partition);
  }

  /** Nothing leads to that lane any more. */
  forget(partition: string): void {
    const memory = this.#byPartition.get(partition);
    memory?.forgetRun();
    memory?.shared?.retire();
    memory?.ready.retire();
    this.#byPartition.delete(partition);
  }

  of(partition: string): LaneMemory {
    const memory = this.#byPartition.get(partition) ?? this.#newMemory();
    this.#byPartition.delete(partition);
    this.#byPartition.set(partition, memory);
    const oldest =
      this.#byPartition.size > memoriesMax ? this.#byPartition.keys().next() : undefined;
    if (oldest?.value !== undefined) this.forget(oldest.value);
    if (this.#skipRoom?.isOver === true) this.#makeRoom(memory);
    if (this.#readyRoom.isOver) this.#letGoOfLines(memory);
    return memory;
  }

  #newMemory(): LaneMemory {
    return new LaneMemory(this.#readyRoom, this.#skipRoom && new SharedRun(this.#skipRoom));
  }

  /** The lanes used longest ago are read from their heads the next time. */
  #makeRoom(except: LaneMemory): void {
    for (const memory of this.#byPartition.values()) {
      if (this.#skipRoom?.isOver !== true || memory === except) return;
      memory.forgetRun();
    }
  }

  /** What is next in line in the lanes used longest ago is looked up when it is wanted. */
  #letGoOfLines(except: LaneMemory): void {
    for (const { ready } of this.#byPartition.values()) {
      if (!this.#readyRoom.isOver || ready === except.ready) return;
      if (ready.first() !== undefined) ready.clear();
    }
  }
}

/** No message is kept longer, whatever its queue says. */
export const longestRetentionMs = retentionSeconds.max * 1000;
