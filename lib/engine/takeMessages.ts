import assert from "node:assert/strict";
import { moveToDeadLetterQueue, receivesHere } from "./deadLetter.ts";
import { removeEmptySegments } from "./emptySegments.ts";
import type { EngineContext } from "./engineContext.ts";
import type { LaneMemory } from "./laneMemory.ts";
import {
  type Candidate,
  isAvailable,
  type LaneLook,
  lookAtLane,
  nextVisibleMs,
  rememberRun,
  slotName,
} from "./laneReader.ts";
import type { LaneRef } from "./lanes.ts";
import type { MessageContent } from "./messageContent.ts";
import type { Queue } from "./queue.ts";
import type { ReceiveOptions } from "./receiveOptions.ts";
import type { ContentsRead } from "./recentContents.ts";
import { readSegment, type Segment } from "./segment.ts";
import type { SharedRun } from "./sharedRun.ts";
import { newToken, type ReceivedSlot, receivedAgain, type Slot } from "./slot.ts";
import { editSlots, type SegmentEdited, type SlotEdit } from "./slotEdits.ts";

/** A message that this receive holds now. */
export interface Taken {
  readonly segment: Segment;
  readonly lane: number;
  readonly index: number;
  /** As it was before, for giving it back. */
  readonly before: Slot;
  readonly slot: ReceivedSlot;
  /** Its content, where that is known without reading. */
  readonly content?: MessageContent | undefined;
  /** The contents of its segment, if they are being read already. */
  readonly reading?: ContentsRead | undefined;
}

export interface TakeOptions {
  readonly most: number;
  readonly isWaiting: boolean;
  readonly visibilityTimeoutMs: number;
  /** What it looks at, if that is decided: see `LanePolls`. */
  readonly poll?: ReceiveOptions["poll"];
}

/** What a look for messages came to. */
export interface Take {
  readonly taken: readonly Taken[];
  /** When something that was seen in flight becomes available; infinity if nothing will. */
  readonly nextVisibleMs: number;
}

/** A lane is looked at again after lost races and moves to the dead-letter queue, so many times. */
const looksMax = 12;
/** Where others are after the same messages, a look finds more than it wants, to choose from. */
const choicesContended = 16;
const choiceFactor = 4;

export interface LaneOptions extends TakeOptions {
  readonly lane: LaneRef;
  /** What the receive holds so far, of all lanes. */
  readonly taken: Taken[];
}

/** A slot chosen for a claim. */
interface Choice {
  readonly segment: Segment;
  readonly index: number;
  readonly slot: Slot;
}

/** A look on its way. */
interface BegunLook {
  readonly nowMs: number;
  readonly number: number;
  readonly look: Promise<LaneLook>;
}

function namesOf(choices: readonly Choice[]): readonly string[] {
  return choices.map(({ segment, index }) => slotName(segment, index));
}

/** One receive's work on one lane of a shared table: adds what it claims to what the receive has taken so far. */
export class LaneTake {
  readonly #context: EngineContext;
  readonly #queue: Queue;
  readonly #options: LaneOptions;
  readonly #memory: LaneMemory;
  readonly #run: SharedRun;
  readonly #token: string;
  readonly #taken: Taken[];
  /** Slots this receive has had to do with: none is returned twice (spec section 6.4). */
  readonly #done = new Set<string>();
  #nextVisibleMs = Infinity;
  #ahead: BegunLook | undefined;
  /** Whether the next look may be stale. */
  #mayBeStale: boolean;

