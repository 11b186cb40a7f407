import { describe, expect } from "vitest";
import { invalid } from "./refusal.ts";
import { itRefuses, type RefusalRow } from "./refusalRows.ts";
import type { Sqs, SqsTest } from "./sqsTest.ts";

const range = invalid(
  "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.",
);
const broken = invalid("Invalid or expired next token.");
const otherParameters = invalid(
  "Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.",
);

const list =
  (input: { QueueNamePrefix?: string; MaxResults?: number; NextToken?: string }) =>
  (_: unknown, sqs: Sqs) =>
    sqs.client.listQueues(input);

/** The token of a first page of one queue out of several. */
async function tokenOf(sqs: Sqs, prefix?: string): Promise<string> {
  for (const name of ["a-1", "a-2", "b-1"]) await sqs.createQueue({}, name);
  const { NextToken = "" } = await sqs.client.listQueues({
    QueueNamePrefix: prefix,
    MaxResults: 1,
  });
  return NextToken;
}

const rows: readonly RefusalRow[] = [
  { rule: "0 results", mark: "text unconfirmed", call: list({ MaxResults: 0 }), refusal: range },
  {
    rule: "1001 results",
    mark: "text unconfirmed",
    call: list({ MaxResults: 1001 }),
    refusal: range,
  },
  { rule: "-1 results", mark: "text unconfirmed", call: list({ MaxResults: -1 }), refusal: range },
  {
    rule: "a token without MaxResults",
    mark: "unconfirmed",
    call: list({ NextToken: "AAAA" }),
    refusal: invalid("MaxResults is a mandatory parameter when you provide a value for NextToken."),
  },
  {
    rule: "a broken token",
    mark: "unconfirmed",
    call: list({ MaxResults: 1, NextToken: "garbage" }),
    refusal: broken,
  },
  {
    rule: "a token that was cut",
    mark: "unconfirmed",
    call: async (_, sqs) =>
      sqs.client.listQueues({ MaxResults: 1, NextToken: (await tokenOf(sqs)).slice(0, -4) }),
    refusal: broken,
  },
  {
    rule: "a token with another prefix",
    mark: "unconfirmed",
    call: async (_, sqs) =>
      sqs.client.listQueues({
        MaxResults: 1,
        QueueNamePrefix: "a-1",
        NextToken: await tokenOf(sqs, "a-"),
      }),
    refusal: otherParameters,
  },
  {
    rule: "a token of ListQueues in ListDeadLetterSourceQueues",
    mark: "unconfirmed",
    call: async (queue, sqs) =>
      sqs.client.listDeadLetterSourceQueues({
        QueueUrl: queue.url,
        MaxResults: 1,
        NextToken: await tokenOf(sqs),
      }),
    refusal: otherParameters,
  },
  {
    rule: "1001 results of ListDeadLetterSourceQueues",
    mark: "text unconfirmed",
    call: (queue, sqs) =>
      sqs.client.listDeadLetterSourceQueues({ QueueUrl: queue.url, MaxResults: 1001 }),
    refusal: range,
  },
];

