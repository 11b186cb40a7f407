import { describe, expect } from "vitest";
import { sqsClient } from "../support/sqsClient.ts";
import { type Mark, noSuchQueue, refusalOf } from "./refusal.ts";
import type { Sqs, SqsTest } from "./sqsTest.ts";
import type { TestQueue } from "./testQueue.ts";

/** Every action that takes a QueueUrl, with nothing else that would do: the queue is looked for first. */
const actions: readonly (readonly [
  action: string,
  call: (sqs: Sqs, url: string | undefined) => Promise<unknown>,
])[] = [
  [
    "ChangeMessageVisibility",
    ({ client }, QueueUrl) =>
      client.changeMessageVisibility({ QueueUrl, ReceiptHandle: "", VisibilityTimeout: -1 }),
  ],
  [
    "ChangeMessageVisibilityBatch",
    ({ client }, QueueUrl) => client.changeMessageVisibilityBatch({ QueueUrl, Entries: [] }),
  ],
  [
    "DeleteMessage",
    ({ client }, QueueUrl) => client.deleteMessage({ QueueUrl, ReceiptHandle: "" }),
  ],
  [
    "DeleteMessageBatch",
    ({ client }, QueueUrl) => client.deleteMessageBatch({ QueueUrl, Entries: [] }),
  ],
  ["DeleteQueue", ({ client }, QueueUrl) => client.deleteQueue({ QueueUrl })],
  [
    "GetQueueAttributes",
    ({ client }, QueueUrl) => client.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] }),
  ],
  [
    "ListDeadLetterSourceQueues",
    ({ client }, QueueUrl) => client.listDeadLetterSourceQueues({ QueueUrl, MaxResults: 0 }),
  ],
  ["ListQueueTags", ({ client }, QueueUrl) => client.listQueueTags({ QueueUrl })],
  ["PurgeQueue", ({ client }, QueueUrl) => client.purgeQueue({ QueueUrl })],
  [
    "ReceiveMessage",
    ({ client }, QueueUrl) => client.receiveMessage({ QueueUrl, MaxNumberOfMessages: 11 }),
  ],
  ["SendMessage", ({ client }, QueueUrl) => client.sendMessage({ QueueUrl, MessageBody: "" })],
  [
    "SendMessageBatch",
    ({ client }, QueueUrl) => client.sendMessageBatch({ QueueUrl, Entries: [] }),
  ],
  [
    "SetQueueAttributes",
    ({ client }, QueueUrl) => client.setQueueAttributes({ QueueUrl, Attributes: {} }),
  ],
  ["TagQueue", ({ client }, QueueUrl) => client.tagQueue({ QueueUrl, Tags: {} })],
  ["UntagQueue", ({ client }, QueueUrl) => client.untagQueue({ QueueUrl, TagKeys: [] })],
];

interface UrlRow {
  readonly form: string;
  readonly mark: Mark;
  readonly url: (queue: TestQueue, sqs: Sqs) => string | undefined;
}

const accepted: readonly UrlRow[] = [
  { form: "as it was answered", mark: "V", url: (queue) => queue.url },
  { form: "the bare name", mark: "V", url: (queue) => queue.name },
  {
    form: "of AWS's own host",
    mark: "unconfirmed",
    url: (queue, { account }) => `https://sqs.eu-central-1.amazonaws.com/${account}/${queue.name}`,
  },
  {
    form: "of AWS's legacy host",
    mark: "unconfirmed",
    url: (queue, { account }) => `https://queue.amazonaws.com/${account}/${queue.name}`,
  },
  {
    form: "of another port",
    mark: "unconfirmed",
    url: (queue, { account }) => `http://elsewhere:1/${account}/${queue.name}`,
  },
  {
    form: "under the path of a proxy",
    mark: "unconfirmed",
    url: (queue, { account }) => `https://proxy.example/sqs/${account}/${queue.name}`,
  },
];

const refusedForms: readonly UrlRow[] = [
  { form: "none", mark: "V", url: () => undefined },
  { form: "an empty one", mark: "V", url: () => "" },
  { form: "garbage", mark: "V", url: () => "not a URL!" },
  { form: "a host and nothing else", mark: "V", url: () => "https://sqs.us-east-1.amazonaws.com/" },
  { form: "an unknown bare name", mark: "V", url: () => "nobody" },
  { form: "a name that no queue could have", mark: "V", url: () => "q".repeat(81) },
  {
    form: "an unknown name",
    mark: "V",
    url: (_, { origin, account }) => `${origin}/${account}/nobody`,
  },
  {
    form: "the name in other capitals",
    mark: "V",
    url: (queue, { origin, account }) => `${origin}/${account}/${queue.name.toUpperCase()}`,
  },
  {
    form: "the name under another account",
    mark: "unconfirmed",
    url: (queue, { origin }) => `${origin}/999999999999/${queue.name}`,
  },
];

/** Spec section 1.1. */
export function describeQueueUrls(it: SqsTest): void {
  describe("the URL of a queue", () => {
    it("has the host and the port by which the caller reached the service", async ({ sqs }) => {
      const origin = sqs.origin.replace("127.0.0.1", "localhost");
      const client = sqsClient(origin);
      const url = `${origin}/${sqs.account}/orders`;

      try {
        expect((await client.createQueue({ QueueName: "orders" })).QueueUrl).toBe(url);
        expect((await client.getQueueUrl({ QueueName: "orders" })).QueueUrl).toBe(url);
        expect((await client.listQueues({})).QueueUrls).toEqual([url]);
      } finally {
        client.destroy();
      }
    });

    it.for(accepted)("may be $form [$mark]", async ({ url }, { sqs }) => {
      const queue = await sqs.createQueue({}, "my-queue");

      await sqs.client.sendMessage({ QueueUrl: url(queue, sqs), MessageBody: "hello" });

      expect((await queue.receiveOne()).Body).toBe("hello");
    });

    it.for(refusedForms)("names no queue if it is $form [$mark]", async ({ url }, { sqs }) => {
      const queue = await sqs.createQueue({}, "my-queue");

      const sending = sqs.client.sendMessage({ QueueUrl: url(queue, sqs), MessageBody: "hello" });

      expect(await refusalOf(sending)).toEqual(noSuchQueue);
    });

    it.for(actions)("of no queue is refused by %s before all else", async ([, call], { sqs }) => {
      expect(await refusalOf(call(sqs, `${sqs.origin}/${sqs.account}/nobody`))).toEqual(
        noSuchQueue,
      );
    });

    it.for(actions)("is not left out with %s [unconfirmed]", async ([, call], { sqs }) => {
      expect(await refusalOf(call(sqs, undefined))).toEqual(noSuchQueue);
    });
  });
}
