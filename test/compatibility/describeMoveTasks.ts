import type { ListMessageMoveTasksResultEntry } from "@aws-sdk/client-sqs";
import { describe, expect } from "vitest";
import { invalid, missing, type Refusal, refusalOf, refused } from "./refusal.ts";
import { itRefuses, type RefusalRow } from "./refusalRows.ts";
import type { Sqs, SqsTest } from "./sqsTest.ts";
import { bodiesOf, noMessages, type TestQueue } from "./testQueue.ts";

const queueIsGone = "AWS.SimpleQueueService.NonExistentQueue";

const malformed = (parameter: string) =>
  invalid(
    `You must use this format to specify the ${parameter}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
  );
const notFound = (parameter: string) =>
  refused(
    "ResourceNotFoundException",
    `The resource that you specified for the ${parameter} parameter doesn't exist.`,
  );
const outOf = (parameter: string, range: string) =>
  invalid(
    `Value for parameter ${parameter} is invalid. Reason: You must enter a number that's between ${range}.`,
  );
const alreadyRunning = invalid(
  "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
);
const noSuchTask = refused("ResourceNotFoundException", "Task does not exist.");

/** A queue that is a dead-letter queue from now on. */
async function deadLetter(queue: TestQueue, sqs: Sqs): Promise<TestQueue> {
  await sqs.createSourceOf(queue, 1);
  return queue;
}

type Options = Omit<Parameters<Sqs["client"]["startMessageMoveTask"]>[0], "SourceArn">;

const start = (sqs: Sqs, source: TestQueue, options: Options = {}) =>
  sqs.client.startMessageMoveTask({ SourceArn: source.arn, ...options });

const startRows: readonly RefusalRow[] = [
  {
    rule: "no SourceArn",
    mark: "unconfirmed",
    call: (_, { client }) => client.startMessageMoveTask({ SourceArn: undefined }),
    refusal: missing("SourceArn"),
  },
  ...["queue", "arn:aws:sqs:us-east-1:queue", "arn:aws:sqs::1:queue"].map(
    (SourceArn): RefusalRow => ({
      rule: `the SourceArn ${SourceArn}`,
      mark: "unconfirmed",
      call: (_, { client }) => client.startMessageMoveTask({ SourceArn }),
      refusal: malformed("SourceArn"),
    }),
  ),
  {
    rule: "a DestinationArn that is none, before a source that does not exist",
    mark: "unconfirmed",
    call: (_, { client }) =>
      client.startMessageMoveTask({ SourceArn: "arn:aws:sqs:a:b:c", DestinationArn: "queue" }),
    refusal: malformed("DestinationArn"),
  },
  {
    rule: "a source that does not exist, before a destination that does not",
    mark: "unconfirmed",
    call: (_, sqs) =>
      sqs.client.startMessageMoveTask({
        SourceArn: sqs.arnOf("nobody"),
        DestinationArn: sqs.arnOf("nobody"),
      }),
    refusal: notFound("SourceArn"),
  },
  {
    rule: "the source of another account",
    mark: "unconfirmed",
    call: ({ name }, { client }) =>
      client.startMessageMoveTask({ SourceArn: `arn:aws:sqs:us-east-1:999999999999:${name}` }),
    refusal: notFound("SourceArn"),
  },
  {
    rule: "a source that is no dead-letter queue, before a destination that does not exist",
    mark: "V",
    call: (queue, sqs) => start(sqs, queue, { DestinationArn: sqs.arnOf("nobody") }),
    refusal: invalid("Source queue must be configured as a Dead Letter Queue."),
  },
  {
    rule: "a destination that does not exist, before a rate out of range",
    mark: "V",
    call: async (queue, sqs) =>
      start(sqs, await deadLetter(queue, sqs), {
        DestinationArn: sqs.arnOf("nobody"),
        MaxNumberOfMessagesPerSecond: 0,
      }),
    refusal: notFound("DestinationArn"),
  },
  {
    rule: "the source as destination",
    mark: "unconfirmed",
    call: async (queue, sqs) =>
      start(sqs, await deadLetter(queue, sqs), { DestinationArn: queue.arn }),
    refusal: invalid("Source queue arn and destination queue arn cannot be the same."),
  },
  {
    rule: "a destination of the other type, before a rate out of range",
    mark: "unconfirmed",
    call: async (queue, sqs) => {
      const fifo = await sqs.createQueue({ FifoQueue: "true" }, "destination.fifo");
      await start(sqs, await deadLetter(queue, sqs), {
        DestinationArn: fifo.arn,
        MaxNumberOfMessagesPerSecond: 0,
      });
    },
    refusal: invalid("The source queue and destination queue must be of the same queue type."),
  },
  ...[0, 501, -1].map(
    (MaxNumberOfMessagesPerSecond): RefusalRow => ({
      rule: `a rate of ${MaxNumberOfMessagesPerSecond}`,
      mark: "unconfirmed",
      call: async (queue, sqs) =>
        start(sqs, await deadLetter(queue, sqs), { MaxNumberOfMessagesPerSecond }),
      refusal: outOf("MaxNumberOfMessagesPerSecond", "1 and 500"),
    }),
  ),
  {
    rule: "a second task at once",
    mark: "V",
    call: async (queue, sqs) => {
      const source = await sqs.createSourceOf(queue, 1);
      await failAll(source, "a", "b");
      await start(sqs, queue, { MaxNumberOfMessagesPerSecond: 1 });
      await start(sqs, queue);
    },
    refusal: alreadyRunning,
  },
];

