import type { EngineContext } from "./engineContext.ts";
import { isOverInFlightLimit, overInFlightLimit } from "./inFlightLimit.ts";
import type { MessageContent } from "./messageContent.ts";
import type { Queue } from "./queue.ts";
import { writeReceiptHandle } from "./receiptHandle.ts";
import { receivedMessage } from "./receivedMessage.ts";
import type { Received, ReceiveOptions } from "./receiveOptions.ts";
import { messageIdAt, type Segment, sentAtMs } from "./segment.ts";
import { readContents } from "./segmentContents.ts";
import { gone } from "./slot.ts";
import { editSlots } from "./slotEdits.ts";
import { giveBack, type Taken, takeMessages } from "./takeMessages.ts";

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
  const { taken, nextVisibleMs } = await takeMessages(context, queue, options);
  const contents = await readAll(context, queue, taken);
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
  return { messages, nextVisibleMs };
}

function handleOf(queue: Queue, { segment, lane, index, slot }: Taken, receivedAtMs: number) {
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
  const bySegment = [...Map.groupBy(taken, ({ segment }) => segment)];
  const read = ([segment]: readonly [Segment, unknown]) =>
    readContents(context.table, segment.contents, queue.account);
  const all = await Promise.all(bySegment.map(read));
  for (const [place, [segment, messages]] of bySegment.entries()) {
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
  const bySegment = Map.groupBy(lost, ({ segment }) => segment);
  await editSlots(
    context.table,
    [...bySegment].map(([segment, messages]) => ({
      key: segment.key,
      size: segment.slots.length,
      edits: messages.map(({ index, slot }) => ({
        slot: index,
        expected: { kind: "exactly", slot },
        become: gone,
        otherwise: () => undefined,
      })),
    })),
  );
}
