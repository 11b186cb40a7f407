import type { Delete, Insert, Patch, TransactFailure } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import { withFairLanes } from "../fairLanes.ts";
import { attributesBytes } from "../messageAttributes.ts";
import { utf8Bytes } from "../messageBody.ts";
import type { MessageContent } from "../messageContent.ts";
import type { Queue } from "../queue.ts";
import { type ContentsPlace, type Segment, segmentItem } from "../segment.ts";
import { dropChunks, readContents } from "../segmentContents.ts";
import { announce, type Draft, noteArrivals, unsentSegments } from "../sendMessages.ts";
import { gone, slotAttribute, writeSlot } from "../slot.ts";
import { slotIs } from "../slotEdits.ts";
import { Directions } from "./directions.ts";
import { LaneBacklog, type VisibleMessage } from "./laneBacklog.ts";
import type { MoveTask } from "./moveTask.ts";
import { nextMoveAtMs } from "./pace.ts";
import type { Mover, Step } from "./step.ts";
import { recordMoved, taskIn } from "./taskStore.ts";

/** A message on its way, and where it goes. */
interface Leaving extends VisibleMessage {
  readonly target: Queue;
  /** `undefined` once it has expired: it leaves as a receive would have it, and arrives nowhere. */
  readonly content: MessageContent | undefined;
}

/** What leaves one segment. */
interface Departure {
  readonly segment: Segment;
  readonly indexes: readonly number[];
}

/** What arrives in one queue. */
interface Arrival {
  readonly target: Queue;
  readonly segments: readonly Segment[];
}

/**
 * Moves the messages of a standard queue. All messages of a step leave their segments, arrive in new
 * ones and are counted in one all-or-nothing write, so that each is in one queue at any time.
 */
export class LaneMover implements Mover {
  readonly #context: EngineContext;
  readonly #backlog: LaneBacklog;

  constructor(context: EngineContext) {
    this.#context = context;
    this.#backlog = new LaneBacklog(context);
  }

  async step(task: MoveTask, source: Queue, most: number): Promise<Step> {
    const found = await this.#backlog.next(source, most);
    if (found.length === 0) return { outcome: "nothingLeft" };
    const directions = new Directions(this.#context, task);
    const leaving: Leaving[] = [];
    const contents = await this.#contentsOf(source, found);
    for (const message of found) {
      const direction = await directions.of(message.segment.moved?.sourceArn);
      if (direction.kind === "none") {
        // What comes before it moves first.
        if (leaving.length > 0) break;
        return { outcome: "stuck", reason: direction.reason };
      }
      leaving.push({ ...message, target: direction.queue, content: contents.get(message) });
    }
    return await this.#move(task, leaving);
  }

  /** Reads the contents of each segment once. */
  async #contentsOf(
    source: Queue,
    messages: readonly VisibleMessage[],
  ): Promise<ReadonlyMap<VisibleMessage, MessageContent>> {
    const found = new Map<VisibleMessage, MessageContent>();
    const bySegment = Map.groupBy(messages, ({ segment }) => segment.key.sk);
    await Promise.all(
      [...bySegment.values()].map(async (members) => {
        const [first] = members;
        if (first === undefined) return;
        const { contents: place, moved } = first.segment;
        const contents = await readContents(this.#context.table, place, source.account);
        for (const message of members) {
          const content = contents?.[moved?.index ?? message.index];
          if (content !== undefined) found.set(message, content);
        }
      }),
    );
    return found;
  }

  /** Messages that others got to first are left out of the next try, so there are few. */
  async #move(task: MoveTask, messages: readonly Leaving[]): Promise<Step> {
    let leaving = messages;
    while (leaving.length > 0) {
      const nowMs = this.#context.clock.nowMs();
      const departures = departuresOf(leaving);
      const arrivals = await this.#arrivalsOf(leaving);
      const count = leaving.filter(({ content }) => content !== undefined).length;
      const progress = recordMoved(this.#context, task, {
        count,
        nextMoveAtMs: nextMoveAtMs(task, count, nowMs),
      });
      const arriving = arrivals.flatMap(({ segments }) => segments);
      noteArrivals(this.#context, arriving);
      const writes = [progress.write, ...departures.map(removalOf), ...arrivals.flatMap(insertsOf)];
      const result = await this.#context.table.transact(writes).catch((error: unknown) => {
        for (const { target } of arrivals) this.#context.signs.forgetAfter(error, target.id);
        throw error;
      });
      noteArrivals(this.#context, arriving);
      if (result.outcome === "written") {
        await this.#settle(leaving, departures, arrivals);
        return { outcome: "moved", task: progress.task };
      }
      for (const { target } of arrivals) this.#context.signs.forget(target.id);
      await dropChunks(this.#context.table, placesOf(arrivals));
      const [record, ...others] = result.failures;
      if (record?.failed === true) return { outcome: "overtaken", task: taskIn(record.current) };
      leaving = withoutFailed(leaving, departures, others);
    }
    return { outcome: "contended" };
  }

