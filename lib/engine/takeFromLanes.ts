import { TableThrottledError } from "#table/table.ts";
import type { EngineContext } from "./engineContext.ts";
import { growLanes } from "./laneGrowth.ts";
import { lanesToVisit } from "./laneOrder.ts";
import type { LaneRef } from "./lanes.ts";
import { OwnLaneTake } from "./ownLaneTake.ts";
import type { Queue } from "./queue.ts";
import { LaneTake, type Take, type Taken, type TakeOptions } from "./takeMessages.ts";

/** So many lanes of many are looked at in one round trip, while none had anything. */
const lanesAtOnceMax = 16;
/** Of many lanes, a receive that has something looks at so many more to fill up. */
const lanesToFillUp = 8;
/** Each refusal has taken the table's whole patience; after so many a receive has none left. */
const refusalsMax = 3;

/**
 * Claims up to so many available messages, oldest first within a lane. The lanes with the fewest
 * messages in flight come first, among equals in random order.
 */
export async function takeFromLanes(
  context: EngineContext,
  queue: Queue,
  options: TakeOptions,
): Promise<Take> {
  return await new Visit(context, queue, options).run();
}

/** One receive's way over its queue's lanes. */
class Visit {
  readonly #context: EngineContext;
  readonly #queue: Queue;
  readonly #options: TakeOptions;
  readonly #lanes: readonly LaneRef[];
  readonly #taken: Taken[] = [];
  #nextVisibleMs = Infinity;
  /** Why a lane could not be read or written. */
  #failure: { readonly error: unknown } | undefined;
  #refusals = 0;
  #isOver = false;

  constructor(context: EngineContext, queue: Queue, options: TakeOptions) {
    this.#context = context;
    this.#queue = queue;
    this.#options = options;
    this.#lanes = lanesToVisit(context, queue, options);
  }

  async run(): Promise<Take> {
    let next = 0;
    let atOnce = 1;
    let left = this.#isWide ? lanesToFillUp : Infinity;
    while (next < this.#lanes.length && this.#isWanting && left > 0) {
      const isFed = this.#taken.length > 0;
      const wave = this.#lanes.slice(next, next + (this.#isWide && !isFed ? atOnce : 1));
      next += wave.length;
      if (isFed) left -= 1;
      atOnce = Math.min(2 * atOnce, lanesAtOnceMax);
      await this.#visit(wave);
    }
    const failure = this.#failure;
    if (failure !== undefined && this.#taken.length === 0) throw failure.error;
    if (failure !== undefined) this.#report(failure.error);
    const mayBeMore = failure !== undefined || left === 0;
    const nextVisibleMs = mayBeMore ? this.#context.clock.nowMs() : this.#nextVisibleMs;
    return { taken: this.#taken, nextVisibleMs };
  }

  #report(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#context.report({ event: "receive.cutShort", queue: this.#queue.name, reason });
  }

  get #isWanting(): boolean {
    return !this.#isOver && this.#taken.length < this.#options.most;
  }

  get #isWide(): boolean {
    return this.#context.table.traits.isShared && this.#lanes.length >= lanesAtOnceMax;
  }

  /** Looks at several lanes at once, and takes what is there from one after the other. */
  async #visit(wave: readonly LaneRef[]): Promise<void> {
    const options = { ...this.#options, taken: this.#taken };
    const [only] = wave;
    if (!this.#context.table.traits.isShared && only !== undefined) {
      await this.#take(new OwnLaneTake(this.#context, this.#queue, { lane: only, ...options }));
      return;
    }
    const takes = wave.map(
      (lane) => new LaneTake(this.#context, this.#queue, { lane, ...options }),
    );
    if (takes.length > 1) for (const take of takes) take.lookAhead();
    try {
      for (const take of takes) if (this.#isWanting) await this.#take(take);
    } finally {
      for (const take of takes) take.leave();
    }
  }

  async #take(take: LaneTake | OwnLaneTake): Promise<void> {
    try {
      this.#nextVisibleMs = Math.min(this.#nextVisibleMs, await take.run());
    } catch (error) {
      const isRefused = error instanceof TableThrottledError && error.mayBePartition;
      // What is taken already is better handed over than left to its visibility timeout.
      if (!isRefused && this.#taken.length === 0) throw error;
      this.#failure = { error };
      this.#refusals += 1;
      this.#isOver = !isRefused || this.#refusals >= refusalsMax;
      // Other lanes may have what a busy one cannot give.
      if (isRefused) await growLanes(this.#context, this.#queue, [take.lane]);
    }
  }
}
