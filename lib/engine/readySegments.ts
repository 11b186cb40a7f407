import type { MessageContent } from "./messageContent.ts";
import { Room } from "./room.ts";
import type { Segment } from "./segment.ts";

/** A segment that is next in line. */
export interface ReadySegment {
  readonly segment: Segment;
  /** Its messages' contents, where this process had them in hand anyway. */
  readonly contents: readonly MessageContent[] | undefined;
  /** How much those take. */
  readonly contentBytes: number;
}

/**
 * What is next in line in a lane that only this process writes, so that a receive need not read it:
 *
 * ```
 *   the run (laneMemory.ts) │ ready │ not known, or nothing up to the first delayed message
 *                           take ◄  ◄ add: what is sent here, as long as the end is known
 * ```
 *
 * A look fills it, and a doubt empties it. Everything behind the run and before the last segment is in
 * it, messages in flight included. What it holds may be out of date all the same: claims are guarded.
 */
export class ReadySegments {
  /** What those of all lanes may take, in bytes. */
  #room: Room;
  #segments: (ReadySegment | undefined)[] = [];
  /** The place of the first; those before it are taken. */
  #first = 0;
  #bytes = 0;
  /** No segment up to this key is missing. */
  #lastKey = "";
  #reachesEnd = false;
  #nextDelayedMs = Infinity;
  #looking: Promise<void> | undefined;
  #lookers = 0;
  /** What was sent since the look that is on its way began. */
  #arrived: ReadySegment[] | undefined;
  #doubts = 0;

  constructor(room: Room) {
    this.#room = room;
  }

  /** Whether the next segment is known, or that there is none. */
  isUpToDate(nowMs: number): boolean {
    return this.#first < this.#segments.length || this.isEmpty(nowMs);
  }

  /** Whether there surely is nothing to receive at that time, other than what comes back. */
  isEmpty(nowMs: number): boolean {
    const isTaken = this.#first >= this.#segments.length;
    return isTaken && this.#reachesEnd && nowMs < this.#nextDelayedMs;
  }

  /** When the first delayed message becomes available; `undefined` when that is not known. */
  get nextDelayedMs(): number | undefined {
    return this.#reachesEnd ? this.#nextDelayedMs : undefined;
  }

  first(): ReadySegment | undefined {
    return this.#segments[this.#first];
  }

  /** The first is taken as a whole. */
  shift(): void {
    const first = this.first();
    if (first !== undefined) this.#give(bytesOf(first));
    // Its contents are large, perhaps.
    this.#segments[this.#first] = undefined;
    this.#first += 1;
    const isEmpty = this.#first >= this.#segments.length;
    if (!isEmpty && this.#first < takenMax) return;
    this.#segments.splice(0, this.#first);
    this.#first = 0;
  }

  /** A part of the first is taken, and the rest is still there. */
  replaceFirst(ready: ReadySegment): void {
    this.#segments[this.#first] = ready;
  }

  /** A segment is being stored. Answers whether that is in order: its key comes after all others. */
  add(ready: ReadySegment): boolean {
    if (this.#arrived !== undefined) this.#arrived.push(ready);
    else if (this.#reachesEnd) return this.#append(ready);
    return true;
  }

  #append(ready: ReadySegment): boolean {
    const { key, delayMs, startsAtMs } = ready.segment;
    if (delayMs > 0) {
      this.#nextDelayedMs = Math.min(this.#nextDelayedMs, startsAtMs);
      return true;
    }
    if (key.sk <= this.#lastKey) return false;
    const isFull = this.#segments.length - this.#first >= segmentsMax || this.#bytes >= bytesMax;
    if (isFull || !this.hasRoom || startsAtMs >= this.#nextDelayedMs) {
      this.#reachesEnd = false;
      return true;
    }
    this.#take(bytesOf(ready));
    this.#segments.push(ready);
    this.#lastKey = key.sk;
    return true;
  }

  /** Whether all lanes together leave room for more than what is wanted at once. */
  get hasRoom(): boolean {
    return !this.#room.isOver;
  }

  #take(bytes: number): void {
    this.#bytes += bytes;
    this.#room.take(bytes);
  }

  #give(bytes: number): void {
    this.#bytes -= bytes;
    this.#room.give(bytes);
  }

  /** Something may have come in between: all has to be read again. */
  clear(): void {
    this.#segments = [];
    this.#give(this.#bytes);
    this.#first = 0;
    this.#lastKey = "";
    this.#reachesEnd = false;
    this.#doubts += 1;
  }

  /**
   * Nothing leads to this line any more. A receive that is still at it may look once more, which takes
   * up nobody's room: there would be nobody to give it back.
   */
  retire(): void {
    this.clear();
    this.#room = new Room(0);
  }

  /** Looks, or waits for the look that another receive has begun. `read` begins to read at once. */
  async look(read: () => Promise<Seen | undefined>): Promise<void> {
    this.#lookers += 1;
    try {
      this.#looking ??= this.#fill(read);
      await this.#looking;
    } finally {
      this.#lookers -= 1;
    }
  }

  /** How many receives wait for the look that is on its way. */
  get lookers(): number {
    return this.#lookers;
  }

  async #fill(read: () => Promise<Seen | undefined>): Promise<void> {
    const arrived: ReadySegment[] = [];
    try {
      this.clear();
      const reading = read();
      this.#arrived = arrived;
      const doubts = this.#doubts;
      const seen = await reading;
      if (seen === undefined || doubts !== this.#doubts) return;
      this.#segments = [...seen.segments];
      for (const ready of seen.segments) this.#take(bytesOf(ready));
      this.#lastKey = seen.lastKey;
      this.#reachesEnd = seen.isComplete;
      this.#nextDelayedMs = seen.nextDelayedMs;
    } finally {
      this.#arrived = undefined;
      this.#looking = undefined;
    }
    // What was stored before the look began, it has seen: that is not later than the last key.
    for (const ready of arrived) {
      // Its key is not the last, as when the clock was set back: whether it was seen is not known.
      if (this.#reachesEnd && !this.#append(ready)) this.clear();
    }
  }
}

/** What a look found, from the first segment on that has something available. */
export interface Seen {
  readonly segments: readonly ReadySegment[];
  /** Every segment up to this key was seen; empty if there was none. */
  readonly lastKey: string;
  /** Whether the lane was read to its end. */
  readonly isComplete: boolean;
  /** When the first message behind that end becomes available. */
  readonly nextDelayedMs: number;
}

/** More are left to the next look, as is what is sent here when these take so much. */
export const segmentsMax = 64;
const bytesMax = 1024 * 1024;
/** Those that are taken are kept for so long, as moving the others costs. */
const takenMax = 64;
/** About what a segment takes beside its contents, and what each of its slots does. */
const segmentBytes = 400;
const slotBytes = 100;

function bytesOf({ segment: { slots, contents }, contentBytes }: ReadySegment): number {
  const payloadBytes = contents.kind === "inline" ? contents.payload.length : 0;
  return segmentBytes + slotBytes * slots.length + payloadBytes + contentBytes;
}
