import { contentDeduplicationId } from "../digests.ts";
import type { EngineContext } from "../engineContext.ts";
import type { MessageContent } from "../messageContent.ts";
import type { Queue } from "../queue.ts";
import { writeReceiptHandle } from "../receiptHandle.ts";
import { receivedMessage } from "../receivedMessage.ts";
import type { Received, ReceiveOptions } from "../receiveOptions.ts";
import { readContents } from "../segmentContents.ts";
import { slotAttribute, writeSlot } from "../slot.ts";
import { entryAttributeNames, groupsPartition, readGroup } from "./group.ts";
import { entryIs } from "./groupGuards.ts";
import { attemptNotRetryable, findAttempt, storeAttempt } from "./receiveAttempts.ts";
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
    attemptId === undefined ? undefined : await repeat(context, queue, options, attemptId);
  if (repeated !== undefined) return await deliver(context, queue, options, repeated, Infinity);
  const { taken, nextVisibleMs } = await takeFromGroups(context, queue, options);
  if (options.signal.aborted) {
    await giveBackToGroups(context, queue, taken);
    return { messages: [], nextVisibleMs };
  }
  const receivedAtMs = context.clock.nowMs();
  const outgoing = taken.map((each) => ({
    taken: each,
    receiptHandle: handleOf(queue, each, receivedAtMs),
  }));
  if (attemptId !== undefined && outgoing.length > 0) {
    await storeAttempt(context, queue, attemptId, attemptOf(outgoing, receivedAtMs));
  }
  return await deliver(context, queue, options, outgoing, nextVisibleMs);
}

async function deliver(
  context: EngineContext,
  queue: Queue,
  { selection }: ReceiveOptions,
  outgoing: readonly Outgoing[],
  nextVisibleMs: number,
): Promise<Received> {
  const read = ({ taken }: Outgoing) =>
    readContents(context.table, taken.entry.contents, queue.account);
  const contents = await Promise.all(outgoing.map(read));
  const messages = outgoing.flatMap(({ taken, receiptHandle }, index) => {
    const content = contents[index]?.[0];
    if (content === undefined) return [];
    const { facts } = taken.entry;
    const delivery = {
      messageId: facts.messageId,
      receiptHandle,
      content,
      slot: taken.slot,
      sentAtMs: facts.sentAtMs,
      sourceArn: facts.sourceArn,
      sequenceNumber: sequenceText(facts.sequence),
      deduplicationId: deduplicationIdOf(taken, content),
    };
    return [receivedMessage(delivery, selection)];
  });
  const lost = outgoing.filter((_, index) => contents[index] === undefined);
  for (const { taken } of lost) await drop(context, queue, taken);
  return { messages, nextVisibleMs };
}

function deduplicationIdOf({ entry }: FifoTaken, { body }: MessageContent): string {
  return entry.facts.deduplicationId ?? contentDeduplicationId(body);
}

/** A message whose contents have expired: no receive could ever return it. */
async function drop(context: EngineContext, queue: Queue, { group, entry, slot }: FifoTaken) {
  context.report({ event: "message.contentsMissing", queue: queue.name, count: 1 });
  const remove = entryAttributeNames(entry.number);
  const when = [entryIs({ ...entry, slot })];
  await context.table.write({ kind: "patch", key: group.key, set: {}, remove, when });
  context.groups.noteChange(queue, group.key);
}

function handleOf(queue: Queue, { group, entry, slot }: FifoTaken, receivedAtMs: number): string {
  return writeReceiptHandle({
    queueId: queue.id,
    epoch: queue.epoch,
    lane: 0,
    sk: group.key.sk,
    slot: entry.number,
    size: group.entries.length,
    receivedAtMs,
    received: {
      token: slot.token,
      firstReceivedAtMs: slot.firstReceivedAtMs,
      receiveCount: slot.receiveCount,
    },
    hasChunks: entry.contents.kind === "chunks",
    ...(group.pages === undefined && { groupSequence: group.lastSequence }),
  });
}

function attemptOf(outgoing: readonly Outgoing[], atMs: number) {
  const messages = outgoing.map(({ taken: { group, entry, slot }, receiptHandle }) => ({
    sk: group.key.sk,
    number: entry.number,
    token: slot.token,
    visibleAtMs: slot.visibleAtMs,
    receiptHandle,
  }));
  return { atMs, messages };
}

/**
 * The messages of an earlier receive with the same attempt id, invisible anew for as long as this
 * receive asks, under the same handles. Nothing if there was no such receive; refused if any of them
 * is not as that receive left it.
 */
async function repeat(
  context: EngineContext,
  queue: Queue,
  options: ReceiveOptions,
  attemptId: string,
): Promise<readonly Outgoing[] | undefined> {
  const { table, clock } = context;
  const attempt = await findAttempt(context, queue, attemptId);
  if (attempt === undefined) return undefined;
  const visibleAtMs = clock.nowMs() + options.visibilityTimeoutMs;
  const outgoing: Outgoing[] = [];
  for (const [sk, messages] of Map.groupBy(attempt.messages, (message) => message.sk)) {
    const key = { pk: groupsPartition(queue), sk };
    const item = await table.get(key);
    const group = item === undefined ? undefined : readGroup(item);
    const members = messages.map((message) => {
      const entry = group?.entries.find(({ number }) => number === message.number);
      const slot = entry?.slot;
      const isAsLeft =
        slot?.kind === "received" &&
        slot.token === message.token &&
        slot.visibleAtMs === message.visibleAtMs;
      if (group === undefined || entry === undefined || !isAsLeft) {
        throw attemptNotRetryable(attemptId);
      }
      const taken = { group, entry, before: slot, slot: { ...slot, visibleAtMs } };
      return { taken, receiptHandle: message.receiptHandle };
    });
    const set = Object.fromEntries(
      members.map(({ taken: { entry, slot } }) => [
        slotAttribute(entry.number),
        writeSlot(slot) ?? "",
      ]),
    );
    const when = members.map(({ taken }) => entryIs(taken.entry));
    const { outcome } = await table.write({ kind: "patch", key, set, when });
    if (outcome === "conditionFailed") throw attemptNotRetryable(attemptId);
    outgoing.push(...members);
  }
  await storeAttempt(context, queue, attemptId, attemptOf(outgoing, attempt.atMs));
  return outgoing;
}
