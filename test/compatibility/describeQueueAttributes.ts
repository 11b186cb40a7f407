import type { QueueAttributeName } from "@aws-sdk/client-sqs";
import { describe, expect } from "vitest";
import { type Mark, missing, type Refusal, refused } from "./refusal.ts";
import { itRefuses, type RefusalRow } from "./refusalRows.ts";
import type { Attributes, Sqs, SqsTest } from "./sqsTest.ts";
import type { TestQueue } from "./testQueue.ts";

const unknownName = (name: string) => refused("InvalidAttributeName", `Unknown Attribute ${name}.`);
const badValue = (name: string) =>
  refused("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
const onlyFifo = (name: string) =>
  refused(
    "InvalidAttributeName",
    `You can specify the ${name} only when FifoQueue is set to true.`,
  );
const oneEncryption = refused(
  "InvalidAttributeName",
  "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
);

/** In the service model a string; the client sends whatever it is. */
type Given = Attributes & Readonly<Record<string, string>>;

interface BadAttributes {
  readonly rule: string;
  readonly mark: Mark;
  readonly given: Given;
  readonly refusal: Refusal;
}

/** Below, above, and no number. */
function outOfRange(name: QueueAttributeName, min: number, max: number): readonly BadAttributes[] {
  const values = [`${min - 1}`, `${max + 1}`, "x", "", " 60", "1e3", "60.0", "+60", "9".repeat(30)];
  return values.map((value) => ({
    rule: `${name} of "${value}"`,
    mark: "V",
    given: { [name]: value },
    refusal: badValue(name),
  }));
}

const bad: readonly BadAttributes[] = [
  ...outOfRange("DelaySeconds", 0, 900),
  ...outOfRange("MaximumMessageSize", 1024, 1_048_576),
  ...outOfRange("MessageRetentionPeriod", 60, 1_209_600),
  ...outOfRange("ReceiveMessageWaitTimeSeconds", 0, 20),
  ...outOfRange("VisibilityTimeout", 0, 43_200),
  ...outOfRange("KmsDataKeyReusePeriodSeconds", 60, 86_400),
  {
    rule: "SqsManagedSseEnabled that is no boolean",
    mark: "V",
    given: { SqsManagedSseEnabled: "yes" },
    refusal: badValue("SqsManagedSseEnabled"),
  },
  { rule: "an unknown name", mark: "V", given: { Foobar: "1" }, refusal: unknownName("Foobar") },
  {
    rule: "a name in other capitals",
    mark: "V",
    given: { delaySeconds: "1" },
    refusal: unknownName("delaySeconds"),
  },
  {
    rule: "a read-only name",
    mark: "unconfirmed",
    given: { QueueArn: "arn:aws:sqs:us-east-1:1:a" },
    refusal: unknownName("QueueArn"),
  },
  {
    rule: "a counter",
    mark: "unconfirmed",
    given: { ApproximateNumberOfMessages: "0" },
    refusal: unknownName("ApproximateNumberOfMessages"),
  },
  { rule: "All", mark: "V", given: { All: "1" }, refusal: unknownName("All") },
  {
    rule: "FifoQueue of false on a standard queue",
    mark: "V",
    given: { FifoQueue: "false" },
    refusal: unknownName("FifoQueue"),
  },
  {
    rule: "ContentBasedDeduplication on a standard queue",
    mark: "V",
    given: { ContentBasedDeduplication: "true" },
    refusal: unknownName("ContentBasedDeduplication"),
  },
  {
    rule: "DeduplicationScope on a standard queue",
    mark: "V",
    given: { DeduplicationScope: "queue" },
    refusal: onlyFifo("DeduplicationScope"),
  },
  {
    rule: "FifoThroughputLimit on a standard queue",
    mark: "V",
    given: { FifoThroughputLimit: "perQueue" },
    refusal: onlyFifo("FifoThroughputLimit"),
  },
  {
    rule: "both kinds of encryption at once",
    mark: "V",
    given: { KmsMasterKeyId: "alias/mine", SqsManagedSseEnabled: "true" },
    refusal: oneEncryption,
  },
];

const badInSet: readonly RefusalRow[] = [
  ...bad.map(({ rule, mark, given, refusal }) => ({
    rule,
    mark,
    refusal,
    call: (queue: TestQueue) => queue.set(given),
  })),
  {
    rule: "FifoQueue of true for a standard queue",
    mark: "V",
    call: (queue) => queue.set({ FifoQueue: "true" }),
    refusal: unknownName("FifoQueue"),
  },
  {
    rule: "no attributes",
    mark: "unconfirmed",
    call: (queue) => queue.set({}),
    refusal: missing("Attribute.Name"),
  },
  {
    rule: "attributes left out",
    mark: "unconfirmed",
    call: (queue, sqs) =>
      sqs.client.setQueueAttributes({ QueueUrl: queue.url, Attributes: undefined }),
    refusal: missing("Attribute.Name"),
  },
];

const badInCreate: readonly RefusalRow[] = bad.map(({ rule, mark, given, refusal }) => ({
  rule,
  mark,
  refusal,
  call: (_: TestQueue, sqs: Sqs) => sqs.createQueue(given, "another"),
}));

/** What is given, and what GetQueueAttributes shows of it. */
const shown: readonly (readonly [what: string, given: Attributes, shown: Attributes])[] = [
  ["the smallest delay", { DelaySeconds: "0" }, { DelaySeconds: "0" }],
  ["the largest delay", { DelaySeconds: "900" }, { DelaySeconds: "900" }],
  ["the smallest size", { MaximumMessageSize: "1024" }, { MaximumMessageSize: "1024" }],
  ["the largest size", { MaximumMessageSize: "1048576" }, { MaximumMessageSize: "1048576" }],
  ["the shortest retention", { MessageRetentionPeriod: "60" }, { MessageRetentionPeriod: "60" }],
  [
    "the longest retention",
    { MessageRetentionPeriod: "1209600" },
    { MessageRetentionPeriod: "1209600" },
  ],
  [
    "the longest wait",
    { ReceiveMessageWaitTimeSeconds: "20" },
    { ReceiveMessageWaitTimeSeconds: "20" },
  ],
  ["a timeout of 0", { VisibilityTimeout: "0" }, { VisibilityTimeout: "0" }],
  ["the longest timeout", { VisibilityTimeout: "43200" }, { VisibilityTimeout: "43200" }],
  ["a number with leading zeros", { VisibilityTimeout: "0045" }, { VisibilityTimeout: "45" }],
  ["a boolean in capitals", { SqsManagedSseEnabled: "False" }, { SqsManagedSseEnabled: "false" }],
];

const standardNames = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesDelayed",
  "ApproximateNumberOfMessagesNotVisible",
  "CreatedTimestamp",
  "DelaySeconds",
  "LastModifiedTimestamp",
  "MaximumMessageSize",
  "MessageRetentionPeriod",
  "QueueArn",
  "ReceiveMessageWaitTimeSeconds",
  "SqsManagedSseEnabled",
  "VisibilityTimeout",
];

