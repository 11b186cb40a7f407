import type { EngineContext } from "../engineContext.ts";
import { isAvailable, isExpired, oldestKey } from "../laneReader.ts";
import { lanesOf } from "../lanes.ts";
import type { Queue } from "../queue.ts";
import { availableRange, readSegment, type Segment } from "../segment.ts";
import { gone } from "../slot.ts";

/** A message that was visible when it was read. */
export interface VisibleMessage {
  readonly segment: Segment;
  readonly index: number;
}

/** Segments read at once; what they hold is used up before the next are read. */
const pageLimit = 100;

/**
 * The visible messages of a standard queue, the oldest of all lanes first. What is in flight is passed
 * over, and looked at again in the next pass: only a whole pass that finds nothing says that nothing
 * is left.
 */
export class LaneBacklog {
  readonly #context: EngineContext;
  /** Names the lanes that this pass goes over: a purge or a new lane begins another. */
  #pass: string | undefined;
  #lanes: readonly LaneCursor[] = [];
  #hasFound = false;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** The next messages, at most so many; none when nothing visible is left. */
  async next(queue: Queue, most: number): Promise<readonly VisibleMessage[]> {
    const pass = lanesOf(queue)
      .map(({ partition }) => partition)
      .join();
    if (pass !== this.#pass) this.#begin(queue, pass);
    const found = await this.#collect(queue, most);
    if (found.length > 0 || !this.#hasFound) return found;
    this.#begin(queue, pass);
    return await this.#collect(queue, most);
  }

  /** These messages were moved: what is left of their segments is known without reading them. */
  noteMoved(messages: readonly VisibleMessage[]): void {
    for (const lane of this.#lanes) lane.noteMoved(messages);
  }

  #begin(queue: Queue, pass: string): void {
    const from = oldestKey(queue, this.#context.clock.nowMs());
    this.#pass = pass;
    this.#hasFound = false;
    this.#lanes = lanesOf(queue).map(
      ({ partition }) => new LaneCursor(this.#context, partition, from),
    );
  }

  async #collect(queue: Queue, most: number): Promise<readonly VisibleMessage[]> {
    const found: VisibleMessage[] = [];
    while (found.length < most) {
      await Promise.all(this.#lanes.map((lane) => lane.fill(queue)));
      const message = oldestLane(this.#lanes)?.take();
      if (message === undefined) break;
      if (!isExpired(message.segment, queue, this.#context.clock.nowMs())) found.push(message);
    }
    if (found.length > 0) this.#hasFound = true;
    return found;
  }
}

function oldestLane(lanes: readonly LaneCursor[]): LaneCursor | undefined {
  let oldest: LaneCursor | undefined;
  for (const lane of lanes) {
    if (lane.head === undefined) continue;
    if (oldest?.head === undefined || lane.head < oldest.head) oldest = lane;
  }
  return oldest;
}

/** The way through one lane, once from its head to what is visible now. */
class LaneCursor {
  readonly #context: EngineContext;
  readonly #partition: string;
  #from: string;
  #isAtEnd = false;
  #messages: readonly VisibleMessage[] = [];

  constructor(context: EngineContext, partition: string, from: string) {
    this.#context = context;
    this.#partition = partition;
    this.#from = from;
  }

  /** The sort key of the next message, if one is at hand. */
  get head(): string | undefined {
    return this.#messages[0]?.segment.key.sk;
  }

  take(): VisibleMessage | undefined {
    const [message, ...others] = this.#messages;
    this.#messages = others;
    return message;
  }

  /** Has messages at hand afterwards, unless the lane has no more. */
  async fill(queue: Queue): Promise<void> {
    const { table, clock } = this.#context;
    while (this.#messages.length === 0 && !this.#isAtEnd) {
      const nowMs = clock.nowMs();
      const { to } = availableRange({ afterMs: 0, upToMs: nowMs });
      const page = await table.query({
        pk: this.#partition,
        from: this.#from,
        to,
        limit: pageLimit,
      });
      const last = page.items.at(-1);
      this.#isAtEnd = !page.more || last === undefined;
      if (last !== undefined) this.#from = `${last.sk}\u0000`;
      this.#messages = page.items
        .map((item) => readSegment(item, queue.id))
        .filter((segment) => !isExpired(segment, queue, nowMs))
        .flatMap((segment) => visibleIn(segment, nowMs));
    }
  }

  noteMoved(moved: readonly VisibleMessage[]): void {
    this.#messages = this.#messages.map((message) => {
      const { sk } = message.segment.key;
      const indexes = moved
        .filter(({ segment }) => segment.key.sk === sk)
        .map(({ index }) => index);
      return indexes.length === 0
        ? message
        : { ...message, segment: withoutSlots(message.segment, indexes) };
    });
  }
}

function visibleIn(segment: Segment, nowMs: number): readonly VisibleMessage[] {
  return segment.slots.flatMap((slot, index) =>
    isAvailable(slot, nowMs) ? [{ segment, index }] : [],
  );
}

function withoutSlots(segment: Segment, indexes: readonly number[]): Segment {
  const slots = segment.slots.map((slot, index) => (indexes.includes(index) ? gone : slot));
  return { ...segment, slots };
}
