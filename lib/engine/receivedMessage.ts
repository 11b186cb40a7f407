import type { Output } from "#contract/operations.ts";
import { md5OfAttributes, md5OfText } from "./digests.ts";
import { selectAttributes, toWire } from "./messageAttributes.ts";
import type { MessageContent } from "./messageContent.ts";
import type { ReceivedSlot } from "./slot.ts";

export type WireMessage = NonNullable<Output<"ReceiveMessage">["Messages"]>[number];

/** Which attributes a receive asked for. */
export interface Selection {
  readonly systemAttributes: ReadonlySet<string>;
  readonly messageAttributeNames: readonly string[] | undefined;
}

/** A message that a receive holds, whichever type of queue it is from. */
export interface Delivery {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly content: MessageContent;
  readonly slot: ReceivedSlot;
  readonly sentAtMs: number;
  readonly sourceArn: string | undefined;
  /** FIFO only: what the message has besides. */
  readonly sequenceNumber?: string;
  readonly deduplicationId?: string;
}

/** A message as ReceiveMessage returns it (spec section 6.4). */
export function receivedMessage(delivery: Delivery, selection: Selection): WireMessage {
  const { content } = delivery;
  const attributes = selectAttributes(selection.messageAttributeNames, content.attributes);
  const system = systemAttributesOf(delivery, selection.systemAttributes);
  return {
    MessageId: delivery.messageId,
    ReceiptHandle: delivery.receiptHandle,
    MD5OfBody: content.bodyDigest ?? md5OfText(content.body),
    Body: content.body,
    ...(system.size > 0 && { Attributes: system }),
    ...(attributes.size > 0 && {
      MD5OfMessageAttributes: md5OfAttributes(attributes),
      MessageAttributes: toWire(attributes),
    }),
  };
}

/** Spec section 4.5: those that apply, of those that were asked for. */
function systemAttributesOf(
  { content, slot, ...delivery }: Delivery,
  names: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined && names.has(name)) chosen.set(name, String(value));
  };
  if (names.size === 0) return chosen;
  add("SenderId", content.senderId);
  add("SentTimestamp", delivery.sentAtMs);
  add("ApproximateReceiveCount", slot.receiveCount);
  add("ApproximateFirstReceiveTimestamp", slot.firstReceivedAtMs);
  add("SequenceNumber", delivery.sequenceNumber);
  add("MessageDeduplicationId", delivery.deduplicationId);
  add("MessageGroupId", content.groupId);
  add("AWSTraceHeader", content.traceHeader);
  add("DeadLetterQueueSourceArn", delivery.sourceArn);
  return chosen;
}
