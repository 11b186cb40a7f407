import type { MessageAttributeValue, Output } from "#contract/operations.ts";
import type { QueueFacts } from "./queue.ts";

type WireMessage = NonNullable<Output<"ReceiveMessage">["Messages"]>[number];

/** A received message on its way to a worker. */
export interface Message {
  readonly messageId: string;
  readonly receiptHandle: string;
  /** Of a FIFO queue only: what stands in order. */
  readonly groupId: string | undefined;
  /** What the worker sees of it, as JSON, and how long that is. */
  readonly record: string;
  readonly recordBytes: number;
}

/** A Lambda function can be sent so much at once. */
export const eventBytesMax = 6 * 1024 * 1024;

const [opening, closing] = ['{"Records":[', "]}"];

/**
 * A received message as an SQS event of Lambda shows it: members, order and spelling are AWS's
 * (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
 */
export function messageOf(received: WireMessage, facts: QueueFacts): Message {
  const { MessageId = "", ReceiptHandle = "", Attributes = new Map<string, string>() } = received;
  const record = JSON.stringify({
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: received.Body ?? "",
    attributes: Object.fromEntries(Attributes),
    messageAttributes: attributesOf(received.MessageAttributes),
    md5OfMessageAttributes: received.MD5OfMessageAttributes,
    md5OfBody: received.MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: facts.arn,
    awsRegion: facts.region,
  });
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    groupId: facts.isFifo ? Attributes.get("MessageGroupId") : undefined,
    record,
    recordBytes: Buffer.byteLength(record),
  };
}

/** The lists have been reserved for later from the first day on, and are always there, empty. */
function attributesOf(attributes: WireMessage["MessageAttributes"] = new Map()) {
  return Object.fromEntries(
    Array.from(attributes, ([name, value]: [string, MessageAttributeValue]) => [
      name,
      {
        stringValue: value.StringValue,
        binaryValue: value.BinaryValue && Buffer.from(value.BinaryValue).toString("base64"),
        stringListValues: [],
        binaryListValues: [],
        dataType: value.DataType,
      },
    ]),
  );
}

/** The event that hands messages over, as JSON. */
export function eventOf(messages: readonly Message[]): string {
  return `${opening}${messages.map(({ record }) => record).join(",")}${closing}`;
}

/** Parts that fit into one invocation each, in order. A message that fits none is alone. */
export function partsOf(messages: readonly Message[]): readonly (readonly Message[])[] {
  const parts: Message[][] = [];
  let bytes = Infinity;
  for (const message of messages) {
    const withComma = message.recordBytes + 1;
    if (bytes + withComma > eventBytesMax) {
      parts.push([]);
      bytes = opening.length + closing.length;
    }
    parts.at(-1)?.push(message);
    bytes += withComma;
  }
  return parts;
}