/** Spec section 3.2. */
export function describeQueueAttributes(it: SqsTest): void {
  describe("GetQueueAttributes", () => {
    it("answers to All exactly the twelve of a standard queue, at their defaults", async ({
      sqs,
    }) => {
      const queue = await sqs.createQueue({}, "orders");
      const createdSeconds = String(Math.floor(sqs.clock.nowMs() / 1000));

      const attributes = await queue.attributes("All");

      expect(Object.keys(attributes).sort()).toEqual(standardNames);
      expect(attributes).toEqual({
        ApproximateNumberOfMessages: "0",
        ApproximateNumberOfMessagesDelayed: "0",
        ApproximateNumberOfMessagesNotVisible: "0",
        CreatedTimestamp: createdSeconds,
        DelaySeconds: "0",
        LastModifiedTimestamp: createdSeconds,
        MaximumMessageSize: "1048576",
        MessageRetentionPeriod: "345600",
        QueueArn: `arn:aws:sqs:us-east-1:${sqs.account}:orders`,
        ReceiveMessageWaitTimeSeconds: "0",
        SqsManagedSseEnabled: "true",
        VisibilityTimeout: "30",
      });
    });

    it("answers what is asked for and nothing more", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      expect(await queue.attributes("VisibilityTimeout", "QueueArn")).toEqual({
        VisibilityTimeout: "30",
        QueueArn: queue.arn,
      });
    });

    it("answers all when All stands among other names", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const attributes = await queue.attributes("VisibilityTimeout", "All");

      expect(Object.keys(attributes).sort()).toEqual(standardNames);
    });

    it.for([
      ["no names", undefined],
      ["an empty list", []],
    ] as const)("answers no member at all to %s", async ([, names], { sqs }) => {
      const queue = await sqs.createQueue();

      const { $metadata, ...answer } = await sqs.client.getQueueAttributes({
        QueueUrl: queue.url,
        AttributeNames: names && [...names],
      });

      expect(answer).toEqual({});
    });

    it.for([
      "Policy",
      "RedrivePolicy",
      "RedriveAllowPolicy",
      "KmsMasterKeyId",
      "KmsDataKeyReusePeriodSeconds",
      "FifoQueue",
      "ContentBasedDeduplication",
      "DeduplicationScope",
      "FifoThroughputLimit",
    ] as const)("leaves out %s, which is not set", async (name, { sqs }) => {
      const queue = await sqs.createQueue();

      const { $metadata, ...answer } = await sqs.client.getQueueAttributes({
        QueueUrl: queue.url,
        AttributeNames: [name],
      });

      expect(answer).toEqual({});
    });

    itRefuses(
      it,
      ["Foobar", "all", "SentTimestamp", ""].map((name) => ({
        rule: `the unknown name "${name}"`,
        mark: "V",
        call: (queue, sqs) =>
          sqs.client.getQueueAttributes({
            QueueUrl: queue.url,
            // @ts-expect-error: a name that the client's types do not know
            AttributeNames: ["VisibilityTimeout", name],
          }),
        refusal: unknownName(name),
      })),
    );
  });

  describe("an attribute", () => {
    it.for(shown)("may be %s, at creation", async ([, given, expected], { sqs }) => {
      const queue = await sqs.createQueue(given);

      expect(await queue.attributes("All")).toMatchObject(expected);
    });

    it.for(shown)("may be %s, later", async ([, given, expected], { sqs }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "17", DelaySeconds: "17" });

      await queue.set(given);

      expect(await queue.attributes("All")).toMatchObject(expected);
    });
  });

  describe("CreateQueue", () => {
    itRefuses(it, badInCreate);

    it("makes no queue when it refuses an attribute", async ({ sqs }) => {
      await sqs.createQueue({ DelaySeconds: "901" }, "orders").catch(() => undefined);

      expect((await sqs.client.listQueues({})).QueueUrls).toBeUndefined();
    });
  });

  describe("SetQueueAttributes", () => {
    itRefuses(it, badInSet);

    it("applies everything or nothing [unconfirmed]", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      await queue.set({ DelaySeconds: "9", VisibilityTimeout: "-1" }).catch(() => undefined);

      expect(await queue.attributes("DelaySeconds")).toEqual({ DelaySeconds: "0" });
    });

    it("keeps the attributes that are not given", async ({ sqs }) => {
      const queue = await sqs.createQueue({ DelaySeconds: "9" });

      await queue.set({ VisibilityTimeout: "8" });

      expect(await queue.attributes("DelaySeconds", "VisibilityTimeout")).toEqual({
        DelaySeconds: "9",
        VisibilityTimeout: "8",
      });
    });

    it("moves LastModifiedTimestamp and not CreatedTimestamp", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const { CreatedTimestamp } = await queue.attributes("CreatedTimestamp");
      sqs.advanceSeconds(100);

      await queue.set({ DelaySeconds: "9" });

      expect(await queue.attributes("CreatedTimestamp", "LastModifiedTimestamp")).toEqual({
        CreatedTimestamp,
        LastModifiedTimestamp: String(Number(CreatedTimestamp) + 100),
      });
    });
  });

  describe("encryption", () => {
    const encryption = (queue: TestQueue) =>
      queue.attributes("SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds");

    it("by a KMS key turns SQS's own off, with a reuse period of 300 seconds", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      await queue.set({ KmsMasterKeyId: "alias/mine" });

      expect(await encryption(queue)).toEqual({
        SqsManagedSseEnabled: "false",
        KmsMasterKeyId: "alias/mine",
        KmsDataKeyReusePeriodSeconds: "300",
      });
    });

    it("by SQS removes the KMS attributes", async ({ sqs }) => {
      const queue = await sqs.createQueue({
        KmsMasterKeyId: "alias/mine",
        KmsDataKeyReusePeriodSeconds: "60",
      });

      await queue.set({ SqsManagedSseEnabled: "true" });

      expect(await encryption(queue)).toEqual({ SqsManagedSseEnabled: "true" });
    });

    it("by a KMS key ends with the key, and SQS's own stays off", async ({ sqs }) => {
      const queue = await sqs.createQueue({
        KmsMasterKeyId: "alias/mine",
        KmsDataKeyReusePeriodSeconds: "60",
      });

      await queue.set({ KmsMasterKeyId: "" });

      expect(await encryption(queue)).toEqual({ SqsManagedSseEnabled: "false" });
    });
  });
}
