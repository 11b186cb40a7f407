import { type Patch, queryLimitMax, type WriteResult } from "#table/table.ts";
import { moveToDeadLetterQueue, receivesHere } from "./deadLetter.ts";
import { removeEmptySegments } from "./emptySegments.ts";
import type { EngineContext } from "./engineContext.ts";
import type { LaneMemory } from "./laneMemory.ts";
import { isAvailable, isExpired, leavesAny, nextVisibleMs, oldestKey } from "./laneReader.ts";
import type { Queue } from "./queue.ts";
import { type ReadySegment, type Seen, segmentsMax } from "./readySegments.ts";
import type { ContentsRead } from "./recentContents.ts";
import { availableRange, readSegment, type Segment } from "./segment.ts";
import type { RunSegment } from "./skippedSegments.ts";
import { newToken, type ReceivedSlot, receivedAgain, slotAttribute, writeSlot } from "./slot.ts";
import { slotIs } from "./slotEdits.ts";
import { timeOf } from "./sortableTime.ts";
import type { LaneOptions, Taken } from "./takeMessages.ts";

/** A lane is looked at again after moves to the dead-letter queue and lost races, so many times. */
const roundsMax = 12;
const limitMin = 4;
const limitGrowth = 4;

/** What a receive is about to take of one segment. */
interface Claim {
  readonly ready: ReadySegment;
  readonly indexes: readonly number[];
}

/** A claim that is being written, and the contents, if they are not known. */
interface WrittenClaim extends Claim {
  readonly reading: ContentsRead | undefined;
}

/**
 * One receive's work on one lane that only this process writes: adds what it claims to what the
 * receive has taken so far. What is next in line is known most of the time (readySegments.ts), and
 * then a receive is one guarded write and nothing else.
 */
export class OwnLaneTake {
  readonly #context: EngineContext;
  readonly #queue: Queue;
  readonly #options: LaneOptions;
  readonly #memory: LaneMemory;
  readonly #token: string;

  constructor(context: EngineContext, queue: Queue, options: LaneOptions) {
    this.#context = context;
    this.#queue = queue;
    this.#options = options;
    this.#memory = context.lanes.of(options.lane.partition);
    this.#token = newToken(context.random);
  }

  get lane(): number {
    return this.#options.lane.number;
  }

  /** Answers when it is worth looking here again. */
  async run(): Promise<number> {
    const memory = this.#memory;
    const { clock } = this.#context;
    for (let rounds = 0; rounds < roundsMax && this.#wanted > 0; rounds += 1) {
      if (!memory.isNextKnown(clock.nowMs())) await memory.ready.look(() => this.#look());
      const nowMs = clock.nowMs();
      const claims = this.#choose(nowMs);
      if (claims.length > 0) await this.#claim(claims, nowMs);
      else if (memory.ready.first() !== undefined) return nowMs;
      if (memory.ready.isEmpty(nowMs)) return memory.returnsAtMs;
    }
    return this.#wanted > 0 ? clock.nowMs() : memory.returnsAtMs;
  }

  get #wanted(): number {
    return this.#options.most - this.#options.taken.length;
  }

