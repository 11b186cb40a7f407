import type { Output } from "#contract/operations.ts";
import { md5OfAttributes, md5OfText } from "./digests.ts";
import { selectAttributes, toWire } from "./messageAttributes.ts";
import type { MessageContent } from "./messageContent.ts";
import type { Queue } from "./queue.ts";
import { writeReceiptHandle } from "./receiptHandle.ts";
import { messageIdAt, sentAtMs } from "./segment.ts";
import type { Taken } from "./takeMessages.ts";

type WireMessage = NonNullable<Output<"ReceiveMessage">["Messages"]>[number];

/** Which attributes a receive asked for. */
export interface Selection {
  readonly systemAttributes: ReadonlySet<string>;
  readonly messageAttributeNames: readonly string[] | undefined;
}

/** A message as ReceiveMessage returns it (spec section 6.4). */
export function receivedMessage(
  queue: Queue,
  taken: Taken,
  content: MessageContent,
  selection: Selection & { readonly receivedAtMs: number },
): WireMessage {
  const attributes = selectAttributes(selection.messageAttributeNames, content.attributes);
  const system = systemAttributesOf(taken, content, selection.systemAttributes);
  return {
    MessageId: messageIdAt(taken.segment, taken.index),
    ReceiptHandle: handleOf(queue, taken, selection.receivedAtMs),
    MD5OfBody: md5OfText(content.body),
    Body: content.body,
    ...(system.size > 0 && { Attributes: system }),
    ...(attributes.size > 0 && {
      MD5OfMessageAttributes: md5OfAttributes(attributes),
      MessageAttributes: toWire(attributes),
    }),
  };
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

/** Spec section 4.5: those that apply, of those that were asked for. */
function systemAttributesOf(
  { segment, slot }: Taken,
  content: MessageContent,
  names: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined && names.has(name)) chosen.set(name, String(value));
  };
  if (names.size === 0) return chosen;
  add("SenderId", content.senderId);
  add("SentTimestamp", sentAtMs(segment));
  add("ApproximateReceiveCount", slot.receiveCount);
  add("ApproximateFirstReceiveTimestamp", slot.firstReceivedAtMs);
  add("MessageGroupId", content.groupId);
  add("AWSTraceHeader", content.traceHeader);
  add("DeadLetterQueueSourceArn", segment.moved?.sourceArn);
  return chosen;
}
