import type { EngineContext } from "./engineContext.ts";
import { isOverInFlightLimit, overInFlightLimit } from "./inFlightLimit.ts";
import { leavesAny } from "./laneReader.ts";
import type { MessageContent } from "./messageContent.ts";
import type { Queue } from "./queue.ts";
import { ownChunksMax, writeReceiptHandle } from "./receiptHandle.ts";
import { receivedMessage } from "./receivedMessage.ts";
import type { Received, ReceiveOptions } from "./receiveOptions.ts";
import { messageIdAt, ownChunksOf, sentAtMs } from "./segment.ts";
import { gone } from "./slot.ts";
import { editSlots } from "./slotEdits.ts";
import { takeFromLanes } from "./takeFromLanes.ts";
import type { Taken } from "./takeMessages.ts";
import { bySegment, editsOf, giveBack } from "./takenMessages.ts";

/** How long a receive that waits leaves a queue alone which has too many messages in flight. */
const overLimitPauseMs = 1000;

/** One look for messages of a standard queue, without waiting. */
export async function receiveFromLanes(
  context: EngineContext,
  queue: Queue,
  options: ReceiveOptions,
): Promise<Received> {
  if (isOverInFlightLimit(context, queue)) {
    if (!options.isWaiting) throw overInFlightLimit();
    return { messages: [], nextVisibleMs: context.clock.nowMs() + overLimitPauseMs };
  }
  const { taken, nextVisibleMs } = await takeFromLanes(context, queue, options);
  const contents = await readAll(context, queue, taken).catch(async (error: unknown) => {
    // Should this fail as well, they come back when their visibility timeout ends.
    await giveBack(context, queue, taken).catch(() => undefined);
    throw error;
  });
  if (options.signal.aborted) {
    await giveBack(context, queue, taken);
    return { messages: [], nextVisibleMs };
  }
  const receivedAtMs = context.clock.nowMs();
  const messages = taken.flatMap((message) => {
    const content = contents.get(message);
    if (content === undefined) return [];
    const { segment, index, slot } = message;
    const delivery = {
      messageId: messageIdAt(segment, index),
      receiptHandle: handleOf(queue, message, receivedAtMs),
      content,
      slot,
      sentAtMs: sentAtMs(segment),
      sourceArn: segment.moved?.sourceArn,
    };
    return [receivedMessage(delivery, options.selection)];
  });
  // Behind messages that were dropped there may be others that this look did not get to.
  const isShort = messages.length < taken.length;
  return { messages, nextVisibleMs: isShort ? receivedAtMs : nextVisibleMs };
}

function handleOf(queue: Queue, { segment, lane, index, slot }: Taken, receivedAtMs: number) {
  const ownChunks = ownChunksOf(segment, queue.id);
  return writeReceiptHandle({
    queueId: queue.id,
    epoch: queue.epoch,
    lane,
    sk: segment.key.sk,
    slot: index,
    size: segment.slots.length,
    receivedAtMs,
    received: {
      token: slot.token,
      firstReceivedAtMs: slot.firstReceivedAtMs,
      receiveCount: slot.receiveCount,
    },
    hasChunks: segment.contents.kind === "chunks",
    ...(ownChunks !== undefined && ownChunks.count <= ownChunksMax && { ownChunks }),
  });
}

/**
 * The contents of what was taken, each segment's read once. Messages without contents are dropped:
 * no receive could ever return them.
 */
async function readAll(
  context: EngineContext,
  queue: Queue,
  taken: readonly Taken[],
): Promise<ReadonlyMap<Taken, MessageContent>> {
  const found = new Map<Taken, MessageContent>();
  const lost: Taken[] = [];
  const unread: Taken[] = [];
  for (const message of taken) {
    if (message.content === undefined) unread.push(message);
    else found.set(message, message.content);
  }
  if (unread.length === 0) return found;
  const groups = bySegment(unread);
  const nowMs = context.clock.nowMs();
  const all = await Promise.all(
    groups.map(({ segment, messages }) => {
      const [first] = messages;
      if (first?.reading !== undefined) return first.reading;
      const indexes = messages.map(({ index }) => index);
      const isLast = !leavesAny(segment, indexes, nowMs);
      return context.contents.read(segment, { account: queue.account, isLast });
    }),
  );
  for (const [place, { segment, messages }] of groups.entries()) {
    for (const message of messages) {
      const content = all[place]?.[segment.moved?.index ?? message.index];
      if (content === undefined) lost.push(message);
      else found.set(message, content);
    }
  }
  if (lost.length > 0) await drop(context, queue, lost);
  return found;
}

async function drop(context: EngineContext, queue: Queue, lost: readonly Taken[]): Promise<void> {
  context.report({ event: "message.contentsMissing", queue: queue.name, count: lost.length });
  await editSlots(
    context.table,
    editsOf(lost, () => gone),
  );
}
