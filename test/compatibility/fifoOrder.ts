import type { Message } from "@aws-sdk/client-sqs";
import { describe, expect } from "vitest";
import { createFifo, handleOf, sendTo } from "./fifoQueue.ts";
import type { Sqs, SqsTest } from "./sqsTest.ts";
import { bodiesOf, noMessages, type TestQueue } from "./testQueue.ts";

interface Scene {
  readonly sqs: Sqs;
  readonly queue: TestQueue;
  /** Receives the next so many of the group, for 30 seconds. */
  readonly take: (count: number) => Promise<readonly Message[]>;
}

/** What has happened to m1, m2 and m3 of one group, and what the next receive of ten returns. */
const table: readonly (readonly [
  situation: string,
  arrange: (scene: Scene) => Promise<void>,
  next: readonly string[],
])[] = [
  ["nothing was received", async () => undefined, ["m1", "m2", "m3"]],
  [
    "m1 is in flight",
    async ({ take }) => {
      await take(1);
    },
    [],
  ],
  [
    "m1 and m2 are in flight and m1 is deleted",
    async ({ take, queue }) => {
      const [m1] = await take(2);
      await queue.delete(handleOf(m1));
    },
    [],
  ],
  [
    "m1 and m2 are in flight and m1 is deleted, and m2's timeout is over",
    async ({ take, queue, sqs }) => {
      const [m1] = await take(2);
      await queue.delete(handleOf(m1));
      sqs.advanceSeconds(30);
    },
    ["m2", "m3"],
  ],
  [
    "m1 and m2 are in flight and m2 is deleted, and m1's timeout is over",
    async ({ take, queue, sqs }) => {
      const [, m2] = await take(2);
      await queue.delete(handleOf(m2));
      sqs.advanceSeconds(30);
    },
    ["m1", "m3"],
  ],
  [
    "all that were received are deleted",
    async ({ take, queue }) => {
      for (const message of await take(2)) await queue.delete(handleOf(message));
    },
    ["m3"],
  ],
  [
    "m1 is in flight and m4 is sent",
    async ({ take, queue }) => {
      await take(1);
      await sendTo(queue, "g", "m4");
    },
    [],
  ],
  [
    "all are in flight and m4 is sent",
    async ({ take, queue }) => {
      await take(3);
      await sendTo(queue, "g", "m4");
    },
    [],
  ],
  [
    "m1 was in flight and its timeout is over",
    async ({ take, sqs }) => {
      await take(1);
      sqs.advanceSeconds(30);
    },
    ["m1", "m2", "m3"],
  ],
  [
    "m1 and m2 are in flight and m1's visibility is changed to 0",
    async ({ take, queue }) => {
      const [m1] = await take(2);
      await queue.changeVisibility(handleOf(m1), 0);
    },
    ["m1"],
  ],
  [
    "m1 and m2 are in flight and m2's visibility is changed to 0",
    async ({ take, queue }) => {
      const [, m2] = await take(2);
      await queue.changeVisibility(handleOf(m2), 0);
    },
    [],
  ],
  [
    "all were in flight, m1 is extended and the others' timeouts are over",
    async ({ take, queue, sqs }) => {
      const [m1] = await take(3);
      await queue.changeVisibility(handleOf(m1), 60);
      sqs.advanceSeconds(30);
    },
    [],
  ],
  [
    "all were in flight, m2 is extended and the others' timeouts are over",
    async ({ take, queue, sqs }) => {
      const [, m2] = await take(3);
      await queue.changeVisibility(handleOf(m2), 60);
      sqs.advanceSeconds(30);
    },
    ["m1"],
  ],
  [
    "all were in flight, m3 is extended and the others' timeouts are over",
    async ({ take, queue, sqs }) => {
      const [, , m3] = await take(3);
      await queue.changeVisibility(handleOf(m3), 60);
      sqs.advanceSeconds(30);
    },
    ["m1", "m2"],
  ],
];