  /** Takes segments off the line until there are enough messages: nobody else will choose them. */
  #choose(nowMs: number): readonly Claim[] {
    const { ready } = this.#memory;
    const claims: Claim[] = [];
    let left = this.#wanted;
    for (let first = ready.first(); first !== undefined && left > 0; first = ready.first()) {
      const { segment } = first;
      const indexes = this.#availableIn(segment, nowMs, left);
      left -= indexes.length;
      if (indexes.length > 0) claims.push({ ready: first, indexes });
      const slots = segment.slots.map((slot, index) =>
        indexes.includes(index) ? this.#received(segment, index, nowMs) : slot,
      );
      const after = indexes.length === 0 ? segment : { ...segment, slots };
      const isOver = isExpired(segment, this.#queue, nowMs);
      const isDone = isOver || !leavesAny(segment, indexes, nowMs);
      if (isDone) {
        this.#memory.joinRun(runSegmentOf(after, isOver, nowMs));
        ready.shift();
      } else {
        // Available again, and already had by this receive: for others.
        if (indexes.length === 0) break;
        this.#memory.noteNextReturn(returnsAtMs(after, nowMs));
        ready.replaceFirst({ ...first, segment: after });
      }
    }
    // What is available again at once joins no run.
    if (this.#options.visibilityTimeoutMs === 0 && claims.length > 0) this.#memory.forgetRun();
    return claims;
  }

  #availableIn(segment: Segment, nowMs: number, most: number): readonly number[] {
    const indexes: number[] = [];
    if (isExpired(segment, this.#queue, nowMs)) return indexes;
    for (const [index, slot] of segment.slots.entries()) {
      if (indexes.length === most) break;
      if (isAvailable(slot, nowMs) && !this.#has(segment, index)) indexes.push(index);
    }
    return indexes;
  }

  /** None is returned twice by one receive, whatever its timeout (spec section 6.4). */
  #has({ key }: Segment, index: number): boolean {
    return this.#options.taken.some(
      (taken) => taken.index === index && taken.segment.key.sk === key.sk,
    );
  }

  #received(segment: Segment, index: number, nowMs: number): ReceivedSlot {
    const visibleAtMs = nowMs + this.#options.visibilityTimeoutMs;
    const slot = segment.slots[index] ?? { kind: "fresh" };
    return receivedAgain(slot, { token: this.#token, nowMs, visibleAtMs });
  }

  async #claim(claims: readonly Claim[], nowMs: number): Promise<void> {
    try {
      const receivable = this.#hasLimit ? await this.#moveExhausted(claims) : claims;
      if (receivable.length > 0) await this.#claimAll(receivable, nowMs);
    } catch (error) {
      // Receives that found nothing, because this one had taken it, may try.
      this.#memory.forgetRun();
      this.#context.waiters.wake(this.#queue.id, this.#wanted);
      throw error;
    }
  }

  async #claimAll(receivable: readonly Claim[], nowMs: number): Promise<void> {
    const patches = receivable.map((claim) => this.#patchOf(claim, nowMs));
    // Read beside the claim, contents are there with its commit, and not one commit later.
    const claims = receivable.map((claim) => ({ ...claim, reading: this.#read(claim, nowMs) }));
    const results = await this.#writeAll(patches);
    for (const [place, claim] of claims.entries()) {
      if (results[place]?.outcome === "written") this.#keep(claim, nowMs);
      // Deleted, or made invisible for longer, by a handle from an earlier receive.
      else this.#memory.forgetRun();
    }
  }

  #read({ ready: { segment, contents }, indexes }: Claim, nowMs: number) {
    if (contents !== undefined) return undefined;
    const isLast = !leavesAny(segment, indexes, nowMs);
    const { account } = this.#queue;
    const reading = this.#context.contents.read(segment, { account, isLast });
    // Whoever holds the messages hears of a failure.
    reading.catch(() => undefined);
    return reading;
  }

  async #writeAll(patches: readonly Patch[]): Promise<readonly WriteResult[]> {
    const { table } = this.#context;
    const [only] = patches;
    return patches.length === 1 && only !== undefined
      ? [await table.write(only)]
      : await table.writeMany(patches);
  }

  #patchOf({ ready: { segment }, indexes }: Claim, nowMs: number): Patch {
    const set: Record<string, string> = {};
    const when = indexes.map((index) => {
      set[slotAttribute(index)] = writeSlot(this.#received(segment, index, nowMs)) ?? "";
      return slotIs(index, segment.slots[index] ?? { kind: "fresh" });
    });
    return { kind: "patch", key: segment.key, set, when };
  }

  #keep({ ready: { segment, contents }, indexes, reading }: WrittenClaim, nowMs: number): void {
    for (const index of indexes) {
      const before = segment.slots[index] ?? { kind: "fresh" };
      const slot = this.#received(segment, index, nowMs);
      const lane = this.#options.lane.number;
      const content = contents?.[index];
      const taken: Taken = { segment, lane, index, before, slot, content, reading };
      this.#options.taken.push(taken);
    }
  }

  get #hasLimit(): boolean {
    return this.#queue.settings.redrivePolicy !== undefined;
  }

