import { type Delete, writeManyMax } from "#table/table.ts";
import { moveToDeadLetterQueue, receivesHere } from "./deadLetter.ts";
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
import { type LaneRef, lanesOf } from "./lanes.ts";
import type { Queue } from "./queue.ts";
import { readSegment, type Segment } from "./segment.ts";
import { type ReceivedSlot, receivedAgain, type Slot } from "./slot.ts";
import { editSlots, type SegmentEdited, type SlotEdit, slotIs } from "./slotEdits.ts";

/** A message that this receive holds now. */
export interface Taken {
  readonly segment: Segment;
  readonly lane: number;
  readonly index: number;
  /** As it was before, for giving it back. */
  readonly before: Slot;
  readonly slot: ReceivedSlot;
}

export interface TakeOptions {
  readonly most: number;
  readonly visibilityTimeoutMs: number;
}

/** What a look for messages came to. */
export interface Take {
  readonly taken: readonly Taken[];
  /** When something that was seen in flight becomes available; infinity if nothing will. */
  readonly nextVisibleMs: number;
}

/** A lane is looked at again after lost races and moves to the dead-letter queue, so many times. */
const looksMax = 12;

/**
 * Claims up to so many available messages, oldest first within a lane. The lanes with the fewest
 * messages in flight come first, among equals in random order.
 */
export async function takeMessages(
  context: EngineContext,
  queue: Queue,
  options: TakeOptions,
): Promise<Take> {
  const taken: Taken[] = [];
  let nextMs = Infinity;
  for (const lane of lanesByLoad(context, queue)) {
    if (taken.length >= options.most) break;
    const most = options.most - taken.length;
    const take = await new LaneTake(context, queue, { lane, ...options, most }).run();
    taken.push(...take.taken);
    nextMs = Math.min(nextMs, take.nextVisibleMs);
  }
  return { taken, nextVisibleMs: nextMs };
}

function lanesByLoad({ lanes: memories, random }: EngineContext, queue: Queue): readonly LaneRef[] {
  const lanes = lanesOf(queue);
  if (lanes.length === 1) return lanes;
  const start = random.below(lanes.length);
  const inFlight = new Map(lanes.map((lane) => [lane, memories.of(lane.partition).inFlight]));
  return [...lanes.slice(start), ...lanes.slice(0, start)].sort(
    (left, right) => (inFlight.get(left) ?? 0) - (inFlight.get(right) ?? 0),
  );
}

interface LaneOptions extends TakeOptions {
  readonly lane: LaneRef;
}

/** A slot chosen for a claim. */
interface Choice {
  readonly segment: Segment;
  readonly index: number;
  readonly slot: Slot;
}

function namesOf(choices: readonly Choice[]): readonly string[] {
  return choices.map(({ segment, index }) => slotName(segment, index));
}

/** One receive's work on one lane. */
class LaneTake {
  readonly #context: EngineContext;
  readonly #queue: Queue;
  readonly #options: LaneOptions;
  readonly #memory: LaneMemory;
  readonly #token: string;
  readonly #taken: Taken[] = [];
  /** Slots this receive has had to do with: none is returned twice (spec section 6.4). */
  readonly #done = new Set<string>();
  #nextVisibleMs = Infinity;

  constructor(context: EngineContext, queue: Queue, options: LaneOptions) {
    this.#context = context;
    this.#queue = queue;
    this.#options = options;
    this.#memory = context.lanes.of(options.lane.partition);
    this.#token = context.random.hex(4);
  }

