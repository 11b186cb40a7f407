import { describe, expect } from "vitest";
import { missing, noSuchQueue, type Refusal, refused } from "./refusal.ts";
import { itRefuses, type RefusalRow } from "./refusalRows.ts";
import type { Sqs, SqsTest } from "./sqsTest.ts";
import { bodiesOf, noMessages, type TestQueue } from "./testQueue.ts";

const mebibyte = 1_048_576;

const badId = refused(
  "InvalidBatchEntryId",
  "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
);
const tooMany = (count: number) =>
  refused(
    "TooManyEntriesInBatchRequest",
    `Maximum number of entries per request are 10. You have sent ${count}.`,
  );
const repeated = (id: string) => refused("BatchEntryIdsNotDistinct", `Id ${id} repeated.`);
const empty = (kind: string) =>
  refused("EmptyBatchRequest", `There should be at least one ${kind} in the request.`);

/** Ids in a call of one of the three actions; `undefined` leaves the entries out. */
type CallWithIds = (
  sqs: Sqs,
  url: string,
  ids: readonly (string | undefined)[] | undefined,
) => Promise<unknown>;

const send: CallWithIds = ({ client }, QueueUrl, ids) =>
  client.sendMessageBatch({
    QueueUrl,
    Entries: ids?.map((Id) => ({ Id, MessageBody: "x".repeat(400_000) })),
  });
const remove: CallWithIds = ({ client }, QueueUrl, ids) =>
  client.deleteMessageBatch({
    QueueUrl,
    Entries: ids?.map((Id) => ({ Id, ReceiptHandle: "garbage" })),
  });
const change: CallWithIds = ({ client }, QueueUrl, ids) =>
  client.changeMessageVisibilityBatch({
    QueueUrl,
    Entries: ids?.map((Id) => ({ Id, ReceiptHandle: "garbage", VisibilityTimeout: -1 })),
  });

const eleven = Array.from({ length: 11 }, () => "?");

/** In the order of spec section 6.3; each row breaks the rules after its own as well. */
function wholeRequest(call: CallWithIds, kind: string): readonly RefusalRow[] {
  const withIds =
    (ids: readonly (string | undefined)[] | undefined) => (queue: TestQueue, sqs: Sqs) =>
      call(sqs, queue.url, ids);
  return [
    {
      rule: "no queue",
      mark: "V",
      call: (queue, sqs) => call(sqs, `${queue.url}-not`, []),
      refusal: noSuchQueue,
    },
    {
      rule: "no list, which in the Query protocol looks like an empty one",
      mark: "unconfirmed",
      call: withIds(undefined),
      refusal: (_queue, { protocol }) => (protocol === "JSON" ? missing("Entries") : empty(kind)),
    },
    { rule: "an empty list", mark: "V", call: withIds([]), refusal: empty(kind) },
    { rule: "eleven entries", mark: "V", call: withIds(eleven), refusal: tooMany(11) },
    { rule: "an empty id", mark: "V", call: withIds(["a", "a", ""]), refusal: badId },
    { rule: "no id", mark: "unconfirmed", call: withIds(["a", "a", undefined]), refusal: badId },
    { rule: "an id with a full stop", mark: "V", call: withIds(["a", "a", "b.c"]), refusal: badId },
    { rule: "an id beyond ASCII", mark: "V", call: withIds(["a", "a", "é"]), refusal: badId },
    { rule: "an id of 81", mark: "V", call: withIds(["a", "a", "i".repeat(81)]), refusal: badId },
    {
      rule: "repeated ids, by the first that is met again",
      mark: "V",
      call: withIds(["id_1", "id_2", "id_2", "id_1"]),
      refusal: repeated("id_2"),
    },
  ];
}

const tooLong = (sum: number): Refusal =>
  refused(
    "BatchRequestTooLong",
    `Batch requests cannot be longer than ${mebibyte} bytes. You have sent ${sum} bytes.`,
  );

const failed = (Id: string, Code: string, Message: string) => ({
  Id,
  Code,
  Message,
  SenderFault: true,
});

