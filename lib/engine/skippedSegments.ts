import type { Room } from "./room.ts";
import { TimeQueue } from "./timeQueue.ts";

/** A segment that holds nothing available. */
export interface RunSegment {
  readonly sk: string;
  /** How many messages it holds that are not gone. */
  readonly inFlight: number;
  /** When the first of them becomes available again; infinity if none will. */
  readonly returnsAtMs: number;
}

/** Part of a lane, both ends included, and how many segments are known in it. */
export interface KeyRange {
  readonly from: string;
  readonly to: string;
  readonly known: number;
}

interface Entry {
  readonly sk: string;
  inFlight: number;
  returnsAtMs: number;
  isThere: boolean;
}

/** Two segments that return share a read when no more than so many others lie between them. */
const betweenMax = 16;
/** Those that are gone are let go when they are so many, and the half of all. */
const goneMax = 64;
/** Times that no longer hold may be kept, up to so many beyond one for each segment. */
const outdatedMax = 1024;

/**
 * The segments of a lane that are skipped since nothing of them was available, in the order of their
 * keys, each with the time at which its first message returns. Some 150 bytes each.
 */
export class SkippedSegments {
  readonly #room: Room;
  #entries: Entry[] = [];
  #gone = 0;
  #inFlight = 0;
  #returns = byReturn();

  constructor(room: Room) {
    this.#room = room;
  }

  get size(): number {
    return this.#entries.length - this.#gone;
  }

  /** How many messages of them are in flight. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** When the first message returns, as far as is known. */
  get nextReturnMs(): number {
    for (;;) {
      const { next, nextMs } = this.#returns;
      if (next === undefined || next.returnsAtMs <= nextMs) return nextMs;
      // Gone since, or it returns at another time.
      this.#returns.takeUpTo(nextMs);
    }
  }

  /** What is now known of a segment. One in which nothing is in flight or available is let go. */
  set({ sk, inFlight, returnsAtMs }: RunSegment): void {
    if (inFlight === 0 && returnsAtMs === Infinity) {
      this.#letGo(this.#entries[this.#placeOf(sk)], sk);
      return;
    }
    const entry = this.#entryOf(sk);
    this.#inFlight += inFlight - entry.inFlight;
    entry.inFlight = inFlight;
    if (entry.returnsAtMs === returnsAtMs) return;
    entry.returnsAtMs = returnsAtMs;
    this.#queue(entry);
  }

  /** Somebody saw that segment so: only what was not known to come so soon is news. */
  hasten({ sk, inFlight, returnsAtMs }: RunSegment): void {
    const entry = this.#entries[this.#placeOf(sk)];
    const isKnown = entry?.sk === sk && entry.isThere;
    this.set({
      sk,
      inFlight,
      returnsAtMs: Math.min(returnsAtMs, isKnown ? entry.returnsAtMs : Infinity),
    });
  }

  /** A message of that segment returns at that time, or sooner. */
  returnAt(sk: string, returnsAtMs: number): void {
    const entry = this.#entries[this.#placeOf(sk)];
    const inFlight = entry?.sk === sk && entry.isThere ? entry.inFlight : 1;
    this.hasten({ sk, inFlight, returnsAtMs });
  }

  /** So many messages of that segment are gone, and others are not. */
  lessen(sk: string, count: number): void {
    const entry = this.#entries[this.#placeOf(sk)];
    if (entry?.sk !== sk) return;
    const gone = Math.min(count, Math.max(0, entry.inFlight - 1));
    this.#inFlight -= gone;
    entry.inFlight -= gone;
  }

  /**
   * The segments of which a message has returned by that time, so many at most, in the order of their
   * keys. Until they are set again, they do not return.
   */
  takeReturned(nowMs: number, most: number): readonly string[] {
    const returned: string[] = [];
    while (returned.length < most) {
      const entry = this.#returns.takeUpTo(nowMs);
      if (entry === undefined) break;
      // Gone since, or it returns at another time.
      if (!entry.isThere || entry.returnsAtMs > nowMs) continue;
      entry.returnsAtMs = Infinity;
      returned.push(entry.sk);
    }
    return returned.sort();
  }

  /** The parts of the lane in which these segments lie, so that few others lie there too. */
  rangesOf(keys: readonly string[]): readonly KeyRange[] {
    const ranges: { from: string; to: string; known: number }[] = [];
    let lastPlace = -Infinity;
    for (const sk of keys) {
      const place = this.#placeOf(sk);
      const range = ranges.at(-1);
      if (range !== undefined && place - lastPlace <= betweenMax) {
        range.to = sk;
        range.known += place - lastPlace;
      } else ranges.push({ from: sk, to: sk, known: 1 });
      lastPlace = place;
    }
    return ranges;
  }

  /** What is known of a part of the lane, both ends included. */
  in(from: string, to: string): readonly RunSegment[] {
    const found: Entry[] = [];
    for (let place = this.#placeOf(from); place < this.#entries.length; place += 1) {
      const entry = this.#entries[place];
      if (entry === undefined || entry.sk > to) break;
      if (entry.isThere) found.push(entry);
    }
    return found;
  }

  /** All before that key are gone. */
  dropBefore(sk: string): void {
    const [first] = this.#entries;
    if (first === undefined || first.sk >= sk) return;
    const place = this.#placeOf(sk);
    for (const entry of this.#entries.slice(0, place)) this.#letGo(entry, entry.sk);
    this.#compact();
  }

  clear(): void {
    this.#room.give(this.size);
    this.#entries = [];
    this.#gone = 0;
    this.#inFlight = 0;
    this.#returns = byReturn();
  }

  #entryOf(sk: string): Entry {
    const last = this.#entries.at(-1);
    const place = last === undefined || last.sk < sk ? this.#entries.length : this.#placeOf(sk);
    const found = this.#entries[place];
    if (found?.sk === sk) {
      if (!found.isThere) {
        found.isThere = true;
        this.#gone -= 1;
        this.#room.take();
      }
      return found;
    }
    const entry: Entry = { sk, inFlight: 0, returnsAtMs: Infinity, isThere: true };
    this.#entries.splice(place, 0, entry);
    this.#room.take();
    return entry;
  }

  #letGo(entry: Entry | undefined, sk: string): void {
    if (entry?.sk !== sk || !entry.isThere) return;
    this.#inFlight -= entry.inFlight;
    entry.inFlight = 0;
    entry.returnsAtMs = Infinity;
    entry.isThere = false;
    this.#gone += 1;
    this.#room.give(1);
    if (this.#gone > goneMax && this.#gone > this.#entries.length / 2) this.#compact();
  }

  #compact(): void {
    this.#entries = this.#entries.filter(({ isThere }) => isThere);
    this.#gone = 0;
  }

  #queue(entry: Entry): void {
    if (entry.returnsAtMs === Infinity) return;
    this.#returns.add(entry, entry.returnsAtMs);
    if (this.#returns.size <= 2 * this.size + outdatedMax) return;
    this.#returns = byReturn();
    for (const each of this.#entries) {
      if (each.isThere && each.returnsAtMs < Infinity) this.#returns.add(each, each.returnsAtMs);
    }
  }

  /** Where that key is, or would be. */
  #placeOf(sk: string): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && entry.sk < sk) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function byReturn(): TimeQueue<Entry> {
  return new TimeQueue((left, right) => left.sk < right.sk);
}
