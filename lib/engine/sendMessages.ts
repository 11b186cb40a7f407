import type { Insert, Key, WriteResult } from "#table/table.ts";
import type { EngineContext } from "./engineContext.ts";
import { growingIfRefused, noteStored } from "./laneGrowth.ts";
import { longestRetentionMs } from "./laneMemory.ts";
import { firstLane, laneForSend, lanesOf } from "./lanes.ts";
import type { MessageContent } from "./messageContent.ts";
import type { Queue } from "./queue.ts";
import type { Random } from "./random.ts";
import {
  type ContentsPlace,
  chunksPartition,
  messageIdAt,
  receivedBytes,
  type Segment,
  segmentItem,
  segmentKey,
  segmentRandomDigits,
  slotsMax,
} from "./segment.ts";
import { beginToStore } from "./segmentContents.ts";
import { sortableTime } from "./sortableTime.ts";

/** A message that passed every check. */
export interface Draft {
  readonly content: MessageContent;
  readonly delayMs: number;
  /** The size that SQS counts. */
  readonly bytes: number;
}

/** Messages that will share a segment: of one delay and lane, small enough to be read together. */
interface Group {
  readonly delayMs: number;
  readonly lane: number;
  readonly indexes: readonly number[];
  /** The size that SQS counts. */
  readonly bytes: number;
}

/** A group whose contents have their place. */
interface Packed extends Group {
  readonly randomDigits: string;
  readonly members: readonly MessageContent[];
  readonly contents: ContentsPlace;
  /** When those are durable, or have failed to be. */
  readonly stored: Promise<void>;
}

/** Messages larger than this together do not share a segment: reading one would read them all. */
const groupBytesMax = 64 * 1024;
/** A fresh key is taken once in 2^64 tries; a second collision is a fault of the random source. */
const insertTriesMax = 3;
/** Past its retention a message is hidden by time; the table may take this long to notice. */
const expirySlackSeconds = 3600;

/**
 * Stores the drafts of one send call, in as few segments as their delays and sizes allow, and answers
 * their message ids in order. When it returns, all of them are durable.
 */
export async function sendMessages(
  context: EngineContext,
  queue: Queue,
  drafts: readonly Draft[],
): Promise<readonly string[]> {
  const packed = await packAll(context, queue, drafts);
  const lanes = packed.map(({ lane }) => lane);
  const segments = await growingIfRefused(context, queue, lanes, () =>
    insertAll(context, queue, packed),
  ).catch((error: unknown) => {
    context.signs.forgetAfter(error, queue.id);
    throw error;
  });
  noteStored(context, queue, segments, lanes);
  const ids: string[] = [];
  for (const [place, { indexes }] of packed.entries()) {
    const segment = segments[place];
    if (segment === undefined) continue;
    for (const [slot, index] of indexes.entries()) ids[index] = messageIdAt(segment, slot);
  }
  if (!context.table.traits.appliesAtOnce) {
    noteArrivals(context, segments);
    announce(context, queue, segments);
  }
  return ids;
}

/**
 * The segments in which `sendMessages` would store the drafts, for a caller with a write of its own.
 * Their contents have their place already; until the segments are stored, they are nobody's.
 */
export async function unsentSegments(
  context: EngineContext,
  queue: Queue,
  drafts: readonly Draft[],
): Promise<readonly Segment[]> {
  const packed = await packAll(context, queue, drafts);
  await Promise.all(packed.map(({ stored }) => stored));
  return packed.map((group) => segmentOf(context, queue, group, group.randomDigits));
}

async function packAll(
  context: EngineContext,
  queue: Queue,
  drafts: readonly Draft[],
): Promise<readonly Packed[]> {
  const groups = groupDrafts(drafts, lanesFor(context, queue, drafts));
  return await Promise.all(groups.map((group) => pack(context, queue, drafts, group)));
}