  /** The segments in which the messages arrive as new ones, those of each queue together. */
  async #arrivalsOf(leaving: readonly Leaving[]): Promise<readonly Arrival[]> {
    const byTarget = [...Map.groupBy(leaving, ({ target }) => target).entries()];
    return await Promise.all(
      byTarget.map(async ([queue, members]): Promise<Arrival> => {
        const contents = members.flatMap(({ content }) => content ?? []);
        const hasGroups = contents.some(({ groupId }) => groupId !== undefined);
        const target = hasGroups ? await withFairLanes(this.#context, queue) : queue;
        const drafts = contents.map((content) => draftOf(content, target));
        return { target, segments: await unsentSegments(this.#context, target, drafts) };
      }),
    );
  }

  async #settle(
    leaving: readonly Leaving[],
    departures: readonly Departure[],
    arrivals: readonly Arrival[],
  ): Promise<void> {
    this.#backlog.noteMoved(leaving);
    for (const { target, segments } of arrivals) announce(this.#context, target, segments);
    const emptied = departures.filter((departure) => removalOf(departure).kind === "delete");
    const places = emptied.map(({ segment }) => segment.contents);
    await dropChunks(this.#context.table, places);
  }
}

function placesOf(arrivals: readonly Arrival[]): readonly ContentsPlace[] {
  return arrivals.flatMap(({ segments }) => segments.map(({ contents }) => contents));
}

/** A message as if it were sent to that queue now (spec section 9.4). */
function draftOf(content: MessageContent, { settings }: Queue): Draft {
  return {
    content,
    delayMs: settings.delaySeconds * 1000,
    bytes: utf8Bytes(content.body) + attributesBytes(content.attributes),
  };
}

function departuresOf(leaving: readonly Leaving[]): readonly Departure[] {
  const bySegment = Map.groupBy(leaving, ({ segment }) => segment.key.sk);
  return [...bySegment.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    return [{ segment: first.segment, indexes: members.map(({ index }) => index) }];
  });
}

/** Takes messages out of their segment, provided that nobody has touched them meanwhile. */
function removalOf({ segment, indexes }: Departure): Patch | Delete {
  const { key, slots } = segment;
  const isLeaving = (index: number) => indexes.includes(index);
  const when = slots.flatMap((slot, index) => (isLeaving(index) ? [slotIs(index, slot)] : []));
  // What is gone stays so, and needs no guard.
  const isLast = slots.every(({ kind }, index) => kind === "gone" || isLeaving(index));
  if (isLast) return { kind: "delete", key, when };
  const set = indexes.map((index) => [slotAttribute(index), writeSlot(gone) ?? ""] as const);
  return { kind: "patch", key, set: Object.fromEntries(set), when };
}

function insertsOf({ target, segments }: Arrival): readonly Insert[] {
  return segments.map((segment) => ({ kind: "insert", item: segmentItem(segment, target.id) }));
}

/** The messages of the segments whose removal did not fail. */
function withoutFailed(
  leaving: readonly Leaving[],
  departures: readonly Departure[],
  failures: readonly TransactFailure[],
): readonly Leaving[] {
  const isFailed = departures.map((_, place) => failures[place]?.failed === true);
  const failed = new Set(
    departures.flatMap(({ segment }, place) => (isFailed[place] ? [segment.key.sk] : [])),
  );
  return failed.size === 0 ? [] : leaving.filter(({ segment }) => !failed.has(segment.key.sk));
}