/** Spec section 3.8. */
export function describeListing(it: SqsTest): void {
  describe("ListQueues", () => {
    it("answers no member at all where there is no queue", async ({ sqs }) => {
      const { $metadata, ...answer } = await sqs.client.listQueues({});

      expect(answer).toEqual({});
    });

    it("lists the queues of this account by their names", async ({ sqs }) => {
      for (const name of ["b", "a", "C"]) await sqs.createQueue({}, name);

      const { QueueUrls, NextToken } = await sqs.client.listQueues({});

      expect(QueueUrls?.map((url) => url.split("/").at(-1))).toEqual(["C", "a", "b"]);
      expect(NextToken).toBeUndefined();
    });

    it("keeps to the prefix, capitals and all", async ({ sqs }) => {
      for (const name of ["orders", "orders-dead", "Orders", "other"]) {
        await sqs.createQueue({}, name);
      }

      const { QueueUrls } = await sqs.client.listQueues({ QueueNamePrefix: "orders" });

      expect(QueueUrls?.map((url) => url.split("/").at(-1))).toEqual(["orders", "orders-dead"]);
    });

    it("gives a token while there is more, and none with the last page", async ({ sqs }) => {
      for (const name of ["a", "b", "c", "d"]) await sqs.createQueue({}, name);

      const first = await sqs.client.listQueues({ MaxResults: 2 });
      const second = await sqs.client.listQueues({ MaxResults: 2, NextToken: first.NextToken });

      expect(first.QueueUrls).toEqual(
        ["a", "b"].map((name) => `${sqs.origin}/${sqs.account}/${name}`),
      );
      expect(first.NextToken).toMatch(/^[A-Za-z0-9+/]+=*$/);
      expect(second.QueueUrls).toEqual(
        ["c", "d"].map((name) => `${sqs.origin}/${sqs.account}/${name}`),
      );
      expect(second.NextToken).toBeUndefined();
    });

    it("gives a thousand and no token when it is not told how many", async ({ sqs }) => {
      const names = Array.from({ length: 1001 }, (_, place) => String(place).padStart(4, "0"));
      await Promise.all(names.map((name) => sqs.client.createQueue({ QueueName: name })));

      const { QueueUrls = [], NextToken } = await sqs.client.listQueues({});

      expect(QueueUrls.map((url) => url.split("/").at(-1))).toEqual(names.slice(0, 1000));
      expect(NextToken).toBeUndefined();
    });

    it("goes on after the last name even if that queue is gone", async ({ sqs }) => {
      const queues = [];
      for (const name of ["a", "b", "c"]) queues.push(await sqs.createQueue({}, name));
      const { NextToken } = await sqs.client.listQueues({ MaxResults: 1 });
      await queues[0]?.deleteQueue();

      const { QueueUrls } = await sqs.client.listQueues({ MaxResults: 10, NextToken });

      expect(QueueUrls).toEqual([queues[1]?.url, queues[2]?.url]);
    });

    it("does not list a queue that was deleted", async ({ sqs }) => {
      const kept = await sqs.createQueue();
      const queue = await sqs.createQueue();

      await queue.deleteQueue();

      expect((await sqs.client.listQueues({})).QueueUrls).toEqual([kept.url]);
    });

    itRefuses(it, rows);
  });

  describe("ListDeadLetterSourceQueues", () => {
    it("answers no member at all where there is no source", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const { $metadata, ...answer } = await sqs.client.listDeadLetterSourceQueues({
        QueueUrl: queue.url,
      });

      expect(answer).toEqual({});
    });

    it("lists the queues whose redrive policy names this one", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const one = await sqs.createSourceOf(target, 1);
      const other = await sqs.createSourceOf(target, 5);
      await sqs.createSourceOf(one, 5);

      const { queueUrls } = await sqs.client.listDeadLetterSourceQueues({ QueueUrl: target.url });

      expect(queueUrls).toEqual([one.url, other.url]);
    });

    it("no longer lists a queue whose policy was removed, or that was deleted", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const changed = await sqs.createSourceOf(target, 1);
      const deleted = await sqs.createSourceOf(target, 1);
      const kept = await sqs.createSourceOf(target, 1);

      await changed.set({ RedrivePolicy: "" });
      await deleted.deleteQueue();

      const { queueUrls } = await sqs.client.listDeadLetterSourceQueues({ QueueUrl: target.url });
      expect(queueUrls).toEqual([kept.url]);
    });

    it("gives its sources a page at a time", async ({ sqs }) => {
      const target = await sqs.createQueue();
      const sources = [];
      for (let count = 0; count < 3; count += 1) sources.push(await sqs.createSourceOf(target, 1));
      const input = { QueueUrl: target.url, MaxResults: 2 };

      const first = await sqs.client.listDeadLetterSourceQueues(input);
      const second = await sqs.client.listDeadLetterSourceQueues({
        ...input,
        NextToken: first.NextToken,
      });

      expect(first.queueUrls).toEqual([sources[0]?.url, sources[1]?.url]);
      expect(second.queueUrls).toEqual([sources[2]?.url]);
      expect(second.NextToken).toBeUndefined();
    });
  });
}