/** The lane of each draft. Those of a first one are led to the first lane with it, so as to stay together. */
function lanesFor(
  { random, signs, table, clock }: EngineContext,
  queue: Queue,
  drafts: readonly Draft[],
): readonly number[] {
  const anyLane = laneForSend(queue, undefined, random);
  const lanes = drafts.map(({ content: { groupId } }) =>
    groupId === undefined ? anyLane : laneForSend(queue, groupId, random),
  );
  if (!table.traits.isShared || lanesOf(queue).length === 1) return lanes;
  const nowMs = clock.nowMs();
  const signing = new Set(
    drafts.flatMap(({ delayMs }, index) =>
      signs.isFirst(queue.id, nowMs + delayMs) ? (lanes[index] ?? []) : [],
    ),
  );
  return lanes.map((lane) => (signing.has(lane) ? firstLane : lane));
}

function groupDrafts(drafts: readonly Draft[], lanes: readonly number[]): readonly Group[] {
  type Open = Group & { readonly indexes: number[]; bytes: number };
  const groups: Open[] = [];
  const open = new Map<string, Open>();
  for (const [index, { delayMs, bytes }] of drafts.entries()) {
    const lane = lanes[index] ?? firstLane;
    const name = `${delayMs} ${lane}`;
    const group = open.get(name);
    const hasRoom =
      group !== undefined &&
      group.bytes + bytes <= groupBytesMax &&
      group.indexes.length < slotsMax;
    if (hasRoom) {
      group.indexes.push(index);
      group.bytes += bytes;
    } else {
      const begun: Open = { delayMs, lane, indexes: [index], bytes };
      open.set(name, begun);
      groups.push(begun);
    }
  }
  return groups;
}

async function pack(
  context: EngineContext,
  queue: Queue,
  drafts: readonly Draft[],
  group: Group,
): Promise<Packed> {
  const { table, clock, random } = context;
  const randomDigits = newRandomDigits(random);
  const lane = { queueId: queue.id, epoch: queue.epoch, lane: group.lane };
  const key = segmentKey(lane, { startsAtMs: 0, order: 0, randomDigits });
  const members = group.indexes.flatMap((index) => drafts[index]?.content ?? []);
  const { place: contents, stored } = await beginToStore(table, members, {
    account: queue.account,
    stateBytes: receivedBytes(key, members.length, {
      visibilityTimeoutSeconds: queue.settings.visibilityTimeoutSeconds,
      delayMs: group.delayMs,
    }),
    pk: chunksPartition(queue.id, `${timeOfChunks(context)}${randomDigits}`),
    expiresAtSeconds: expiryOf(clock.nowMs() + group.delayMs),
  });
  // Where calls take effect at once, the segment is in the same commit as its chunks, or in a later one.
  if (!table.traits.appliesAtOnce) await stored;
  return { ...group, randomDigits, members, contents, stored };
}

/**
 * On one machine chunks lie in the order of their sending, so that those sent together and those
 * received together are in the same few pages of the file. Where others write as well, they are spread.
 */
function timeOfChunks({ table, clock }: EngineContext): string {
  return table.traits.isShared ? "" : sortableTime(clock.nowMs());
}

/** When the table may drop what becomes visible at that time: when no retention could still hold. */
export function expiryOf(startsAtMs: number): number {
  return Math.ceil((startsAtMs + longestRetentionMs) / 1000) + expirySlackSeconds;
}

async function insertAll(
  context: EngineContext,
  queue: Queue,
  packed: readonly Packed[],
): Promise<readonly Segment[]> {
  const segments = packed.map((group) => segmentOf(context, queue, group, group.randomDigits));
  let missing = segments.map((_, index) => index);
  for (let tries = 0; tries < insertTriesMax && missing.length > 0; tries += 1) {
    const inserts = missing.map((index) => insertOf(segments, index, queue));
    const inserting = insertNow(context, inserts, packed);
    if (context.table.traits.appliesAtOnce) {
      for (const index of missing) offer(context, queue, segments[index], packed[index]);
    }
    const results = await inserting.catch((error: unknown) => {
      // They may have been stored all the same, and then nobody else would say so.
      noteArrivals(context, segments);
      announce(context, queue, segments);
      throw error;
    });
    missing = missing.filter((_, place) => isTaken(inserts[place], results[place]));
    for (const index of missing) {
      const group = packed[index];
      const randomDigits = newRandomDigits(context.random);
      if (group !== undefined) segments[index] = segmentOf(context, queue, group, randomDigits);
    }
  }
  if (missing.length > 0) throw new Error("found no free key for a segment");
  return segments;
}