/** Spec sections 6.3 and 4.2. */
export function describeBatches(it: SqsTest): void {
  describe("SendMessageBatch as a whole", () => {
    itRefuses(it, wholeRequest(send, "SendMessageBatchRequestEntry"));
    itRefuses(
      it,
      [
        {
          rule: "over 1 MiB in all, whatever the queue's own maximum",
          mark: "V",
          call: (queue) => queue.sendAll("x".repeat(mebibyte - 9), "x".repeat(10)),
          refusal: tooLong(mebibyte + 1),
        },
        {
          rule: "over 1 MiB in all together with its attributes",
          mark: "V",
          call: (queue) =>
            queue.sendBatch([
              { Id: "a", MessageBody: "x".repeat(mebibyte - 10) },
              {
                Id: "b",
                MessageBody: "x",
                MessageAttributes: {
                  k: { DataType: "Binary", BinaryValue: Uint8Array.of(1, 2, 3) },
                },
              },
            ]),
          refusal: tooLong(mebibyte + 1),
        },
      ],
      { MaximumMessageSize: "1024" },
    );

    it("stores nothing when it is refused", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      await queue
        .sendBatch([
          { Id: "a", MessageBody: "one" },
          { Id: "a", MessageBody: "two" },
        ])
        .catch(() => undefined);

      expect(await queue.receiveAll()).toEqual([]);
    });
  });

  describe("DeleteMessageBatch as a whole", () => {
    itRefuses(it, wholeRequest(remove, "DeleteMessageBatchRequestEntry"));
  });

  describe("ChangeMessageVisibilityBatch as a whole", () => {
    itRefuses(it, wholeRequest(change, "ChangeMessageVisibilityBatch"));
  });

  describe("SendMessageBatch", () => {
    it("answers id, message id and digests of each entry, and no failures", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const { $metadata, ...answer } = await queue.sendBatch([
        { Id: "plain", MessageBody: "hello" },
        {
          Id: "full",
          MessageBody: "Grüße, 世界 😀",
          MessageAttributes: { k: { DataType: "String", StringValue: "x" } },
          MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "x" } },
        },
      ]);

      expect(answer).toEqual({
        Successful: [
          {
            Id: "plain",
            MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            MD5OfMessageBody: "5d41402abc4b2a76b9719d911017c592",
          },
          {
            Id: "full",
            MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            MD5OfMessageBody: "93db5baa80a64ccbd08617f4ebcb96a5",
            MD5OfMessageAttributes: "a45daa70926828a2f0a1db3418e6feb4",
            MD5OfMessageSystemAttributes: "954cb67abf756a1de155f0cbd93b1cd3",
          },
        ],
      });
    });

    it("sends messages that are received under the ids that it answered", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const { Successful = [] } = await queue.sendAll("one", "two", "three");

      const received = await queue.receiveAll();
      expect(received.map(({ MessageId }) => MessageId)).toEqual(
        Successful.map(({ MessageId }) => MessageId),
      );
    });

    it("may be of ten entries, and 1 MiB in all", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const bodies = Array.from({ length: 10 }, (_, place) => `${place}`.repeat(104_857));

      const { Successful } = await queue.sendAll(...bodies);

      expect(Successful).toHaveLength(10);
      expect(bodiesOf(await queue.receiveAll()).toSorted()).toEqual(bodies);
    });

    it("gives each entry a fate of its own, and keeps both lists in order", async ({ sqs }) => {
      const queue = await sqs.createQueue({ MaximumMessageSize: "1024" });

      const { Successful, Failed } = await queue.sendBatch([
        { Id: "first", MessageBody: "one" },
        { Id: "long", MessageBody: "x".repeat(1025) },
        { Id: "illegal", MessageBody: "a\u0007" },
        { Id: "second", MessageBody: "two", MessageGroupId: "g" },
        { Id: "deduplicated", MessageBody: "x", MessageDeduplicationId: "d" },
        { Id: "delayed", MessageBody: "x", DelaySeconds: 901 },
        { Id: "third", MessageBody: "three" },
      ]);

      expect(Successful?.map(({ Id }) => Id)).toEqual(["first", "second", "third"]);
      expect(Failed).toEqual([
        failed(
          "long",
          "InvalidParameterValue",
          "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.",
        ),
        failed(
          "illegal",
          "InvalidMessageContents",
          "Invalid binary character '#x7' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
        ),
        failed(
          "deduplicated",
          "InvalidParameterValue",
          "The request include parameter that is not valid for this queue type",
        ),
        failed(
          "delayed",
          "InvalidParameterValue",
          "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
        ),
      ]);
      expect(bodiesOf(await queue.receiveAll()).toSorted()).toEqual(["one", "three", "two"]);
    });

    it("fails the entries without a body and with a bad attribute alone [unconfirmed]", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();

      const { Successful, Failed } = await queue.sendBatch([
        { Id: "fine", MessageBody: "fine" },
        { Id: "empty", MessageBody: "" },
        { Id: "missing", MessageBody: undefined },
        {
          Id: "attribute",
          MessageBody: "x",
          MessageAttributes: { k: { DataType: "Number", StringValue: "many" } },
        },
        { Id: "group", MessageBody: "x", MessageGroupId: "a b" },
      ]);

      expect(Successful?.map(({ Id }) => Id)).toEqual(["fine"]);
      expect(Failed).toEqual([
        failed(
          "empty",
          "MissingParameter",
          "The request must contain the parameter SendMessageBatchRequestEntry.2.MessageBody.",
        ),
        failed(
          "missing",
          "MissingParameter",
          "The request must contain the parameter SendMessageBatchRequestEntry.3.MessageBody.",
        ),
        failed(
          "attribute",
          "InvalidParameterValue",
          "Can't cast the value of message (user) attribute 'k' to a number.",
        ),
        failed(
          "group",
          "InvalidParameterValue",
          "Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        ),
      ]);
    });

    it("answers no Successful when every entry failed", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const { $metadata, ...answer } = await queue.sendAll("\u0000");

      expect(Object.keys(answer)).toEqual(["Failed"]);
    });

    it("delays each entry by its own delay, or else the queue's", async ({ sqs }) => {
      const queue = await sqs.createQueue({ DelaySeconds: "10" });
      await queue.sendBatch([
        { Id: "a", MessageBody: "queue" },
        { Id: "b", MessageBody: "none", DelaySeconds: 0 },
        { Id: "c", MessageBody: "own", DelaySeconds: 5 },
      ]);

      expect(bodiesOf(await queue.receiveAll())).toEqual(["none"]);
      sqs.advanceSeconds(5);
      expect(bodiesOf(await queue.receiveAll())).toEqual(["own"]);
      sqs.advanceSeconds(5);
      expect(bodiesOf(await queue.receiveAll())).toEqual(["queue"]);
    });

    it("takes ids of every character, 80 of them", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const ids = ["AZaz09-_", "i".repeat(80)];

      const { Successful } = await queue.sendBatch(ids.map((Id) => ({ Id, MessageBody: "hello" })));

      expect(Successful?.map(({ Id }) => Id)).toEqual(ids);
    });
  });

  describe("DeleteMessageBatch", () => {
    it("deletes messages that were sent together or apart, and may be repeated", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();
      await queue.sendAll("one", "two");
      await queue.send("three");
      const messages = await queue.receiveAll();
      const Entries = messages.map(({ ReceiptHandle }, place) => ({
        Id: `${place}`,
        ReceiptHandle,
      }));

      const { $metadata, ...first } = await sqs.client.deleteMessageBatch({
        QueueUrl: queue.url,
        Entries,
      });
      const second = await sqs.client.deleteMessageBatch({ QueueUrl: queue.url, Entries });

      expect(first).toEqual({ Successful: [{ Id: "0" }, { Id: "1" }, { Id: "2" }] });
      expect(second.Successful).toHaveLength(3);
      expect(await queue.counts()).toEqual(noMessages);
    });

    it("fails the entries with bad handles alone", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const other = await sqs.createQueue();
      await queue.send("hello");
      await other.send("elsewhere");
      const { ReceiptHandle } = await queue.receiveOne();
      const stranger = await other.receiveOne();

      const { $metadata, ...answer } = await sqs.client.deleteMessageBatch({
        QueueUrl: queue.url,
        Entries: [
          { Id: "garbage", ReceiptHandle: "garbage" },
          { Id: "fine", ReceiptHandle },
          { Id: "stranger", ReceiptHandle: stranger.ReceiptHandle },
          { Id: "twin", ReceiptHandle },
        ],
      });

      expect(answer).toEqual({
        Successful: [{ Id: "fine" }, { Id: "twin" }],
        Failed: [
          failed("garbage", "ReceiptHandleIsInvalid", "The input receipt handle is invalid."),
          failed("stranger", "ReceiptHandleIsInvalid", "The input receipt handle is invalid."),
        ],
      });
      expect(await queue.counts()).toEqual(noMessages);
      expect(await other.counts()).toEqual({ available: 0, inFlight: 1, delayed: 0 });
    });

    it("fails an entry without a handle alone [unconfirmed]", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const { Failed } = await sqs.client.deleteMessageBatch({
        QueueUrl: queue.url,
        Entries: [{ Id: "a", ReceiptHandle: undefined }],
      });

      expect(Failed).toMatchObject([{ Id: "a", Code: "MissingParameter", SenderFault: true }]);
    });
  });

  describe("ChangeMessageVisibilityBatch", () => {
    it("gives each message its own timeout", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.sendAll("now", "soon", "later");
      const messages = await queue.receiveAll();

      const { $metadata, ...answer } = await sqs.client.changeMessageVisibilityBatch({
        QueueUrl: queue.url,
        Entries: messages.map(({ ReceiptHandle }, place) => ({
          Id: `${place}`,
          ReceiptHandle,
          VisibilityTimeout: place * 100,
        })),
      });

      expect(answer).toEqual({ Successful: [{ Id: "0" }, { Id: "1" }, { Id: "2" }] });
      expect(bodiesOf(await queue.receiveAll({ VisibilityTimeout: 1000 }))).toEqual(["now"]);
      sqs.advanceSeconds(100);
      expect(bodiesOf(await queue.receiveAll({ VisibilityTimeout: 1000 }))).toEqual(["soon"]);
      sqs.advanceSeconds(100);
      expect(bodiesOf(await queue.receiveAll())).toEqual(["later"]);
    });

    it("fails what cannot be changed alone, and keeps the order of the request", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();
      await queue.sendAll("deleted", "kept");
      const [deleted, kept] = await queue.receiveAll();
      await queue.delete(deleted?.ReceiptHandle);

      const { $metadata, ...answer } = await sqs.client.changeMessageVisibilityBatch({
        QueueUrl: queue.url,
        Entries: [
          { Id: "deleted", ReceiptHandle: deleted?.ReceiptHandle, VisibilityTimeout: 0 },
          { Id: "garbage", ReceiptHandle: "garbage", VisibilityTimeout: 0 },
          { Id: "kept", ReceiptHandle: kept?.ReceiptHandle, VisibilityTimeout: 0 },
          { Id: "below", ReceiptHandle: kept?.ReceiptHandle, VisibilityTimeout: -1 },
          { Id: "missing", ReceiptHandle: kept?.ReceiptHandle },
        ],
      });

      const text = "Message does not exist or is not available for visibility timeout change.";
      expect(answer).toEqual({
        Successful: [{ Id: "kept" }],
        Failed: [
          failed(
            "deleted",
            "InvalidParameterValue",
            `Value ${deleted?.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: ${text}`,
          ),
          failed("garbage", "ReceiptHandleIsInvalid", "The input receipt handle is invalid."),
          failed(
            "below",
            "InvalidParameterValue",
            "Value -1 for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200.",
          ),
          failed(
            "missing",
            "MissingParameter",
            "The request must contain the parameter ChangeMessageVisibilityBatchRequestEntry.5.VisibilityTimeout.",
          ),
        ],
      });
      expect(bodiesOf(await queue.receiveAll())).toEqual(["kept"]);
    });
  });
}