/** A task handle as a client could make one up. */
const handleOf = (taskId: string, sourceArn: string) =>
  Buffer.from(JSON.stringify({ taskId, sourceArn })).toString("base64");
const anyTaskId = "10f6bc7f-8d1c-4d3e-9d1c-1d7c4c4a4f7a";

const cancelRows: readonly RefusalRow[] = [
  {
    handle: () => undefined,
    rule: "no handle",
    mark: "unconfirmed",
    refusal: missing("TaskHandle"),
  },
  ...["foobared", "AAAA", Buffer.from("[]").toString("base64")].map((text) => ({
    handle: () => text,
    rule: `the handle ${text}`,
    mark: "V" as const,
    refusal: invalid("Value for parameter TaskHandle is invalid."),
  })),
  {
    handle: (_: TestQueue, sqs: Sqs) => handleOf(anyTaskId, sqs.arnOf("nobody")),
    rule: "a handle whose source does not exist",
    mark: "V" as const,
    refusal: notFound("SourceArn"),
  },
  ...[anyTaskId, "", "x".repeat(3000)].map((taskId) => ({
    handle: (queue: TestQueue) => handleOf(taskId, queue.arn),
    rule: `a handle of the task ${taskId.slice(0, 40)}`,
    mark: "V" as const,
    refusal: noSuchTask,
  })),
].map(
  ({ handle, ...row }): RefusalRow => ({
    ...row,
    mark: row.mark === "V" ? "V" : "unconfirmed",
    call: (queue, sqs) => sqs.client.cancelMessageMoveTask({ TaskHandle: handle(queue, sqs) }),
  }),
);

const listRows: readonly RefusalRow[] = [
  {
    rule: "no SourceArn",
    mark: "unconfirmed",
    call: (_, { client }) => client.listMessageMoveTasks({ SourceArn: undefined }),
    refusal: missing("SourceArn"),
  },
  {
    rule: "a SourceArn that is none",
    mark: "unconfirmed",
    call: (_, { client }) => client.listMessageMoveTasks({ SourceArn: "queue" }),
    refusal: malformed("SourceArn"),
  },
  ...[0, 11, -1].map(
    (MaxResults): RefusalRow => ({
      rule: `${MaxResults} results`,
      mark: "unconfirmed",
      call: (queue, { client }) =>
        client.listMessageMoveTasks({ SourceArn: queue.arn, MaxResults }),
      refusal: outOf("MaxResults", "1 and 10"),
    }),
  ),
  {
    rule: "a source that does not exist",
    mark: "unconfirmed",
    call: (_, sqs) => sqs.client.listMessageMoveTasks({ SourceArn: sqs.arnOf("nobody") }),
    refusal: notFound("SourceArn"),
  },
];

