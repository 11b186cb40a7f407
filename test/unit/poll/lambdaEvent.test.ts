import { describe, expect, it } from "vitest";
import { eventBytesMax, eventOf, type Message, messageOf, partsOf } from "#poll/lambdaEvent.ts";

const facts = {
  arn: "arn:aws:sqs:eu-west-1:111122223333:orders",
  region: "eu-west-1",
  isFifo: false,
  visibilityTimeoutSeconds: 30,
};

const received = {
  MessageId: "059f36b4-87a3-44ab-83d2-661975830a7d",
  ReceiptHandle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
  Body: "a \u2028 body",
  MD5OfBody: "e4e68fb7bd0e697a0ae8f1bb342846b3",
  MD5OfMessageAttributes: "0408bb33a6f4fe1d4b6f4d8d8b1a1a0f",
  Attributes: new Map([
    ["ApproximateReceiveCount", "1"],
    ["SentTimestamp", "1545082649183"],
    ["SenderId", "AIDAIENQZJOLO23YVJ4VO"],
    ["ApproximateFirstReceiveTimestamp", "1545082649185"],
    ["MessageGroupId", "g"],
  ]),
  MessageAttributes: new Map([
    ["colour", { DataType: "String", StringValue: "red" }],
    ["weight", { DataType: "Number.kg", StringValue: "12.5" }],
    ["picture", { DataType: "Binary", BinaryValue: new Uint8Array([1, 2, 255]) }],
    ["__proto__", { DataType: "String", StringValue: "odd" }],
  ]),
};

describe("an event", () => {
  it("is the one that Lambda builds of an SQS message, member for member", () => {
    const event = eventOf([messageOf(received, facts)]);

    const listed = { stringListValues: [], binaryListValues: [] };
    expect(JSON.parse(event)).toEqual({
      Records: [
        {
          messageId: received.MessageId,
          receiptHandle: received.ReceiptHandle,
          body: received.Body,
          attributes: {
            ApproximateReceiveCount: "1",
            SentTimestamp: "1545082649183",
            SenderId: "AIDAIENQZJOLO23YVJ4VO",
            ApproximateFirstReceiveTimestamp: "1545082649185",
            MessageGroupId: "g",
          },
          messageAttributes: Object.fromEntries([
            ["colour", { stringValue: "red", ...listed, dataType: "String" }],
            ["weight", { stringValue: "12.5", ...listed, dataType: "Number.kg" }],
            ["picture", { binaryValue: "AQL/", ...listed, dataType: "Binary" }],
            ["__proto__", { stringValue: "odd", ...listed, dataType: "String" }],
          ]),
          md5OfMessageAttributes: received.MD5OfMessageAttributes,
          md5OfBody: received.MD5OfBody,
          eventSource: "aws:sqs",
          eventSourceARN: "arn:aws:sqs:eu-west-1:111122223333:orders",
          awsRegion: "eu-west-1",
        },
      ],
    });
  });

  it("shows a message without attributes with none", () => {
    const { MessageAttributes: _, MD5OfMessageAttributes: __, ...bare } = received;

    const [record] = JSON.parse(eventOf([messageOf(bare, facts)])).Records;

    expect(record.messageAttributes).toEqual({});
    expect(record).not.toHaveProperty("md5OfMessageAttributes");
  });

  it("puts a message in the order of its group in a FIFO queue only", () => {
    expect(messageOf(received, facts).groupId).toBeUndefined();
    expect(messageOf(received, { ...facts, isFifo: true }).groupId).toBe("g");
  });
});

describe("partsOf", () => {
  const aMessageOf = (recordBytes: number): Message => {
    const record = "x".repeat(recordBytes);
    return { messageId: "", receiptHandle: "", groupId: undefined, record, recordBytes };
  };
  const frame = '{"Records":[]}'.length;

  it("fills each event to the last byte", () => {
    const half = (eventBytesMax - frame - 1) / 2;
    const fits = [aMessageOf(Math.floor(half)), aMessageOf(Math.floor(half))];

    expect(partsOf(fits)).toEqual([fits]);
    expect(Buffer.byteLength(eventOf(fits))).toBeLessThanOrEqual(eventBytesMax);
    expect(partsOf([...fits, aMessageOf(10)])).toHaveLength(2);
  });

  it("leaves a message alone that fits no event", () => {
    const sizes = [10, eventBytesMax + 1, 10];

    const parts = partsOf(sizes.map(aMessageOf));

    expect(parts.map((part) => part.map(({ recordBytes }) => recordBytes))).toEqual([
      [10],
      [eventBytesMax + 1],
      [10],
    ]);
  });
});
