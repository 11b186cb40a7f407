import { describe, expect } from "vitest";
import { invalid, noSuchQueue, refusalOf } from "./refusal.ts";
import { itRefuses, type RefusalRow } from "./refusalRows.ts";
import type { Sqs, SqsTest } from "./sqsTest.ts";

const alphabet = invalid(
  "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
);
const fifoAlphabet = invalid(
  "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
);
const mustSpecify = invalid(
  "Value for parameter QueueName is invalid. Reason: Must specify a queue name.",
);

const create = (name: string | undefined) => (_: unknown, sqs: Sqs) =>
  sqs.client.createQueue({ QueueName: name });
const createFifo = (name: string) => (_: unknown, sqs: Sqs) =>
  sqs.client.createQueue({ QueueName: name, Attributes: { FifoQueue: "true" } });

const badNames: readonly RefusalRow[] = [
  { rule: "no name", mark: "text unconfirmed", call: create(undefined), refusal: mustSpecify },
  {
    rule: "an empty name",
    mark: "unconfirmed",
    call: create(""),
    refusal: invalid("Queue name cannot be empty"),
  },
  { rule: "81 characters", mark: "V", call: create("q".repeat(81)), refusal: alphabet },
  { rule: "a space", mark: "V", call: create("a b"), refusal: alphabet },
  { rule: "a full stop", mark: "V", call: create("a.b"), refusal: alphabet },
  { rule: "a slash", mark: "V", call: create("a/b"), refusal: alphabet },
  { rule: "a letter beyond ASCII", mark: "V", call: create("größe"), refusal: alphabet },
  { rule: "a line feed at the end", mark: "V", call: create("queue\n"), refusal: alphabet },
  { rule: "a .fifo name without FifoQueue", mark: "V", call: create("a.fifo"), refusal: alphabet },
  { rule: "FifoQueue with another name", mark: "V", call: createFifo("a"), refusal: fifoAlphabet },
  { rule: ".fifo alone", mark: "V", call: createFifo(".fifo"), refusal: fifoAlphabet },
  {
    rule: "a .fifo name of 81 characters",
    mark: "V",
    call: createFifo(`${"q".repeat(76)}.fifo`),
    refusal: fifoAlphabet,
  },
  {
    rule: "a bad name before it looks at the attributes",
    mark: "unconfirmed",
    call: (_, sqs) =>
      sqs.client.createQueue({ QueueName: "a b", Attributes: { DelaySeconds: "x" } }),
    refusal: alphabet,
  },
];

/** Spec sections 3.1 and 11: the names that a queue may have, and finding one by its name. */
export function describeQueueNames(it: SqsTest): void {
  describe("the name of a queue", () => {
    itRefuses(it, badNames);

    it.for([
      ["one character", "q"],
      ["80 characters", "q".repeat(80)],
      ["every kind of character", "AZaz09-_"],
      ["digits only", "0123456789"],
    ] as const)("may be of %s", async ([, name], { sqs }) => {
      const queue = await sqs.createQueue({}, name);

      expect(queue.url).toBe(`${sqs.origin}/${sqs.account}/${name}`);
    });

    it("distinguishes capitals", async ({ sqs }) => {
      const lower = await sqs.createQueue({}, "orders");
      const upper = await sqs.createQueue({}, "Orders");
      await lower.send("hello");

      expect(await upper.receive()).toEqual([]);
      expect(await lower.receive()).toHaveLength(1);
    });
  });

  describe("GetQueueUrl", () => {
    it("answers the URL that CreateQueue answered", async ({ sqs }) => {
      const queue = await sqs.createQueue({}, "orders");

      const { QueueUrl } = await sqs.client.getQueueUrl({ QueueName: "orders" });

      expect(QueueUrl).toBe(queue.url);
    });

    it("takes the caller's own account for the owner", async ({ sqs }) => {
      const queue = await sqs.createQueue({}, "orders");

      const { QueueUrl } = await sqs.client.getQueueUrl({
        QueueName: "orders",
        QueueOwnerAWSAccountId: sqs.account,
      });

      expect(QueueUrl).toBe(queue.url);
    });

    itRefuses(it, [
      {
        rule: "no name",
        mark: "text unconfirmed",
        call: (_, sqs) => sqs.client.getQueueUrl({ QueueName: undefined }),
        refusal: mustSpecify,
      },
      {
        rule: "the name of no queue",
        mark: "V",
        call: (_, sqs) => sqs.client.getQueueUrl({ QueueName: "nobody" }),
        refusal: noSuchQueue,
      },
      {
        rule: "the queue of another account",
        mark: "unconfirmed",
        call: (queue, sqs) =>
          sqs.client.getQueueUrl({
            QueueName: queue.name,
            QueueOwnerAWSAccountId: "999999999999",
          }),
        refusal: noSuchQueue,
      },
    ]);

    it("no longer finds a queue that was deleted", async ({ sqs }) => {
      const queue = await sqs.createQueue({}, "orders");
      await queue.deleteQueue();

      expect(await refusalOf(sqs.client.getQueueUrl({ QueueName: "orders" }))).toEqual(noSuchQueue);
    });
  });
}