/** Sends messages and receives each as often as its queue allows, so that they are dead letters. */
async function failAll(source: TestQueue, ...bodies: readonly string[]): Promise<void> {
  for (const body of bodies) {
    await source.send(body);
    await source.receiveOne({ VisibilityTimeout: 0 });
    expect(await source.receive()).toEqual([]);
  }
}

type Task = ListMessageMoveTasksResultEntry;

async function tasksOf(sqs: Sqs, source: TestQueue, most = 10): Promise<readonly Task[]> {
  const { Results = [] } = await sqs.client.listMessageMoveTasks({
    SourceArn: source.arn,
    MaxResults: most,
  });
  return Results;
}

/** Nothing that a server does by itself takes as many requests as this. */
const asksMax = 2000;

/** Asks for the latest task until it is as expected. */
async function taskWhen(
  sqs: Sqs,
  source: TestQueue,
  isExpected: (task: Task) => boolean,
): Promise<Task> {
  let task: Task = {};
  for (let asks = 0; asks < asksMax; asks += 1) {
    task = (await tasksOf(sqs, source, 1))[0] ?? {};
    if (isExpected(task)) return task;
  }
  throw new Error(`expected another task than ${JSON.stringify(task)}`);
}

const hasStatus = (status: string) => (task: Task) => task.Status === status;
const hasMoved = (count: number) => (task: Task) => task.ApproximateNumberOfMessagesMoved === count;

/** A task of messages a to j, one a second, that has moved some of them. */
async function aSlowTask(sqs: Sqs, moved: number) {
  const dead = await sqs.createQueue();
  const source = await sqs.createSourceOf(dead, 1);
  await failAll(source, ...bodies);
  const { TaskHandle = "" } = await start(sqs, dead, { MaxNumberOfMessagesPerSecond: 1 });
  for (let count = 1; count < moved; count += 1) {
    await taskWhen(sqs, dead, hasMoved(count));
    sqs.advanceSeconds(1);
  }
  const task = await taskWhen(sqs, dead, hasMoved(moved));
  return { dead, source, task, TaskHandle };
}

const bodies = [..."abcdefghij"];