  constructor(context: EngineContext, queue: Queue, options: LaneOptions) {
    this.#context = context;
    this.#queue = queue;
    this.#options = options;
    this.#memory = context.lanes.of(options.lane.partition);
    assert(this.#memory.shared !== undefined);
    this.#run = this.#memory.shared;
    this.#taken = options.taken;
    this.#token = newToken(context.random);
    this.#mayBeStale = options.poll?.mayBeStale === true;
  }

  get lane(): number {
    return this.#options.lane.number;
  }

  /** Begins the first look now, beside those at other lanes. To be followed by `run` or `leave`. */
  lookAhead(): void {
    const ahead = this.#beginLook();
    // Whoever runs this hears of a failure then.
    ahead.look.catch(() => undefined);
    this.#ahead = ahead;
  }

  /** What was seen ahead, if it is not wanted any more, is paid for and remembered all the same. */
  leave(): void {
    const ahead = this.#ahead;
    if (ahead === undefined) return;
    this.#ahead = undefined;
    const { nowMs, number, look } = ahead;
    this.#memory.endLook(number);
    look.then(
      (found) => rememberRun({ queue: this.#queue, run: this.#run, nowMs }, found, new Map()),
      () => undefined,
    );
  }

  /** Answers when it is worth looking here again. */
  async run(): Promise<number> {
    for (let looks = 0; looks < looksMax && this.#wanted > 0; looks += 1) {
      const isExhausted = await this.#lookAndClaim();
      if (isExhausted) return this.#nextLookMs;
    }
    return this.#wanted > 0 ? this.#context.clock.nowMs() : this.#nextLookMs;
  }

  get #nextLookMs(): number {
    return Math.min(this.#nextVisibleMs, this.#run.nextReturnMs);
  }

  get #wanted(): number {
    return this.#options.most - this.#taken.length;
  }

  /** Answers whether nothing more is to be had here. */
  async #lookAndClaim(): Promise<boolean> {
    const begun = this.#ahead ?? this.#beginLook();
    this.#ahead = undefined;
    const { nowMs } = begun;
    if (this.#mayBeStale && (await this.#isDoubtful(begun))) return false;
    const { look, choices } = await this.#lookAndReserve(begun);
    const states = await this.#claimAndRemember(look, choices, nowMs);
    const seen = [...states.values(), ...look.seen].flatMap((segment) => segment ?? []);
    const returns = seen.map((segment) => nextVisibleMs(segment, nowMs));
    this.#nextVisibleMs = returns.reduce((least, at) => Math.min(least, at), this.#nextVisibleMs);
    // What a look back has found is read again, before it is claimed.
    const hasFound = choices.length > 0 || look.lookBack !== undefined;
    if (hasFound && this.#run.nextReturnMs <= nowMs) return false;
    // What was found and not chosen, other receives of this process were faster to choose.
    if (choices.length === 0) return look.candidates.length === 0;
    return look.isComplete && this.#haveTakenAll(choices);
  }

  /** Answers the segments that changed, as they are now. */
  async #claimAndRemember(look: LaneLook, choices: readonly Choice[], nowMs: number) {
    try {
      const states = await this.#releasing(choices, () => this.#claim(choices));
      const parts = [...look.returns, ...(look.lookBack === undefined ? [] : [look.lookBack])];
      const inRun = parts.flatMap(({ segments }) => segments);
      await removeEmptySegments(this.#context.table, [...inRun, ...look.seen]);
      rememberRun({ queue: this.#queue, run: this.#run, nowMs }, look, states);
      this.#run.noteClaims(states.size);
      return states;
    } catch (error) {
      this.#run.abandon(look.plan);
      throw error;
    }
  }

  /** Whether a look found what may not be so any more: a claim of that would be billed for nothing. */
  async #isDoubtful({ number, look }: BegunLook): Promise<boolean> {
    this.#mayBeStale = false;
    try {
      const { candidates, plan } = await look;
      if (candidates.every(({ segment }) => segment.key.sk < plan.from)) return false;
      this.#memory.endLook(number);
      this.#run.abandon(plan);
      return true;
    } catch (error) {
      this.#memory.endLook(number);
      throw error;
    }
  }

  #beginLook(): BegunLook {
    const nowMs = this.#context.clock.nowMs();
    const number = this.#memory.beginLook();
    const isContended = this.#context.contention.isAt(this.#queue.id, nowMs);
    const look = lookAtLane(this.#context, {
      queue: this.#queue,
      partition: this.#options.lane.partition,
      memory: this.#memory,
      run: this.#run,
      isContended,
      mayBeStale: this.#mayBeStale,
      wanted: isContended ? Math.max(choicesContended, choiceFactor * this.#wanted) : this.#wanted,
      nowMs,
      except: this.#done,
      number,
    });
    return { nowMs, number, look };
  }

  /** Finds messages and reserves those that it chooses, with no receive of this process in between. */
  async #lookAndReserve({
    nowMs,
    number,
    look: looking,
  }: BegunLook): Promise<{ readonly look: LaneLook; readonly choices: readonly Choice[] }> {
    try {
      const look = await looking;
      const choices = this.#choose(look, number, nowMs);
      this.#memory.reserve(namesOf(choices));
      return { look, choices };
    } finally {
      this.#memory.endLook(number);
    }
  }

  #haveTakenAll(choices: readonly Choice[]): boolean {
    const taken = new Set(this.#taken.map(({ segment, index }) => slotName(segment, index)));
    return choices.every(({ segment, index }) => taken.has(slotName(segment, index)));
  }

  /** The oldest ones; any, while other processes are after the same. */
  #choose({ candidates }: LaneLook, look: number, nowMs: number): readonly Choice[] {
    const { random } = this.#context;
    // Lanes have grown where many are at work.
    const hasRivals = this.#queue.lanes > 1 || this.#context.contention.isAt(this.#queue.id, nowMs);
    const start = hasRivals ? random.below(candidates.length || 1) : 0;
    const ordered: readonly Candidate[] = [
      ...candidates.slice(start),
      ...candidates.slice(0, start),
    ];
    const choices: Choice[] = [];
    for (const { segment, slots } of ordered) {
      for (const index of slots) {
        if (choices.length === this.#wanted) return choices;
        const slot = segment.slots[index];
        const isTaken = this.#memory.isReserved(slotName(segment, index), look);
        if (slot !== undefined && !isTaken) choices.push({ segment, index, slot });
      }
    }
    return choices;
  }

  async #releasing<T>(choices: readonly Choice[], run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      // Receives that passed these messages by, because this one was about to claim them, may try.
      const nowMs = this.#context.clock.nowMs();
      for (const { segment } of choices) this.#run.noteReturn(segment.key.sk, nowMs, nowMs);
      this.#context.waiters.wake(this.#queue.id, choices.length);
      throw error;
    } finally {
      this.#memory.unreserve(namesOf(choices));
    }
  }

  /** Answers the segments that changed, as they are now. */
  async #claim(choices: readonly Choice[]): Promise<ReadonlyMap<string, Segment | undefined>> {
    for (const { segment, index } of choices) this.#done.add(slotName(segment, index));
    const { exhausted, receivable } = this.#sortOut(choices);
    const isMoved = await Promise.all(
      exhausted.map((choice) => moveToDeadLetterQueue(this.#context, this.#queue, choice)),
    );
    // A message without contents is claimed like others, and dropped when they are to be read.
    const stuck = exhausted.filter(
      (_, index) => isMoved[index] === "kept" || isMoved[index] === "contentsMissing",
    );
    return await this.#claimAll([...receivable, ...stuck]);
  }

  /** Which messages have been received as often as their queue allows (spec section 9.1). */
  #sortOut(choices: readonly Choice[]) {
    const isExhausted = ({ segment, slot }: Choice) =>
      receivesHere(segment, slot) >= this.#maxReceiveCount;
    return {
      exhausted: choices.filter(isExhausted),
      receivable: choices.filter((choice) => !isExhausted(choice)),
    };
  }

  async #claimAll(choices: readonly Choice[]): Promise<ReadonlyMap<string, Segment | undefined>> {
    const nowMs = this.#context.clock.nowMs();
    const states = new Map<string, Segment | undefined>();
    const bySegment = Map.groupBy(choices, ({ segment }) => segment);
    const groups = [...bySegment];
    const results = await editSlots(
      this.#context.table,
      groups.map(([segment, chosen]) => ({
        key: segment.key,
        size: segment.slots.length,
        edits: chosen.map((choice) => this.#edit(choice, nowMs)),
      })),
    );
    for (const [place, [segment, chosen]] of groups.entries()) {
      const result = results[place];
      if (result === undefined) continue;
      if (result.wasContended) this.#context.contention.note(this.#queue.id, nowMs);
      const { current } = result;
      const after = current === undefined ? undefined : readSegment(current, this.#queue.id);
      states.set(segment.key.sk, after);
      this.#keep(segment, chosen, result);
    }
    return states;
  }

  get #maxReceiveCount(): number {
    return this.#queue.settings.redrivePolicy?.maxReceiveCount ?? Infinity;
  }

  #edit({ segment, index, slot }: Choice, nowMs: number): SlotEdit {
    const visibleAtMs = nowMs + this.#options.visibilityTimeoutMs;
    const receive = { token: this.#token, nowMs, visibleAtMs };
    return {
      slot: index,
      expected: { kind: "exactly", slot },
      become: receivedAgain(slot, receive),
      otherwise: (found) => {
        const mayBeReceived =
          isAvailable(found, nowMs) && receivesHere(segment, found) < this.#maxReceiveCount;
        return mayBeReceived ? receivedAgain(found, receive) : undefined;
      },
    };
  }

  #keep(segment: Segment, chosen: readonly Choice[], { slots, replaced }: SegmentEdited): void {
    for (const [place, { index }] of chosen.entries()) {
      const [slot, before] = [slots[place], replaced[place]];
      if (slot?.kind !== "received" || before === undefined) continue;
      this.#taken.push({ segment, lane: this.#options.lane.number, index, before, slot });
    }
  }
}