  async run(): Promise<Take> {
    for (let looks = 0; looks < looksMax && this.#wanted > 0; looks += 1) {
      const isExhausted = await this.#lookAndClaim();
      if (isExhausted) break;
    }
    const nextMs = Math.min(this.#nextVisibleMs, this.#memory.returnsAtMs);
    return { taken: this.#taken, nextVisibleMs: nextMs };
  }

  get #wanted(): number {
    return this.#options.most - this.#taken.length;
  }

  /** Answers whether nothing more is to be had here. */
  async #lookAndClaim(): Promise<boolean> {
    const nowMs = this.#context.clock.nowMs();
    const { look, choices } = await this.#lookAndReserve(nowMs);
    const states = await this.#releasing(choices, () => this.#claim(choices, nowMs));
    await this.#removeEmpty(look);
    rememberRun({ queue: this.#queue, memory: this.#memory, nowMs }, look, states);
    for (const before of look.seen) {
      const after = states.has(before.key.sk) ? states.get(before.key.sk) : before;
      if (after === undefined) continue;
      this.#nextVisibleMs = Math.min(this.#nextVisibleMs, nextVisibleMs(after));
    }
    // What was found and not chosen, other receives of this process were faster to choose.
    if (choices.length === 0) return look.candidates.length === 0;
    return look.isComplete && this.#haveTakenAll(choices);
  }

  /** Finds messages and reserves those that it chooses, with no receive of this process in between. */
  async #lookAndReserve(
    nowMs: number,
  ): Promise<{ readonly look: LaneLook; readonly choices: readonly Choice[] }> {
    const number = this.#memory.beginLook();
    try {
      const look = await lookAtLane(this.#context, {
        queue: this.#queue,
        partition: this.#options.lane.partition,
        memory: this.#memory,
        wanted: this.#wanted,
        nowMs,
        except: this.#done,
        number,
      });
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

  /** Drops items with no message left, which a crash between two deletes leaves behind. */
  async #removeEmpty({ seen }: LaneLook): Promise<void> {
    const empty = seen.filter(({ slots }) => slots.every(({ kind }) => kind === "gone"));
    if (empty.length === 0) return;
    const deletes = empty.slice(0, writeManyMax).map(
      ({ key, slots }): Delete => ({
        kind: "delete",
        key,
        when: slots.map((slot, index) => slotIs(index, slot)),
      }),
    );
    await this.#context.table.writeMany(deletes);
  }

  /** The oldest ones; any, while other processes are after the same. */
  #choose({ candidates }: LaneLook, look: number, nowMs: number): readonly Choice[] {
    const { random } = this.#context;
    const start = this.#memory.isContended(nowMs) ? random.below(candidates.length || 1) : 0;
    const ordered: readonly Candidate[] = [
      ...candidates.slice(start),
      ...candidates.slice(0, start),
    ];
    const choices = ordered.flatMap(({ segment, slots }) =>
      slots.flatMap((index) => {
        const slot = segment.slots[index];
        const isTaken = this.#memory.isReserved(slotName(segment, index), look);
        return slot === undefined || isTaken ? [] : [{ segment, index, slot }];
      }),
    );
    return choices.slice(0, this.#wanted);
  }

  async #releasing<T>(choices: readonly Choice[], run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      this.#memory.forgetRun();
      throw error;
    } finally {
      this.#memory.unreserve(namesOf(choices));
    }
  }

  /** Answers the segments that changed, as they are now. */
  async #claim(
    choices: readonly Choice[],
    nowMs: number,
  ): Promise<ReadonlyMap<string, Segment | undefined>> {
    for (const { segment, index } of choices) this.#done.add(slotName(segment, index));
    const { exhausted, receivable } = this.#sortOut(choices);
    const states = new Map<string, Segment | undefined>();
    const isMoved = await Promise.all(
      exhausted.map((choice) => moveToDeadLetterQueue(this.#context, this.#queue, choice)),
    );
    const stuck = exhausted.filter((_, index) => isMoved[index] === "kept");
    if (exhausted.length > stuck.length) this.#memory.forgetRun();
    await this.#claimAll([...receivable, ...stuck], nowMs, states);
    return states;
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

  async #claimAll(
    choices: readonly Choice[],
    nowMs: number,
    states: Map<string, Segment | undefined>,
  ): Promise<void> {
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
      if (result.wasContended) this.#memory.noteContention(nowMs);
      const { current } = result;
      const after = current === undefined ? undefined : readSegment(current, this.#queue.id);
      states.set(segment.key.sk, after);
      this.#keep(segment, chosen, result);
    }
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

  #keep(segment: Segment, chosen: readonly Choice[], { slots }: SegmentEdited): void {
    for (const [place, { index, slot: before }] of chosen.entries()) {
      const slot = slots[place];
      if (slot?.kind !== "received") continue;
      this.#taken.push({ segment, lane: this.#options.lane.number, index, before, slot });
    }
  }
}

/**
 * Gives messages back as if they had not been received: for a caller who hung up before they could
 * be handed over.
 */
export async function giveBack(
  context: EngineContext,
  queue: Queue,
  taken: readonly Taken[],
): Promise<void> {
  const forget = () => {
    for (const { segment } of taken) context.lanes.of(segment.key.pk).forgetRun();
  };
  forget();
  const bySegment = Map.groupBy(taken, ({ segment }) => segment);
  await editSlots(
    context.table,
    [...bySegment].map(([segment, group]) => ({
      key: segment.key,
      size: segment.slots.length,
      edits: group.map(({ index, slot, before }) => ({
        slot: index,
        expected: { kind: "exactly", slot },
        become: before,
        otherwise: () => undefined,
      })),
    })),
  );
  forget();
  context.waiters.wake(queue.id, taken.length);
}
