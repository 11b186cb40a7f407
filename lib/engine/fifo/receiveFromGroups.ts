import { areAtHand } from "../atHand.ts";
import { contentDeduplicationId } from "../digests.ts";
import type { EngineContext } from "../engineContext.ts";
import type { MessageContent } from "../messageContent.ts";
import type { Queue } from "../queue.ts";
import { writeReceiptHandle } from "../receiptHandle.ts";
import { type Delivery, receivedMessage, type Selection } from "../receivedMessage.ts";
import type { Received, ReceiveOptions } from "../receiveOptions.ts";
import { readContents } from "../segmentContents.ts";
import { entryAttributeNames, messageIdOfEntry } from "./entry.ts";
import { groupIdOf } from "./group.ts";
import { entryIs } from "./groupGuards.ts";
import { type AttemptedMessage, storeAttempt } from "./receiveAttempts.ts";
import { repeatReceive } from "./repeatReceive.ts";
import { sequenceText } from "./sequence.ts";
import { type FifoTaken, giveBackToGroups, takeFromGroups } from "./takeFromGroups.ts";

/** A message on its way out, with the handle that its receiver will use. */
interface Outgoing {
  readonly taken: FifoTaken;
  readonly receiptHandle: string;
}

/** One look for messages of a FIFO queue, without waiting; or an earlier answer once more. */
export async function receiveFromGroups(
  context: EngineContext,
  queue: Queue,
  options: ReceiveOptions,
): Promise<Received> {
  const { attemptId } = options;
  const repeated =
    attemptId === undefined ? undefined : await repeatReceive(context, queue, options, attemptId);
  const { outgoing, nextVisibleMs } = repeated
    ? { outgoing: repeated.messages, nextVisibleMs: Infinity }
    : await take(context, queue, options);
  if (attemptId !== undefined && outgoing.length > 0) {
    const atMs = repeated?.atMs ?? context.clock.nowMs();
    await storeAttempt(context, queue, attemptId, { atMs, messages: outgoing.map(attempted) });
  }
  const giveBack = () =>
    giveBackToGroups(
      context,
      queue,
      outgoing.map(({ taken }) => taken),
    );
  // Whoever names an attempt may ask for its messages again.
  const isForOnce = attemptId === undefined;
  const contents = await readAll(context, queue, outgoing).catch(async (error: unknown) => {
    // Should this fail as well, they come back when their visibility timeout ends.
    if (isForOnce) await giveBack().catch(() => undefined);
    throw error;
  });
  if (options.signal.aborted && isForOnce) {
    await giveBack();
    return { messages: [], nextVisibleMs };
  }
  const lost = outgoing.filter((each) => !contents.has(each));
  for (const { taken } of lost) await drop(context, queue, taken);
  const messages = [...contents].map(([{ taken, receiptHandle }, content]) =>
    receivedMessage(
      deliveryOf(taken, receiptHandle, content, options.selection),
      options.selection,
    ),
  );
  // What was behind those that are lost may be received now.
  return { messages, nextVisibleMs: lost.length > 0 ? context.clock.nowMs() : nextVisibleMs };
}

interface Take {
  readonly outgoing: readonly Outgoing[];
  readonly nextVisibleMs: number;
}

async function take(context: EngineContext, queue: Queue, options: ReceiveOptions): Promise<Take> {
  const { taken, nextVisibleMs } = await takeFromGroups(context, queue, options);
  const receivedAtMs = context.clock.nowMs();
  const outgoing = taken.map((each) => ({
    taken: each,
    receiptHandle: handleOf(queue, each, receivedAtMs),
  }));
  return { outgoing, nextVisibleMs };
}

function attempted({ taken: { group, entry, slot }, receiptHandle }: Outgoing): AttemptedMessage {
  const { token, visibleAtMs } = slot;
  return { sk: group.key.sk, number: entry.number, token, visibleAtMs, receiptHandle };
}

/** The contents of all whose contents are still there, in order. */
async function readAll(
  { table, groups }: EngineContext,
  queue: Queue,
  outgoing: readonly Outgoing[],
): Promise<ReadonlyMap<Outgoing, MessageContent>> {
  const found = new Map<Outgoing, MessageContent>();
  const reads = outgoing.map(({ taken: { entry } }) => {
    const sent = groups.sentContents.take(entry.facts.idDigits);
    return sent === undefined ? readContents(table, entry.contents, queue.account) : [sent];
  });
  const all = areAtHand(reads) ? reads : await Promise.all(reads);
  for (const [index, each] of outgoing.entries()) {
    const content = all[index]?.[0];
    if (content !== undefined) found.set(each, content);
  }
  return found;
}

function deliveryOf(
  { group, entry, slot }: FifoTaken,
  receiptHandle: string,
  found: MessageContent,
  { systemAttributes }: Selection,
): Delivery {
  const { facts } = entry;
  // Who sends to a FIFO queue names a group, and its key says which.
  const content = { ...found, groupId: groupIdOf(group.key) };
  return {
    messageId: messageIdOfEntry(facts),
    receiptHandle,
    content,
    slot,
    sentAtMs: facts.sentAtMs,
    sourceArn: facts.moved?.sourceArn,
    ...(systemAttributes.has("SequenceNumber") && { sequenceNumber: sequenceText(facts.sequence) }),
    ...(systemAttributes.has("MessageDeduplicationId") && {
      deduplicationId: facts.deduplicationId ?? contentDeduplicationId(content.body),
    }),
  };
}

/** A message whose contents have expired: no receive could ever return it. */
async function drop(context: EngineContext, queue: Queue, { group, entry, slot }: FifoTaken) {
  context.report({ event: "message.contentsMissing", queue: queue.name, count: 1 });
  const remove = entryAttributeNames(entry.number);
  const when = entryIs({ ...entry, slot });
  await context.table.write({ kind: "patch", key: group.key, set: {}, remove, when });
  context.groups.memory.forget(group.key);
  context.groups.ringOf(queue).noteReleased(group.key.sk, 1);
}

function handleOf(queue: Queue, { group, entry, slot }: FifoTaken, receivedAtMs: number): string {
  return writeReceiptHandle({
    queueId: queue.id,
    epoch: queue.epoch,
    lane: 0,
    sk: group.key.sk,
    slot: entry.number,
    // One more where pages follow, so that no batch of handles can seem to be all of the group.
    size: group.entryCount + (group.firstPage === undefined ? 0 : 1),
    receivedAtMs,
    received: {
      token: slot.token,
      firstReceivedAtMs: slot.firstReceivedAtMs,
      receiveCount: slot.receiveCount,
    },
    hasChunks: entry.contents.kind === "chunks",
    groupSequence: group.lastSequence,
  });
}
