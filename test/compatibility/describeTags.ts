import { describe, expect } from "vitest";
import { invalid, missing } from "./refusal.ts";
import { itRefuses, type RefusalRow } from "./refusalRows.ts";
import type { Sqs, SqsTest } from "./sqsTest.ts";
import type { TestQueue } from "./testQueue.ts";

const tag = (tags: Record<string, string> | undefined) => (queue: TestQueue, sqs: Sqs) =>
  sqs.client.tagQueue({ QueueUrl: queue.url, Tags: tags });
const untag = (keys: string[] | undefined) => (queue: TestQueue, sqs: Sqs) =>
  sqs.client.untagQueue({ QueueUrl: queue.url, TagKeys: keys });

const keyLength = invalid("Tag keys must be between 1 and 128 characters in length.");
const characters = invalid(
  "Tag keys and values can only include letters, digits, spaces and _ . : / = + - @",
);
const reserved = invalid(
  "Tag keys cannot begin with 'aws:'. This prefix is reserved for internal use.",
);

const rows: readonly RefusalRow[] = [
  {
    rule: "TagQueue without tags",
    mark: "unconfirmed",
    call: tag(undefined),
    refusal: missing("Tags"),
  },
  { rule: "TagQueue with no tag", mark: "unconfirmed", call: tag({}), refusal: missing("Tags") },
  { rule: "an empty key", mark: "unconfirmed", call: tag({ "": "a" }), refusal: keyLength },
  {
    rule: "a key of 129 characters",
    mark: "unconfirmed",
    call: tag({ ["k".repeat(129)]: "a" }),
    refusal: keyLength,
  },
  {
    rule: "a value of 257 characters",
    mark: "text unconfirmed",
    call: tag({ k: "v".repeat(257) }),
    refusal: invalid("Tag values must be between 0 and 256 characters in length."),
  },
  {
    rule: "a character beyond those listed in a key",
    mark: "text unconfirmed",
    call: tag({ "k!": "v" }),
    refusal: characters,
  },
  {
    rule: "a character beyond those listed in a value",
    mark: "text unconfirmed",
    call: tag({ k: "v#" }),
    refusal: characters,
  },
  {
    rule: "the prefix aws:",
    mark: "text unconfirmed",
    call: tag({ "aws:k": "v" }),
    refusal: reserved,
  },
  {
    rule: "the prefix aws: in capitals",
    mark: "text unconfirmed",
    call: tag({ "AWS:k": "v" }),
    refusal: reserved,
  },
  {
    rule: "a bad tag in CreateQueue",
    mark: "text unconfirmed",
    call: (_, sqs) => sqs.client.createQueue({ QueueName: "other", tags: { "k!": "v" } }),
    refusal: characters,
  },
  {
    rule: "UntagQueue without keys",
    mark: "unconfirmed",
    call: untag(undefined),
    refusal: missing("TagKeys"),
  },
  {
    rule: "UntagQueue with no key",
    mark: "unconfirmed",
    call: untag([]),
    refusal: missing("TagKeys"),
  },
  { rule: "an empty key to remove", mark: "unconfirmed", call: untag([""]), refusal: keyLength },
];

/** Spec section 3.7. */
export function describeTags(it: SqsTest): void {
  const tagsOf = async (queue: TestQueue, { client }: Sqs) =>
    (await client.listQueueTags({ QueueUrl: queue.url })).Tags;

  describe("the tags of a queue", () => {
    it("are none at first", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      expect(await tagsOf(queue, sqs)).toBeUndefined();
    });

    it("are added, replaced by their key, and kept otherwise", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await tag({ team: "a", stage: "test" })(queue, sqs);

      await tag({ team: "b", Team: "c" })(queue, sqs);

      expect(await tagsOf(queue, sqs)).toEqual({ team: "b", Team: "c", stage: "test" });
    });

    it("may have empty values, and come back so", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      await tag({ empty: "" })(queue, sqs);

      expect(await tagsOf(queue, sqs)).toEqual({ empty: "" });
    });

    it("are removed by their keys, and a key that is not there is fine", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await tag({ a: "1", b: "2" })(queue, sqs);

      await untag(["a", "nobody"])(queue, sqs);

      expect(await tagsOf(queue, sqs)).toEqual({ b: "2" });
    });

    it("are gone from the answer when the last is removed", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      await tag({ a: "1" })(queue, sqs);

      await untag(["a"])(queue, sqs);

      expect(await tagsOf(queue, sqs)).toBeUndefined();
    });

    it("may be of every listed character, of 128 and 256 of them", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const tags = {
        "Größe 世界_.:/=+-@": "ж 9_.:/=+-@",
        ["k".repeat(128)]: "v".repeat(256),
      };

      await tag(tags)(queue, sqs);

      expect(await tagsOf(queue, sqs)).toEqual(tags);
    });

    it("may be more than 50 [unconfirmed]", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      const names = Array.from({ length: 60 }, (_, place) => `key-${place}`);

      await tag(Object.fromEntries(names.map((name) => [name, name])))(queue, sqs);

      expect(Object.keys((await tagsOf(queue, sqs)) ?? {})).toHaveLength(60);
    });

    it("do not count as a change of attributes", async ({ sqs }) => {
      const queue = await sqs.createQueue();
      sqs.advanceSeconds(100);

      await tag({ a: "1" })(queue, sqs);

      const { CreatedTimestamp, LastModifiedTimestamp } = await queue.attributes("All");
      expect(LastModifiedTimestamp).toBe(CreatedTimestamp);
    });

    itRefuses(it, rows);
  });
}