  /** Moves what was received as often as the queue allows (spec section 9.1), and answers the rest. */
  async #moveExhausted(claims: readonly Claim[]): Promise<readonly Claim[]> {
    const most = this.#queue.settings.redrivePolicy?.maxReceiveCount ?? Infinity;
    return await Promise.all(
      claims.map(async ({ ready, indexes }): Promise<Claim> => {
        const { segment } = ready;
        const stays = await Promise.all(
          indexes.map(async (index) => {
            const slot = segment.slots[index] ?? { kind: "fresh" };
            if (receivesHere(segment, slot) < most) return true;
            const exhausted = { segment, index, slot };
            const outcome = await moveToDeadLetterQueue(this.#context, this.#queue, exhausted);
            // One without contents is claimed like others, and dropped when they are to be read.
            return outcome === "kept" || outcome === "contentsMissing";
          }),
        );
        return { ready, indexes: indexes.filter((_, place) => stays[place]) };
      }),
    ).then((left) => left.filter(({ indexes }) => indexes.length > 0));
  }

  /** Reads from behind the run, or from the head when it is time for that. */
  async #look(): Promise<Seen | undefined> {
    const { table, clock } = this.#context;
    const [memory, pk] = [this.#memory, this.#options.lane.partition];
    const nowMs = clock.nowMs();
    const start = memory.startFrom(oldestKey(this.#queue, nowMs), nowMs);
    const { to } = availableRange({ afterMs: 0, upToMs: nowMs });
    const segments: ReadySegment[] = [];
    let from = start.from;
    let lastKey = "";
    for (let limit = limitMin; ; limit = Math.min(limit * limitGrowth, queryLimitMax)) {
      const page = await table.query({ pk, from, to: "~", limit });
      if (!memory.isRun(start.run)) return undefined;
      const delayed = page.items.find(({ sk }) => sk > to);
      const items = page.items.filter(({ sk }) => sk <= to);
      const seen = items.map((item) => readSegment(item, this.#queue.id));
      this.#sortIn(seen, segments, nowMs);
      await removeEmptySegments(table, seen);
      lastKey = seen.at(-1)?.key.sk ?? lastKey;
      const isComplete = !page.more || delayed !== undefined;
      // Each of the receives that wait for this look is to find as much as this one wants.
      const wanted = memory.ready.lookers * this.#wanted;
      const enough = memory.ready.hasRoom ? Math.max(segmentsMax, wanted) : wanted;
      if (isComplete || segments.length >= Math.min(enough, queryLimitMax)) {
        const nextDelayedMs = delayed === undefined ? Infinity : timeOf(delayed.sk);
        return { segments, lastKey, isComplete, nextDelayedMs };
      }
      from = `${lastKey}\u0000`;
    }
  }

  /** The segments up to the first with something available join the run; the others are the line. */
  #sortIn(seen: readonly Segment[], segments: ReadySegment[], nowMs: number): void {
    for (const segment of seen) {
      const isOver = isExpired(segment, this.#queue, nowMs);
      const isOpen = !isOver && segment.slots.some((slot) => isAvailable(slot, nowMs));
      if (segments.length > 0 || isOpen) {
        // The timeouts of those behind the run count as well.
        if (!isOver) this.#memory.noteNextReturn(returnsAtMs(segment, nowMs));
        segments.push({ segment, contents: undefined, contentBytes: 0 });
      } else this.#memory.joinRun(runSegmentOf(segment, isOver, nowMs));
    }
  }
}

/** When the first of a segment's messages becomes available again that is not available now. */
function returnsAtMs(segment: Segment, nowMs: number): number {
  return nextVisibleMs(segment, nowMs + 1);
}

function runSegmentOf(segment: Segment, isOver: boolean, nowMs: number): RunSegment {
  const { sk } = segment.key;
  if (isOver) return { sk, inFlight: 0, returnsAtMs: Infinity };
  const inFlight = segment.slots.filter(({ kind }) => kind === "received").length;
  return { sk, inFlight, returnsAtMs: returnsAtMs(segment, nowMs) };
}
