import { invalidParameterValue } from "#contract/errors.ts";
import type { Input } from "#contract/operations.ts";
import { contentDeduplicationId, md5OfAttributes, md5OfText, md5OfTraceHeader } from "./digests.ts";
import type { Caller } from "./engine.ts";
import {
  checkDeduplicationId,
  checkGroupId,
  deduplicationIdMissing,
  deduplicationIdNotValidHere,
  deduplicationIdNotValidInEntry,
  groupIdMissing,
  groupIdMissingInBatch,
} from "./idParameters.ts";
import { attributesBytes, checkMessageAttributes } from "./messageAttributes.ts";
import { checkBody, utf8Bytes } from "./messageBody.ts";
import { checkDelaySeconds, delayNotValidHere } from "./parameters.ts";
import type { Queue } from "./queue.ts";
import type { Draft } from "./sendMessages.ts";
import { checkMessageSystemAttributes } from "./systemAttributes.ts";

/** What SendMessage and an entry of SendMessageBatch have in common. */
export type OutgoingMessage = Omit<Input<"SendMessage">, "QueueUrl">;

/** A message that was checked, with what its sender will be told of it. */
export interface CheckedMessage {
  readonly draft: Draft;
  /** FIFO only: what puts it in its place. */
  readonly fifo?: FifoPlace;
  readonly digests: {
    readonly MD5OfMessageBody: string;
    readonly MD5OfMessageAttributes?: string;
    readonly MD5OfMessageSystemAttributes?: string;
  };
}

export interface FifoPlace {
  readonly groupId: string;
  /** Given, or the hash of the body. */
  readonly deduplicationId: string;
  readonly isContentBased: boolean;
}

/** How the entry of a batch is told of its mistakes; they have other words there (spec 6.3). */
export interface EntryPosition {
  /** From 1. */
  readonly position: number;
}

/** Checks a message in the order of spec section 6.2, rows 2 to 12. */
export function checkMessage(
  queue: Queue,
  caller: Caller,
  message: OutgoingMessage,
  entry?: EntryPosition,
): CheckedMessage {
  const body = requireBody(message, entry);
  const groupId = message.MessageGroupId;
  const place = checkPlace(queue, message, body, entry);
  const delaySeconds = checkDelay(queue, message);
  const attributes = checkMessageAttributes(message.MessageAttributes);
  const sentTrace = checkMessageSystemAttributes(message.MessageSystemAttributes);
  const traceHeader = sentTrace ?? caller.traceHeader;
  checkBody(body);
  const bytes = checkSize(queue, utf8Bytes(body) + attributesBytes(attributes), entry);
  const bodyDigest = md5OfText(body);
  return {
    draft: {
      content: {
        body,
        bodyDigest,
        attributes,
        senderId: caller.senderId,
        ...(traceHeader !== undefined && { traceHeader }),
        ...(groupId !== undefined && { groupId }),
      },
      delayMs: delaySeconds * 1000,
      bytes,
    },
    ...(place !== undefined && { fifo: place }),
    digests: {
      MD5OfMessageBody: bodyDigest,
      ...(attributes.size > 0 && { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
      ...(sentTrace !== undefined && { MD5OfMessageSystemAttributes: md5OfTraceHeader(sentTrace) }),
    },
  };
}

/** Rows 3 to 7: which ids the type of queue asks for, and which it refuses. */
function checkPlace(
  { settings: { fifo } }: Queue,
  { MessageGroupId: groupId, MessageDeduplicationId: given }: OutgoingMessage,
  body: string,
  entry?: EntryPosition,
): FifoPlace | undefined {
  if (fifo !== undefined && groupId === undefined) throw groupIdMissing();
  if (groupId !== undefined) checkGroupId(groupId);
  if (fifo === undefined || groupId === undefined) {
    if (given === undefined) return undefined;
    throw entry === undefined
      ? deduplicationIdNotValidHere(given)
      : deduplicationIdNotValidInEntry();
  }
  if (given !== undefined) checkDeduplicationId(given);
  if (given === undefined && !fifo.contentBasedDeduplication) throw deduplicationIdMissing();
  const isContentBased = given === undefined;
  return { groupId, deduplicationId: given ?? contentDeduplicationId(body), isContentBased };
}

/** Rows 8 and 9. A FIFO queue's own delay holds for every message (spec section 7.5). */
function checkDelay({ settings }: Queue, { DelaySeconds: given }: OutgoingMessage): number {
  const delaySeconds = checkDelaySeconds(given) ?? settings.delaySeconds;
  if (settings.fifo !== undefined && given !== undefined && given > 0) {
    throw delayNotValidHere(given);
  }
  return delaySeconds;
}

/**
 * What fails a batch for a FIFO queue as a whole, and with other codes than in SendMessage: an entry
 * without a group or without an id to deduplicate by (spec section 6.3, rules 8 and 9).
 */
export function checkFifoEntries(queue: Queue, entries: readonly OutgoingMessage[]): void {
  const { fifo } = queue.settings;
  if (fifo === undefined) return;
  if (entries.some(({ MessageGroupId }) => MessageGroupId === undefined)) {
    throw groupIdMissingInBatch();
  }
  const needsId = !fifo.contentBasedDeduplication;
  if (
    needsId &&
    entries.some(({ MessageDeduplicationId }) => MessageDeduplicationId === undefined)
  ) {
    throw deduplicationIdMissing();
  }
}

/** Presence comes early, the characters late (rows 2 and 11). */
function requireBody({ MessageBody: body }: OutgoingMessage, entry?: EntryPosition): string {
  if (body !== undefined && body !== "") return body;
  const parameter =
    entry === undefined
      ? "MessageBody"
      : `SendMessageBatchRequestEntry.${entry.position}.MessageBody`;
  return checkBody(undefined, parameter);
}

function checkSize(queue: Queue, bytes: number, entry?: EntryPosition): number {
  const most = queue.settings.maximumMessageBytes;
  if (bytes <= most) return bytes;
  const start =
    entry === undefined
      ? "One or more parameters are invalid."
      : "One or more parameters cannot be validated.";
  throw invalidParameterValue(`${start} Reason: Message must be shorter than ${most} bytes.`);
}

/** The size of an entry for the bound on a whole batch, before anything else is known of it. */
export function roughBytes(message: OutgoingMessage): number {
  let bytes = utf8Bytes(message.MessageBody ?? "");
  for (const [name, value] of message.MessageAttributes ?? []) {
    bytes += utf8Bytes(name) + utf8Bytes(value.DataType ?? "") + utf8Bytes(value.StringValue ?? "");
    bytes += value.BinaryValue?.length ?? 0;
  }
  return bytes;
}