/** Inserts segments, to which contents belong that are durable by then. */
async function insertNow(
  { table }: EngineContext,
  inserts: readonly Insert[],
  contents: readonly Packed[],
): Promise<readonly WriteResult[]> {
  const [only] = inserts;
  const inserting =
    inserts.length === 1 && only !== undefined
      ? table.write(only).then((result) => [result])
      : table.writeMany(inserts);
  const [results] = await Promise.all([inserting, ...contents.map(({ stored }) => stored)]);
  return results;
}

function insertOf(segments: readonly Segment[], index: number, queue: Queue): Insert {
  const segment = segments[index];
  if (segment === undefined) throw new RangeError(`no segment ${index}`);
  return { kind: "insert", item: segmentItem(segment, queue.id) };
}

/**
 * Whether a key was somebody else's. Finding our own contents there means that an earlier try of the
 * same write got through and only its answer was lost.
 */
function isTaken(insert: Insert | undefined, result: WriteResult | undefined): boolean {
  if (insert === undefined || result === undefined || result.outcome === "written") return false;
  const { b, c, o, r } = insert.item;
  const { current } = result;
  if (current === undefined) return true;
  const isOurs =
    b instanceof Uint8Array
      ? current["b"] instanceof Uint8Array && Buffer.compare(b, current["b"]) === 0
      : current["c"] === c && current["o"] === o && current["r"] === r;
  return !isOurs;
}

function segmentOf(
  { clock, sendOrder }: EngineContext,
  queue: Queue,
  { delayMs, lane: number, contents, indexes }: Packed,
  randomDigits: string,
): Segment {
  const startsAtMs = clock.nowMs() + delayMs;
  const lane = { queueId: queue.id, epoch: queue.epoch, lane: number };
  const order = sendOrder.next(startsAtMs, delayMs);
  const key: Key = segmentKey(lane, { startsAtMs, order, randomDigits });
  return {
    key,
    startsAtMs,
    delayMs,
    slots: indexes.map(() => ({ kind: "fresh" })),
    contents,
    expiresAtSeconds: expiryOf(startsAtMs),
  };
}

export function newRandomDigits(random: Random): string {
  return random.hex(Math.ceil(segmentRandomDigits / 2)).slice(0, segmentRandomDigits);
}

/**
 * Hands a segment that is being stored to the receives of this process, where no other has a part in
 * it: a claim that is made now is in the same commit, or fails with it.
 */
function offer(
  context: EngineContext,
  queue: Queue,
  segment: Segment | undefined,
  packed: Packed | undefined,
): void {
  if (segment === undefined || packed === undefined) return;
  const { members: contents, bytes: contentBytes } = packed;
  context.lanes.known(segment.key.pk)?.noteSent({ segment, contents, contentBytes });
  announce(context, queue, [segment]);
}

/** What was known of these lanes is out of date, as these came to it. */
export function noteArrivals(
  { lanes, clock }: EngineContext,
  segments: readonly { readonly key: Key }[],
): void {
  for (const { key } of segments) lanes.known(key.pk)?.noteArrival(key.sk, clock.nowMs());
}

/** Tells the receives that wait for stored messages: now, or when the delay is over. */
export function announce(context: EngineContext, queue: Queue, segments: readonly Segment[]): void {
  context.polls.noteLife(queue.id, context.clock.nowMs());
  if (!context.waiters.isAwaited(queue.id)) return;
  for (const { startsAtMs, delayMs, slots } of segments) {
    if (delayMs === 0) context.waiters.wake(queue.id, slots.length);
    else context.waiters.alarm(queue.id, startsAtMs);
  }
}
