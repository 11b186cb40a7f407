import { describe, expect } from "vitest";
import { invalid, invalidValue, noSuchQueue, refusalOf, refused } from "./refusal.ts";
import type { SqsTest } from "./sqsTest.ts";
import { bodiesOf, noMessages, theOne } from "./testQueue.ts";

const text = (value: string, type = "String") => ({ DataType: type, StringValue: value });

/** Spec section 13, by its numbers: where others are commonly wrong, whatever the protocol. */
export function describeTraps(it: SqsTest): void {
  describe("of what others get wrong, in digests and attributes,", () => {
    it("13.13 gives the digest of attributes in a send, a batch and a receive", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const MessageAttributes = { Foo: text("Bar") };

      const sent = await queue.send("a", { MessageAttributes });
      const batch = await queue.sendBatch([{ Id: "a", MessageBody: "b", MessageAttributes }]);
      const received = await queue.receiveAll({ MessageAttributeNames: ["All"] });

      const md5 = "ae7155c6026991b6d54b11589678bf9c";
      expect(sent.MD5OfMessageAttributes).toBe(md5);
      expect(batch.Successful?.[0]?.MD5OfMessageAttributes).toBe(md5);
      expect(received.map((each) => each.MD5OfMessageAttributes)).toEqual([md5, md5]);
    });

    it("13.15 gives a system attribute a digest apart, and returns it", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

      const sent = await queue.send("a", {
        MessageAttributes: { k: text("x") },
        MessageSystemAttributes: { AWSTraceHeader: text(header) },
      });

      expect(sent.MD5OfMessageSystemAttributes).toBe("5ae4d5d7636402d80f4eb6d213245a88");
      expect(sent.MD5OfMessageAttributes).toBe("a45daa70926828a2f0a1db3418e6feb4");
      expect((await queue.receiveOne()).Attributes?.AWSTraceHeader).toBe(header);
    });

    it("13.16 keeps the label of a type, in value and digest", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const MessageAttributes = { n: text("1", "Number.int") };
      const sent = await queue.send("a", { MessageAttributes });

      const message = await queue.receiveOne({ MessageAttributeNames: ["All"] });

      expect(message.MessageAttributes).toEqual(MessageAttributes);
      expect(message.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
    });

    it("13.17 returns to the next receive what the last did not ask for", async ({ sqs }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "0" });
      const MessageAttributes = { a: text("1"), b: text("2") };
      await queue.send("a", { MessageAttributes });
      await queue.receiveOne({ MessageAttributeNames: ["a"] });
      await queue.receiveOne();

      const message = await queue.receiveOne({ MessageAttributeNames: ["All"] });

      expect(message.MessageAttributes).toEqual(MessageAttributes);
    });

    it("13.18 refuses an eleventh attribute", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const names = Array.from({ length: 11 }, (_, place) => `k${place}`);
      const MessageAttributes = Object.fromEntries(names.map((name) => [name, text("v")]));

      expect(await refusalOf(queue.send("a", { MessageAttributes }))).toEqual(
        invalid("Number of message attributes [11] exceeds the allowed maximum [10]."),
      );
    });

    it("13.19 counts attributes in the size, up to 1 MiB or the queue's maximum", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();
      const options = { MessageAttributes: { k: text("x") } };

      await queue.send("x".repeat(1_048_568), options);
      await queue.set({ MaximumMessageSize: "1024" });

      expect(await refusalOf(queue.send("x".repeat(1_017), options))).toEqual(
        invalid(
          "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
        ),
      );
    });

    it("13.20 takes emoji, refuses what XML has no place for, and fails that entry alone", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();

      const { Successful, Failed } = await queue.sendAll("😀", "\uFFFF", "😀");

      expect(Successful?.map(({ Id }) => Id)).toEqual(["0", "2"]);
      expect(Failed).toMatchObject([
        { Id: "1", Code: "InvalidMessageContents", SenderFault: true },
      ]);
    });
  });

  describe("of what others get wrong, in queues,", () => {
    it("13.22 compares the attributes of CreateQueue with the values of now", async ({ sqs }) => {
      const queue = await sqs.createQueue({ DelaySeconds: "1" }, "a");
      await queue.set({ DelaySeconds: "2" });

      expect((await sqs.createQueue({}, "a")).url).toBe(queue.url);
      expect((await sqs.createQueue({ DelaySeconds: "2" }, "a")).url).toBe(queue.url);
      expect(await refusalOf(sqs.createQueue({ DelaySeconds: "1" }, "a"))).toEqual(
        refused(
          "QueueNameExists",
          "A queue already exists with the same name and a different value for attribute DelaySeconds",
        ),
      );
    });

    it("13.23 shows every attribute that was set", async ({ sqs }) => {
      const dead = await sqs.createQueue();
      const given = {
        DelaySeconds: "1",
        MaximumMessageSize: "2048",
        MessageRetentionPeriod: "120",
        ReceiveMessageWaitTimeSeconds: "2",
        VisibilityTimeout: "3",
        KmsMasterKeyId: "alias/mine",
        KmsDataKeyReusePeriodSeconds: "90",
        Policy: `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"${dead.arn}"}]}`,
        RedrivePolicy: `{"deadLetterTargetArn":"${dead.arn}","maxReceiveCount":4}`,
        RedriveAllowPolicy: '{"redrivePermission":"denyAll"}',
      };
      const queue = await sqs.createQueue(given);

      const attributes = await queue.attributes("All");

      expect(attributes).toMatchObject({ ...given, SqsManagedSseEnabled: "false" });
      expect(Object.keys(attributes)).toHaveLength(12 + 5);
    });

    it("13.24 refuses a huge visibility timeout when it is set", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      expect(await refusalOf(queue.set({ VisibilityTimeout: "99999999999999999999" }))).toEqual(
        refused("InvalidAttributeValue", "Invalid value for the parameter VisibilityTimeout."),
      );
      await queue.receive();
    });

    it("13.25 takes maxReceiveCount as number or text, and returns a number", async ({ sqs }) => {
      const dead = await sqs.createQueue();
      const shown = [];
      for (const count of ["7", '"7"']) {
        const RedrivePolicy = `{"maxReceiveCount":${count},"deadLetterTargetArn":"${dead.arn}"}`;
        const queue = await sqs.createQueue({ RedrivePolicy });
        shown.push((await queue.attributes("RedrivePolicy")).RedrivePolicy);
      }

      const normal = `{"deadLetterTargetArn":"${dead.arn}","maxReceiveCount":7}`;
      expect(shown).toEqual([normal, normal]);
    });

    it("13.26 removes a redrive policy by an empty text, and checks its target when set", async ({
      sqs,
    }) => {
      const dead = await sqs.createQueue();
      const queue = await sqs.createSourceOf(dead, 1);
      await queue.set({ RedrivePolicy: "" });
      const json = `{"deadLetterTargetArn":"${sqs.arnOf("nobody")}","maxReceiveCount":1}`;

      expect(await queue.attributes("RedrivePolicy")).toEqual({});
      expect(await refusalOf(queue.set({ RedrivePolicy: json }))).toEqual(
        invalidValue("RedrivePolicy", json, "Dead letter target does not exist."),
      );
    });

    it("13.27 has the two rules of 60 seconds", async ({ sqs }) => {
      const queue = await sqs.createQueue({}, "a");
      await queue.purge();

      expect((await refusalOf(queue.purge())).status).toBe(403);
      await queue.deleteQueue();
      expect((await refusalOf(sqs.createQueue({}, "a"))).code).toBe(
        "AWS.SimpleQueueService.QueueDeletedRecently",
      );
    });

    it("13.27 has them not where they are turned off", async ({ relaxed }) => {
      const queue = await relaxed.createQueue({}, "a");
      await queue.send("hello");
      await queue.purge();
      await queue.purge();
      await queue.deleteQueue();

      const again = await relaxed.createQueue({}, "a");

      expect(await again.receive()).toEqual([]);
    });

    it("13.28 purges what is in flight, too", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.sendAll("a", "b", "c");
      const { ReceiptHandle } = await queue.receiveOne();

      await queue.purge();
      sqs.advanceSeconds(30);

      expect(await queue.receiveAll()).toEqual([]);
      await queue.delete(ReceiptHandle);
      expect(await queue.counts()).toEqual(noMessages);
    });

    it("13.29 keeps a message for its retention period, from its own sending on", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue({ MessageRetentionPeriod: "60" });
      sqs.advanceSeconds(1000);
      await queue.send("hello");

      sqs.advanceSeconds(59);
      expect(await queue.receive({ VisibilityTimeout: 0 })).toHaveLength(1);
      sqs.advanceSeconds(6);
      expect(await queue.receive()).toEqual([]);
    });

    it("13.30 checks the length of a name", async ({ sqs }) => {
      expect(await refusalOf(sqs.createQueue({}, "q".repeat(81)))).toEqual(
        invalid(
          "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        ),
      );
    });

    it("13.31 obeys the queue's delay and wait, and refuses a delay over 900", async ({ sqs }) => {
      const queue = await sqs.createQueue({
        DelaySeconds: "2",
        ReceiveMessageWaitTimeSeconds: "20",
      });
      await queue.send("hello");
      const poll = await queue.poll({}, 20);
      sqs.advanceSeconds(3);

      expect(theOne(await poll.answer).Body).toBe("hello");
      expect((await refusalOf(queue.send("hello", { DelaySeconds: 901 }))).code).toBe(
        "InvalidParameterValue",
      );
    });
  });

  describe("of what others get wrong, in receives, visibility and handles,", () => {
    it("13.32 returns from a long poll with the first message", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");

      const messages = await queue.receiveAll({ WaitTimeSeconds: 20 });

      expect(bodiesOf(messages)).toEqual(["hello"]);
    });

    it("13.33 ends long polls with their queue: the next of that name loses nothing", async ({
      sqs,
    }) => {
      const old = await sqs.createQueue({}, "a");
      const poll = await old.poll();
      await old.deleteQueue();
      expect(await poll.answer).toEqual([]);
      sqs.advanceSeconds(60);
      const queue = await sqs.createQueue({}, "a");

      await queue.send("hello");

      expect((await queue.receiveOne()).Attributes?.ApproximateReceiveCount).toBe("1");
    });

    it("13.34 returns a message once in a response, even with a timeout of 0", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.sendAll("a", "b");

      const messages = await queue.receiveAll({ VisibilityTimeout: 0 });

      expect(bodiesOf(messages)).toEqual(["a", "b"]);
    });

    it("13.35 never raises MessageNotInflight", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      sqs.advanceSeconds(31);

      await queue.changeVisibility(ReceiptHandle, 0);
      await queue.changeVisibility(ReceiptHandle, 10);

      expect(await queue.counts()).toEqual({ available: 0, inFlight: 1, delayed: 0 });
    });

    it("13.36 deletes a message that is visible again, and by a superseded handle", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();
      await queue.sendAll("a", "b");
      const [first, second] = await queue.receiveAll();
      sqs.advanceSeconds(30);

      await queue.delete(first?.ReceiptHandle);
      await queue.receiveOne();
      await queue.delete(second?.ReceiptHandle);

      expect(await queue.counts()).toEqual(noMessages);
    });

    it("13.38 answers an invalid handle with ReceiptHandleIsInvalid, 404", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      expect(await refusalOf(queue.delete("garbage"))).toEqual(
        refused(
          "ReceiptHandleIsInvalid",
          'The input receipt handle "garbage" is not a valid receipt handle.',
        ),
      );
    });

    it("13.39 fails a bad handle alone in a batch of visibility changes", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();

      const { Successful, Failed } = await sqs.client.changeMessageVisibilityBatch({
        QueueUrl: queue.url,
        Entries: [
          { Id: "bad", ReceiptHandle: "garbage", VisibilityTimeout: 0 },
          { Id: "good", ReceiptHandle, VisibilityTimeout: 0 },
        ],
      });

      expect(Successful).toEqual([{ Id: "good" }]);
      expect(Failed).toMatchObject([{ Id: "bad", Code: "ReceiptHandleIsInvalid" }]);
      await queue.receiveOne();
    });

    it("13.40 lets no message be hidden for over 12 hours since its receive", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");
      const { ReceiptHandle } = await queue.receiveOne();
      sqs.clock.advance(1_000);
      await queue.changeVisibility(ReceiptHandle, 43_199);

      sqs.clock.advance(1);

      expect(await refusalOf(queue.changeVisibility(ReceiptHandle, 43_199))).toEqual(
        invalidValue(
          "VisibilityTimeout",
          43_199,
          "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
        ),
      );
    });

    it("13.41 hides a message for the queue's timeout when the receive has none", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "3" });
      await queue.send("hello");
      await queue.receiveOne();

      sqs.clock.advance(2_999);
      expect(await queue.receive()).toEqual([]);
      sqs.clock.advance(1);
      await queue.receiveOne();
    });

    it("13.43 checks a batch as a whole, and answers under the caller's ids", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const entry = (Id: string) => ({ Id, MessageBody: "hello" });
      const codeOf = async (ids: readonly string[]) =>
        (await refusalOf(queue.sendBatch(ids.map(entry)))).code;

      expect(await codeOf(["a", "a"])).toBe("AWS.SimpleQueueService.BatchEntryIdsNotDistinct");
      expect(await codeOf(["a!"])).toBe("AWS.SimpleQueueService.InvalidBatchEntryId");
      expect(await codeOf(Array.from("abcdefghijk"))).toBe(
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
      );
      const { Successful } = await queue.sendBatch([entry("mine"), entry("yours")]);
      expect(Successful?.map(({ Id }) => Id)).toEqual(["mine", "yours"]);
    });

    it("13.44 refuses ReceiveRequestAttemptId on a standard queue [unconfirmed]", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();

      const { code } = await refusalOf(queue.receive({ ReceiveRequestAttemptId: "a" }));

      expect(code).toBe("InvalidParameterValue");
    });
  });

  describe("of what others get wrong, near FIFO and dead-letter queues,", () => {
    it("13.53 neither takes nor shows FifoQueue on a standard queue", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      expect(await refusalOf(sqs.createQueue({ FifoQueue: "false" }, "b"))).toEqual(
        refused("InvalidAttributeName", "Unknown Attribute FifoQueue."),
      );
      expect(await queue.attributes("All")).not.toHaveProperty("FifoQueue");
      expect(await queue.attributes("FifoQueue")).toEqual({});
    });

    it("13.54 takes and returns a group id on a standard queue, but no empty one", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello", { MessageGroupId: "tenant" });

      expect((await queue.receiveOne()).Attributes?.MessageGroupId).toBe("tenant");
      expect((await refusalOf(queue.send("hello", { MessageGroupId: "" }))).code).toBe(
        "InvalidParameterValue",
      );
    });

    it("13.55 moves a message at the receive after the last allowed one", async ({ sqs }) => {
      const dead = await sqs.createQueue();
      const queue = await sqs.createSourceOf(dead, 2);
      await queue.send("hello");
      await queue.receiveOne();
      sqs.advanceSeconds(30);
      await queue.receiveOne();
      sqs.advanceSeconds(30);

      expect(await dead.receive()).toEqual([]);
      expect(await queue.receive()).toEqual([]);
      expect((await dead.receiveOne()).Body).toBe("hello");
    });

    it("13.55 lets every dead-letter queue of a chain be received from", async ({ sqs }) => {
      const last = await sqs.createQueue();
      const middle = await sqs.createSourceOf(last, 1);
      const first = await sqs.createSourceOf(middle, 1);
      await first.send("hello");
      await first.receiveOne({ VisibilityTimeout: 0 });
      await first.receive();

      expect((await middle.receiveOne({ VisibilityTimeout: 0 })).Body).toBe("hello");
      expect(await middle.receive()).toEqual([]);
      expect((await last.receiveOne()).Body).toBe("hello");
    });

    it("13.56 keeps a message whose dead-letter queue is gone", async ({ sqs }) => {
      const dead = await sqs.createQueue();
      const queue = await sqs.createSourceOf(dead, 1);
      await queue.send("hello");
      await queue.receiveOne({ VisibilityTimeout: 0 });
      await dead.deleteQueue();

      await queue.receive({ VisibilityTimeout: 0 });

      expect(await queue.counts()).toEqual({ available: 1, inFlight: 0, delayed: 0 });
      expect(await refusalOf(dead.receive())).toEqual(noSuchQueue);
    });

    it("13.58 says from which queue a message came", async ({ sqs }) => {
      const dead = await sqs.createQueue();
      const queue = await sqs.createSourceOf(dead, 1);
      await queue.send("hello");
      await queue.receiveOne({ VisibilityTimeout: 0 });
      await queue.receive();

      const { Attributes } = await dead.receiveOne();

      expect(Attributes?.DeadLetterQueueSourceArn).toBe(queue.arn);
    });
  });
}
