import { describe, expect } from "vitest";
import { refusalOf, refused } from "./refusal.ts";
import { itRefuses, type RefusalRow } from "./refusalRows.ts";
import type { Attributes, Sqs, SqsTest } from "./sqsTest.ts";
import type { TestQueue } from "./testQueue.ts";

const differs = (what: string) =>
  refused(
    "QueueNameExists",
    `A queue already exists with the same name and a different value for ${what}`,
  );

const recreate = (attributes: Attributes) => (queue: TestQueue, sqs: Sqs) =>
  sqs.createQueue(attributes, queue.name);

const policy = (sqs: Sqs, resource: string, space = "") =>
  JSON.stringify(
    {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: "*",
          Action: "sqs:SendMessage",
          Resource: sqs.arnOf(resource),
        },
      ],
    },
    undefined,
    space,
  );

const differences: readonly RefusalRow[] = [
  {
    rule: "another value than the queue has",
    mark: "V",
    call: recreate({ DelaySeconds: "6" }),
    refusal: differs("attribute DelaySeconds"),
  },
  {
    rule: "another value than the default",
    mark: "V",
    call: recreate({ VisibilityTimeout: "31" }),
    refusal: differs("attribute VisibilityTimeout"),
  },
  {
    rule: "one different value among equal ones",
    mark: "V",
    call: recreate({ DelaySeconds: "5", MaximumMessageSize: "2048", VisibilityTimeout: "30" }),
    refusal: differs("attribute MaximumMessageSize"),
  },
  {
    rule: "an attribute that the queue has not",
    mark: "V",
    call: recreate({ KmsMasterKeyId: "alias/mine" }),
    refusal: differs("attribute KmsMasterKeyId"),
  },
  {
    rule: "a bad value before it compares",
    mark: "V",
    call: recreate({ DelaySeconds: "901" }),
    refusal: refused("InvalidAttributeValue", "Invalid value for the parameter DelaySeconds."),
  },
  {
    rule: "other tags",
    mark: "unconfirmed",
    call: (queue, sqs) => sqs.client.createQueue({ QueueName: queue.name, tags: { team: "a" } }),
    refusal: differs("tags"),
  },
];

const same: readonly (readonly [what: string, given: Attributes])[] = [
  ["nothing given", {}],
  ["the value that was given before", { DelaySeconds: "5" }],
  ["the defaults spelt out", { VisibilityTimeout: "30", MaximumMessageSize: "1048576" }],
  ["a number written otherwise", { DelaySeconds: "005" }],
  ["a boolean in capitals", { SqsManagedSseEnabled: "TRUE" }],
  ["the removal of what is not there", { RedrivePolicy: "", Policy: "", KmsMasterKeyId: "" }],
];

/** Spec section 3.3: creating what is there. */
export function describeCreateQueue(it: SqsTest): void {
  describe("CreateQueue of a name that is taken", () => {
    it.for(same)("answers the same URL with %s", async ([, given], { sqs }) => {
      const queue = await sqs.createQueue({ DelaySeconds: "5" }, "orders");

      const again = await sqs.createQueue(given, "orders");

      expect(again.url).toBe(queue.url);
    });

    it("keeps the queue's messages and attributes", async ({ sqs }) => {
      const queue = await sqs.createQueue({ VisibilityTimeout: "5" }, "orders");
      await queue.send("hello");

      await sqs.createQueue({}, "orders");

      expect(await queue.attributes("VisibilityTimeout")).toEqual({ VisibilityTimeout: "5" });
      expect((await queue.receiveOne()).Body).toBe("hello");
    });

    itRefuses(it, differences, { DelaySeconds: "5" });

    it("compares with the value that SetQueueAttributes has given since", async ({ sqs }) => {
      const queue = await sqs.createQueue({ DelaySeconds: "5" }, "orders");
      await queue.set({ DelaySeconds: "7" });

      const again = await sqs.createQueue({ DelaySeconds: "7" }, "orders");

      expect(again.url).toBe(queue.url);
      expect(await refusalOf(sqs.createQueue({ DelaySeconds: "5" }, "orders"))).toEqual(
        differs("attribute DelaySeconds"),
      );
    });

    it("compares what JSON says, not how it is written [unconfirmed]", async ({ sqs }) => {
      const target = await sqs.createQueue({}, "target");
      const { arn } = target;
      const first = {
        Policy: policy(sqs, "orders"),
        RedrivePolicy: `{"deadLetterTargetArn":"${arn}","maxReceiveCount":3}`,
        RedriveAllowPolicy:
          '{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:a:b:c"]}',
      };
      const queue = await sqs.createQueue(first, "orders");

      const again = await sqs.createQueue(
        {
          Policy: policy(sqs, "orders", "  "),
          RedrivePolicy: `{ "maxReceiveCount": "3", "deadLetterTargetArn": "${arn}" }`,
          RedriveAllowPolicy:
            '{ "sourceQueueArns": ["arn:aws:sqs:a:b:c"], "redrivePermission": "byQueue" }',
        },
        "orders",
      );

      expect(again.url).toBe(queue.url);
    });

    it("accepts the tags that the queue has [unconfirmed]", async ({ sqs }) => {
      const tags = { team: "a", stage: "" };
      const { QueueUrl } = await sqs.client.createQueue({ QueueName: "orders", tags });

      const again = await sqs.client.createQueue({
        QueueName: "orders",
        tags: { stage: "", team: "a" },
      });

      expect(again.QueueUrl).toBe(QueueUrl);
    });

    it.for([
      ["fewer tags", { team: "a" }],
      ["more tags", { team: "a", stage: "b", more: "c" }],
      ["another value", { team: "a", stage: "c" }],
      ["another key", { team: "a", Stage: "b" }],
    ] as const)("refuses %s than the queue has [unconfirmed]", async ([, tags], { sqs }) => {
      await sqs.client.createQueue({ QueueName: "orders", tags: { team: "a", stage: "b" } });

      const again = sqs.client.createQueue({ QueueName: "orders", tags });

      expect(await refusalOf(again)).toEqual(differs("tags"));
    });

    it("does not compare the tags that are not given", async ({ sqs }) => {
      const { QueueUrl } = await sqs.client.createQueue({ QueueName: "orders", tags: { a: "b" } });

      expect((await sqs.createQueue({}, "orders")).url).toBe(QueueUrl);
    });
  });

  describe("a new queue", () => {
    it("can be used at once", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await queue.send("hello");

      expect((await queue.receiveOne()).Body).toBe("hello");
    });

    it("has the attributes and tags that it was created with", async ({ sqs }) => {
      const { QueueUrl = "" } = await sqs.client.createQueue({
        QueueName: "orders",
        Attributes: { DelaySeconds: "1", ReceiveMessageWaitTimeSeconds: "2" },
        tags: { team: "a" },
      });
      const queue = sqs.queueAt(QueueUrl);

      expect(await queue.attributes("DelaySeconds", "ReceiveMessageWaitTimeSeconds")).toEqual({
        DelaySeconds: "1",
        ReceiveMessageWaitTimeSeconds: "2",
      });
      expect((await sqs.client.listQueueTags({ QueueUrl })).Tags).toEqual({ team: "a" });
    });
  });
}