/** Spec section 9.4, and the traps of section 13 about it. */
export function describeMoveTasks(it: SqsTest): void {
  describe("StartMessageMoveTask", () => {
    it("answers with a handle that is base64 of JSON [V]", async ({ sqs }) => {
      const dead = await deadLetter(await sqs.createQueue(), sqs);

      const { TaskHandle = "" } = await start(sqs, dead);

      const text = Buffer.from(TaskHandle, "base64").toString();
      expect(text).toBe(JSON.stringify({ ...JSON.parse(text), sourceArn: dead.arn }));
      expect(text).toMatch(/^{"taskId":"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}","sourceArn":/);
    });

    it("13.59 takes each message back to its own source, the oldest first [V]", async ({ sqs }) => {
      const dead = await sqs.createQueue();
      const one = await sqs.createSourceOf(dead, 1);
      const other = await sqs.createSourceOf(dead, 1);
      await failAll(one, "a", "b");
      await failAll(other, "c");
      await failAll(one, "d");

      await start(sqs, dead);
      await taskWhen(sqs, dead, hasStatus("COMPLETED"));

      expect(bodiesOf(await one.receiveAll())).toEqual(["a", "b", "d"]);
      expect(bodiesOf(await other.receiveAll())).toEqual(["c"]);
      expect(await dead.counts()).toEqual(noMessages);
    });

    it("takes everything to the destination that is given", async ({ sqs }) => {
      const dead = await sqs.createQueue();
      const source = await sqs.createSourceOf(dead, 1);
      const destination = await sqs.createQueue();
      await failAll(source, "a");
      await dead.sendAll("b", "c");

      await start(sqs, dead, { DestinationArn: destination.arn });
      await taskWhen(sqs, dead, hasStatus("COMPLETED"));

      expect(bodiesOf(await destination.receiveAll())).toEqual(["a", "b", "c"]);
      expect(await source.counts()).toEqual(noMessages);
      expect(await dead.counts()).toEqual(noMessages);
    });

    it("13.60 makes new messages, which do not bounce back at once", async ({ sqs }) => {
      const dead = await sqs.createQueue();
      const source = await sqs.createSourceOf(dead, 1);
      await failAll(source, "hello");
      const before = await dead.receiveOne({ VisibilityTimeout: 0 });
      sqs.advanceSeconds(60);

      await start(sqs, dead);
      await taskWhen(sqs, dead, hasStatus("COMPLETED"));
      const after = await source.receiveOne();

      expect(before.Attributes?.DeadLetterQueueSourceArn).toBe(source.arn);
      expect(after.Attributes).not.toHaveProperty("DeadLetterQueueSourceArn");
      expect(after.Attributes?.ApproximateReceiveCount).toBe("1");
      expect(after.Attributes?.SentTimestamp).toBe(String(sqs.clock.nowMs()));
      expect(after.MessageId).not.toBe(before.MessageId);
    });

    it("leaves what is in flight [unconfirmed]", async ({ sqs }) => {
      const dead = await sqs.createQueue();
      const source = await sqs.createSourceOf(dead, 1);
      await failAll(source, "a", "b");
      const held = await dead.receiveOne();

      await start(sqs, dead);
      await taskWhen(sqs, dead, hasStatus("COMPLETED"));

      expect(await dead.counts()).toEqual({ ...noMessages, inFlight: 1 });
      await dead.delete(held.ReceiptHandle);
      expect(bodiesOf(await source.receiveAll())).toEqual(["b"]);
    });

    it("wakes a receive that waits at the destination", async ({ sqs }) => {
      const dead = await sqs.createQueue();
      const source = await sqs.createSourceOf(dead, 1);
      await failAll(source, "hello");
      const poll = await source.poll();

      await start(sqs, dead);

      expect(bodiesOf(await poll.answer)).toEqual(["hello"]);
    });

    it("13.62 moves one message a second at a rate of one, and says how many", async ({ sqs }) => {
      const { dead, source, task } = await aSlowTask(sqs, 1);

      expect(task).toMatchObject({ Status: "RUNNING", ApproximateNumberOfMessagesToMove: 10 });
      sqs.clock.advance(999);
      expect(await taskWhen(sqs, dead, () => true)).toMatchObject(task);
      sqs.clock.advance(1);
      await taskWhen(sqs, dead, hasMoved(2));
      expect(await source.counts()).toEqual({ ...noMessages, available: 2 });
      expect(await dead.counts()).toEqual({ ...noMessages, available: 8 });
    });

    it("may be called again once a task has ended", async ({ sqs }) => {
      const dead = await deadLetter(await sqs.createQueue(), sqs);
      await start(sqs, dead);
      await taskWhen(sqs, dead, hasStatus("COMPLETED"));

      await start(sqs, dead);

      await taskWhen(sqs, dead, hasStatus("COMPLETED"));
      expect(await tasksOf(sqs, dead)).toHaveLength(2);
    });

    it("13.61 refuses what is no dead-letter queue, no destination, and a second task [V]", async ({
      sqs,
    }) => {
      const dead = await sqs.createQueue();
      const source = await sqs.createSourceOf(dead, 1);
      await failAll(source, "a", "b");
      const notDead = await refusalOf(start(sqs, source));
      const nowhere = await refusalOf(start(sqs, dead, { DestinationArn: sqs.arnOf("nobody") }));

      await start(sqs, dead, { MaxNumberOfMessagesPerSecond: 1 });

      expect(notDead).toEqual(invalid("Source queue must be configured as a Dead Letter Queue."));
      expect(nowhere).toEqual(notFound("DestinationArn"));
      expect(await refusalOf(start(sqs, dead))).toEqual(alreadyRunning);
    });

    itRefuses(it, startRows);
  });

  describe("a move task of FIFO queues", () => {
    it("keeps groups and their order, and suppresses nothing as a duplicate", async ({ sqs }) => {
      const dead = await sqs.createQueue({ FifoQueue: "true" }, "dead.fifo");
      const policy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 1 };
      const attributes = { FifoQueue: "true", ContentBasedDeduplication: "true" };
      const source = await sqs.createQueue(
        { ...attributes, RedrivePolicy: JSON.stringify(policy) },
        "source.fifo",
      );
      for (const body of ["a", "b", "c"]) {
        await source.send(body, { MessageGroupId: "group" });
        await source.receiveOne({ VisibilityTimeout: 0 });
        expect(await source.receive()).toEqual([]);
      }
      const before = await dead.receiveAll({ VisibilityTimeout: 0 });

      await start(sqs, dead);
      await taskWhen(sqs, dead, hasStatus("COMPLETED"));
      const after = await source.receiveAll({ MessageSystemAttributeNames: ["All"] });

      expect(bodiesOf(after)).toEqual(["a", "b", "c"]);
      expect(after.map(({ Attributes }) => Attributes?.MessageGroupId)).toEqual(
        after.map(() => "group"),
      );
      for (const [place, { MessageId, Attributes }] of after.entries()) {
        expect(MessageId).not.toBe(before[place]?.MessageId);
        expect(Attributes?.ApproximateReceiveCount).toBe("1");
        expect(Attributes).not.toHaveProperty("DeadLetterQueueSourceArn");
      }
    });

    it("leaves a group alone that is locked", async ({ sqs }) => {
      const dead = await sqs.createQueue({ FifoQueue: "true" }, "dead.fifo");
      const destination = await sqs.createQueue({ FifoQueue: "true" }, "destination.fifo");
      const policy = { deadLetterTargetArn: dead.arn, maxReceiveCount: 1 };
      const RedrivePolicy = JSON.stringify(policy);
      await sqs.createQueue({ FifoQueue: "true", RedrivePolicy }, "source.fifo");
      const send = (group: string, id: string) =>
        dead.send(group, { MessageGroupId: group, MessageDeduplicationId: id });
      await send("held", "1");
      await send("held", "2");
      expect((await dead.receiveOne()).Body).toBe("held");
      await send("free", "3");

      await start(sqs, dead, { DestinationArn: destination.arn });
      await taskWhen(sqs, dead, hasStatus("COMPLETED"));

      expect(bodiesOf(await destination.receiveAll())).toEqual(["free"]);
      expect(await dead.counts()).toEqual({ available: 1, inFlight: 1, delayed: 0 });
    });
  });

  describe("a move task fails", () => {
    it.for(["source", "destination"] as const)(
      "when its %s is deleted [V]",
      async (which, { sqs }) => {
        const dead = await sqs.createQueue();
        const source = await sqs.createSourceOf(dead, 1);
        const destination = await sqs.createQueue();
        await failAll(source, "a", "b", "c");
        await start(sqs, dead, {
          MaxNumberOfMessagesPerSecond: 1,
          ...(which === "destination" && { DestinationArn: destination.arn }),
        });
        await taskWhen(sqs, dead, hasMoved(1));

        await (which === "source" ? source : destination).deleteQueue();
        sqs.advanceSeconds(1);

        expect(await taskWhen(sqs, dead, hasStatus("FAILED"))).toMatchObject({
          FailureReason: queueIsGone,
          ApproximateNumberOfMessagesMoved: 1,
        });
        expect(await dead.counts()).toEqual({ ...noMessages, available: 2 });
      },
    );

    it("when a message does not say where it came from [unconfirmed]", async ({ sqs }) => {
      const dead = await deadLetter(await sqs.createQueue(), sqs);
      await dead.send("hello");

      await start(sqs, dead);

      expect(await taskWhen(sqs, dead, hasStatus("FAILED"))).toMatchObject({
        FailureReason: "CouldNotDetermineMessageSource",
        ApproximateNumberOfMessagesMoved: 0,
        ApproximateNumberOfMessagesToMove: 1,
      });
      expect(await dead.counts()).toEqual({ ...noMessages, available: 1 });
    });
  });

  describe("CancelMessageMoveTask", () => {
    it("stops a task, and what was moved stays moved [V]", async ({ sqs }) => {
      const { dead, source, TaskHandle } = await aSlowTask(sqs, 2);

      const answer = await sqs.client.cancelMessageMoveTask({ TaskHandle });
      const asked = await taskWhen(sqs, dead, () => true);
      sqs.advanceSeconds(1);
      const done = await taskWhen(sqs, dead, hasStatus("CANCELLED"));

      expect(answer).toMatchObject({ ApproximateNumberOfMessagesMoved: 2 });
      expect(asked.Status).toBe("CANCELLING");
      expect(asked).not.toHaveProperty("TaskHandle");
      expect(done).toMatchObject({ ApproximateNumberOfMessagesMoved: 2 });
      expect(done).not.toHaveProperty("FailureReason");
      expect(bodiesOf(await source.receiveAll())).toEqual(bodies.slice(0, 2));
      expect(await dead.counts()).toEqual({ ...noMessages, available: 8 });
    });

    it("is refused for a task that is not running [unconfirmed]", async ({ sqs }) => {
      const { dead, TaskHandle } = await aSlowTask(sqs, 1);
      const cancel = () => refusalOf(sqs.client.cancelMessageMoveTask({ TaskHandle }));
      const notActive: Refusal = invalid("Only active tasks can be cancelled.");

      await sqs.client.cancelMessageMoveTask({ TaskHandle });

      expect(await cancel()).toEqual(notActive);
      sqs.advanceSeconds(1);
      await taskWhen(sqs, dead, hasStatus("CANCELLED"));
      expect(await cancel()).toEqual(notActive);
    });

    itRefuses(it, cancelRows);
  });

  describe("ListMessageMoveTasks", () => {
    it("answers nothing for a queue without tasks", async ({ sqs }) => {
      const queue = await sqs.createQueue();

      const answer = await sqs.client.listMessageMoveTasks({ SourceArn: queue.arn });

      expect(answer).not.toHaveProperty("Results");
    });

    it("shows a running task with its handle, its destination and its rate [V]", async ({
      sqs,
    }) => {
      const dead = await sqs.createQueue();
      const source = await sqs.createSourceOf(dead, 1);
      const destination = await sqs.createQueue();
      await failAll(source, "a", "b", "c");
      const startedMs = sqs.clock.nowMs();

      const { TaskHandle } = await start(sqs, dead, {
        DestinationArn: destination.arn,
        MaxNumberOfMessagesPerSecond: 1,
      });

      expect(await taskWhen(sqs, dead, hasMoved(1))).toEqual({
        TaskHandle,
        Status: "RUNNING",
        SourceArn: dead.arn,
        DestinationArn: destination.arn,
        MaxNumberOfMessagesPerSecond: 1,
        ApproximateNumberOfMessagesMoved: 1,
        ApproximateNumberOfMessagesToMove: 3,
        StartedTimestamp: startedMs,
      });
    });

    it("13.62 shows no more of a task that is done than was given at its start [V]", async ({
      sqs,
    }) => {
      const dead = await sqs.createQueue();
      const source = await sqs.createSourceOf(dead, 1);
      await failAll(source, "a");
      const startedMs = sqs.clock.nowMs();

      await start(sqs, dead);

      expect(await taskWhen(sqs, dead, hasStatus("COMPLETED"))).toEqual({
        Status: "COMPLETED",
        SourceArn: dead.arn,
        ApproximateNumberOfMessagesMoved: 1,
        ApproximateNumberOfMessagesToMove: 1,
        StartedTimestamp: startedMs,
      });
    });

    it("shows the newest task, or as many as are asked for", async ({ sqs }) => {
      const dead = await deadLetter(await sqs.createQueue(), sqs);
      const startedMs: number[] = [];
      for (let tasks = 0; tasks < 12; tasks += 1) {
        startedMs.unshift(sqs.clock.nowMs());
        await start(sqs, dead);
        await taskWhen(sqs, dead, hasStatus("COMPLETED"));
        sqs.advanceSeconds(1);
      }

      const { Results: byDefault = [] } = await sqs.client.listMessageMoveTasks({
        SourceArn: dead.arn,
      });
      const ten = await tasksOf(sqs, dead, 10);

      expect(byDefault.map(({ StartedTimestamp }) => StartedTimestamp)).toEqual(
        startedMs.slice(0, 1),
      );
      expect(ten.map(({ StartedTimestamp }) => StartedTimestamp)).toEqual(startedMs.slice(0, 10));
    });

    itRefuses(it, listRows);
  });
}
