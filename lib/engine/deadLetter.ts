import { parseArn } from "#contract/names.ts";
import type { Delete, Patch } from "#table/table.ts";
import type { EngineContext } from "./engineContext.ts";
import { firstLane, laneForSend } from "./lanes.ts";
import { arnOf, type Queue } from "./queue.ts";
import {
  type ContentsPlace,
  chunksPartition,
  messageIdAt,
  type Segment,
  segmentItem,
  segmentKey,
  sentAtMs,
} from "./segment.ts";
import { dropChunks, readContents, storeContents } from "./segmentContents.ts";
import { announce, expiryOf, newRandomDigits, noteArrivals } from "./sendMessages.ts";
import { nobodysToken, type ReceivedSlot, type Slot, slotAttribute, writeSlot } from "./slot.ts";

/** A message that was received as often as its queue allows. */
export interface Exhausted {
  readonly segment: Segment;
  readonly index: number;
  readonly slot: Slot;
}

interface Move {
  readonly queue: Queue;
  readonly target: Queue;
  readonly exhausted: Exhausted;
}

/** How often a message has been received in the queue where it is now. */
export function receivesHere(segment: Segment, slot: Slot): number {
  const receives = slot.kind === "received" ? slot.receiveCount : 0;
  return receives - (segment.moved?.receivedBefore ?? 0);
}

/**
 * Moves a message to the dead-letter queue in one all-or-nothing write, so that it is never in both
 * queues and never in neither. Answers `kept` when the message has to stay because there is no such
 * queue any more, `contentsMissing` when it could be received neither here nor there, and `gone` when
 * somebody else got to it first.
 */
export async function moveToDeadLetterQueue(
  context: EngineContext,
  queue: Queue,
  exhausted: Exhausted,
): Promise<"moved" | "kept" | "contentsMissing" | "gone"> {
  const target = await deadLetterQueueOf(context, queue);
  const { segment, index, slot } = exhausted;
  if (target === undefined || slot.kind !== "received") return "kept";
  const move = { queue, target, exhausted };
  const contents = await contentsToMove(context, move);
  if (contents === undefined) return "contentsMissing";
  const moved = movedSegment(context, move, contents);
  const item = segmentItem(moved, target.id);
  const stored = { ...item, [slotAttribute(0)]: writeSlot(arrival(context, slot)) ?? "" };
  const removal = removalOf(segment, index);
  // Before, as later calls may see it at once; and after, as they may not.
  noteArrivals(context, [moved]);
  const writes = [{ kind: "insert", item: stored }, removal] as const;
  const result = await context.table.transact(writes).catch((error: unknown) => {
    context.signs.forgetAfter(error, target.id);
    // It may have been moved all the same, and then nobody else would say so.
    noteArrivals(context, [moved]);
    announce(context, target, [moved]);
    throw error;
  });
  noteArrivals(context, [moved]);
  const isCopy = contents.place !== segment.contents;
  if (result.outcome === "conditionFailed") {
    context.signs.forget(target.id);
    if (isCopy) await dropChunks(context.table, [contents.place]);
    return "gone";
  }
  if (isCopy && removal.kind === "delete") await dropChunks(context.table, [segment.contents]);
  context.report({ event: "message.deadLettered", queue: queue.name, target: target.name });
  announce(context, target, [moved]);
  return "moved";
}

async function deadLetterQueueOf(
  { queues }: EngineContext,
  queue: Queue,
): Promise<Queue | undefined> {
  const arn = parseArn(queue.settings.redrivePolicy?.deadLetterTargetArn ?? "");
  return arn === undefined ? undefined : await queues.find(queue.account, arn.resource);
}

/** The moved message's contents, and its place among them. */
interface MovedContents {
  readonly place: ContentsPlace;
  readonly index: number;
}

/**
 * A message that was alone takes its contents along. One of several leaves them to the others: it
 * refers to the same blob, or to the same chunks where those vanish by expiry only, else it gets a
 * copy of its own, so that chunks always have one owner where an owner deletes them. The time that is
 * left to a message stays what it was, so what it refers to outlives it.
 */
async function contentsToMove(
  { table, clock, random }: EngineContext,
  { queue, target, exhausted }: Move,
): Promise<MovedContents | undefined> {
  const { segment, index: slotIndex } = exhausted;
  const index = segment.moved?.index ?? slotIndex;
  const { kind } = segment.contents;
  const isReferable = kind === "blob" || (kind === "chunks" && table.traits.expiryIsFree);
  if (segment.slots.length === 1 || isReferable) return { place: segment.contents, index };
  const content = (await readContents(table, segment.contents, queue.account))?.[index];
  if (content === undefined) return undefined;
  const pk = chunksPartition(target.id, newRandomDigits(random));
  const expiresAtSeconds = expiryOf(clock.nowMs());
  const options = { account: queue.account, stateBytes: 0, pk, expiresAtSeconds };
  return { place: await storeContents(table, [content], options), index: 0 };
}

function movedSegment(
  { clock, random, sendOrder, signs }: EngineContext,
  { queue, target, exhausted }: Move,
  contents: MovedContents,
): Segment {
  const { segment, index, slot } = exhausted;
  const startsAtMs = clock.nowMs();
  // Among the plain lanes: what failed again and again need not be fair to anybody.
  const isSign = signs.isFirst(target.id, startsAtMs);
  const number = isSign ? firstLane : laneForSend(target, undefined, random);
  const lane = { queueId: target.id, epoch: target.epoch, lane: number };
  const order = sendOrder.next(startsAtMs);
  return {
    key: segmentKey(lane, { startsAtMs, order, randomDigits: newRandomDigits(random) }),
    startsAtMs,
    delayMs: 0,
    slots: [{ kind: "fresh" }],
    contents: contents.place,
    moved: {
      messageId: messageIdAt(segment, index),
      sentAtMs: sentAtMs(segment),
      sourceArn: arnOf(queue),
      index: contents.index,
      receivedBefore: slot.kind === "received" ? slot.receiveCount : 0,
    },
    expiresAtSeconds: expiryOf(startsAtMs),
  };
}

/** Counts go on where they were (spec section 4.5), and handles of the source mean nothing here. */
function arrival({ clock }: EngineContext, slot: ReceivedSlot): ReceivedSlot {
  return { ...slot, token: nobodysToken, visibleAtMs: clock.nowMs() };
}

/** Takes the message out of its segment, provided that nobody has touched it meanwhile. */
function removalOf({ key, slots }: Segment, index: number): Patch | Delete {
  const others = slots.some((slot, place) => place !== index && slot.kind !== "gone");
  const value = writeSlot(slots[index] ?? { kind: "gone" }) ?? "";
  const attribute = slotAttribute(index);
  if (others) {
    const set = { [attribute]: writeSlot({ kind: "gone" }) ?? "" };
    return { kind: "patch", key, set, when: [{ attribute, is: "equal", value }] };
  }
  return { kind: "delete", key, when: [{ attribute, is: "equal", value }] };
}