/** Spec section 7.4. */
export function describeOrder(it: SqsTest): void {
  describe("a group of three messages", () => {
    it.for(table)("of which %s, gives out what it should", async ([, arrange, next], { sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2", "m3");
      const take = (count: number) => queue.receive({ MaxNumberOfMessages: count });
      await arrange({ sqs, queue, take });

      expect(bodiesOf(await queue.receiveAll())).toEqual(next);
    });

    it("goes on with m2 once m1 is in the dead-letter queue", async ({ sqs }) => {
      const target = await createFifo(sqs);
      const policy = { deadLetterTargetArn: target.arn, maxReceiveCount: 1 };
      const queue = await createFifo(sqs, { RedrivePolicy: JSON.stringify(policy) });
      await sendTo(queue, "g", "m1", "m2", "m3");
      await queue.receive();
      sqs.advanceSeconds(30);

      expect(bodiesOf(await queue.receiveAll())).toEqual(["m2", "m3"]);
      expect(bodiesOf(await target.receiveAll())).toEqual(["m1"]);
    });

    it("is held by one of many that receive at once", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2", "m3");

      const answers = await Promise.all(
        Array.from({ length: 8 }, () => queue.receive({ MaxNumberOfMessages: 2 })),
      );

      expect(answers.filter((messages) => messages.length > 0).map(bodiesOf)).toEqual([
        ["m1", "m2"],
      ]);
    });

    it("counts those that wait as available", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2", "m3");

      await queue.receive();

      expect(await queue.counts()).toEqual({ available: 2, inFlight: 1, delayed: 0 });
    });
  });

  describe("several groups", () => {
    it("do not wait for each other", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "a", "a1", "a2");
      await sendTo(queue, "b", "b1", "b2");

      const first = await queue.receive();
      const second = await queue.receive();
      const third = await queue.receive();

      expect([...bodiesOf(first), ...bodiesOf(second)].sort()).toEqual(["a1", "b1"]);
      expect(third).toEqual([]);
      expect(await queue.counts()).toEqual({ available: 2, inFlight: 2, delayed: 0 });
    });

    it("are emptied one after another into one answer, and take turns", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g1", "g1-m1", "g1-m2");
      await sendTo(queue, "g2", "g2-m1", "g2-m2");
      await sendTo(queue, "g3", "g3-m1");

      const first = await queue.receive({ MaxNumberOfMessages: 3, VisibilityTimeout: 0 });
      const second = await queue.receiveAll({ VisibilityTimeout: 0 });

      expect(bodiesOf(first)).toEqual(["g1-m1", "g1-m2", "g2-m1"]);
      expect(bodiesOf(second)).toEqual(["g3-m1", "g1-m1", "g1-m2", "g2-m1", "g2-m2"]);
    });

    it("never give a message twice into one answer", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "a", "a1", "a2");
      await sendTo(queue, "b", "b1");

      const bodies = bodiesOf(await queue.receiveAll({ VisibilityTimeout: 0 }));

      expect([...bodies].sort()).toEqual(["a1", "a2", "b1"]);
    });

    it("are each held by one of many that receive at once", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      for (let group = 0; group < 12; group += 1) {
        await sendTo(queue, `group ${group}`.replace(" ", "-"), `${group}-1`, `${group}-2`);
      }

      const answers = await Promise.all(
        Array.from({ length: 12 }, () => queue.receive({ MaxNumberOfMessages: 3 })),
      );

      const holders = new Map<string, number>();
      for (const [place, messages] of answers.entries()) {
        for (const { Body = "" } of messages) {
          const [group = ""] = Body.split("-");
          expect(holders.get(group) ?? place).toBe(place);
          holders.set(group, place);
        }
      }
      const received = answers.flat().map(({ Body }) => Body);
      expect(new Set(received).size).toBe(received.length);
    });

    it("none of them starves while others are always busy", { timeout: 60_000 }, async ({
      sqs,
    }) => {
      const queue = await createFifo(sqs, { VisibilityTimeout: "1" });
      for (let group = 0; group < 40; group += 1) await sendTo(queue, `quiet${group}`, `q${group}`);
      const seen = new Set<string>();

      // Two groups have something new before each receive.
      for (let receives = 0; receives < 120 && seen.size < 40; receives += 1) {
        await sendTo(queue, "busy1", `busy 1, ${receives}`);
        await sendTo(queue, "busy2", `busy 2, ${receives}`);
        for (const { Body = "", ReceiptHandle } of await queue.receive()) {
          if (Body.startsWith("q")) seen.add(Body);
          await queue.delete(ReceiptHandle);
        }
      }

      expect(seen.size).toBe(40);
    });
  });

  describe("a purge of a FIFO queue", () => {
    it("removes what is in flight and lets its groups go", async ({ sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2");
      const { ReceiptHandle } = await queue.receiveOne();

      await queue.purge();

      expect(await queue.counts()).toEqual(noMessages);
      await sendTo(queue, "g", "m3");
      expect(bodiesOf(await queue.receiveAll())).toEqual(["m3"]);
      await queue.delete(ReceiptHandle);
      expect(await queue.counts()).toEqual({ available: 0, inFlight: 1, delayed: 0 });
    });
  });

  describe("a FIFO queue that is deleted and made anew", () => {
    it("has no message, no holder and no memory of ids", async ({ relaxed: sqs }) => {
      const queue = await createFifo(sqs);
      await sendTo(queue, "g", "m1", "m2");
      await queue.receive();
      await queue.deleteQueue();

      const again = await sqs.createQueue(
        { FifoQueue: "true", ContentBasedDeduplication: "true" },
        queue.name,
      );
      await sendTo(again, "g", "m1");

      expect(bodiesOf(await again.receiveAll())).toEqual(["m1"]);
    });
  });
}
