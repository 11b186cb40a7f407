import { describe, expect, it } from "vitest";
import { MoveWorld } from "./moveWorld.ts";

const days = 24 * 60 * 60 * 1000;
const bodies = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);

describe.each(["cloud", "box"] as const)("a message move task, %s", (nature) => {
  async function aWorld(...sources: readonly string[]): Promise<MoveWorld> {
    const world = new MoveWorld(nature);
    await world.createQueues(...(sources.length === 0 ? ["orders"] : sources));
    return world;
  }

  /** How many messages the latest task has moved, as a process says that begins now. */
  async function moved(world: MoveWorld): Promise<number> {
    world.start();
    return (await world.task()).ApproximateNumberOfMessagesMoved ?? 0;
  }

  it("answers before anything moves, and then moves everything, the oldest first", async () => {
    const world = await aWorld();
    for (const body of bodies(30)) {
      await world.fail("orders", body);
      await world.clock.advance(1);
    }

    await world.startTask();
    const before = await world.task();
    await world.settle();
    const after = await world.task();

    expect(before).toMatchObject({
      Status: "RUNNING",
      ApproximateNumberOfMessagesMoved: 0,
      ApproximateNumberOfMessagesToMove: 30,
    });
    expect(after).toMatchObject({ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 30 });
    expect(await world.drain("orders")).toEqual(bodies(30));
    expect(await world.drain("dead")).toEqual([]);
  });

  it("takes each message back to its own source", async () => {
    const world = await aWorld("orders", "invoices");
    for (const body of bodies(6)) {
      await world.fail("orders", `order ${body}`);
      await world.fail("invoices", `invoice ${body}`);
    }

    await world.startTask();
    await world.taskEnd();

    expect(await world.drain("orders")).toEqual(bodies(6).map((body) => `order ${body}`));
    expect(await world.drain("invoices")).toEqual(bodies(6).map((body) => `invoice ${body}`));
  });

  it("takes all to one destination, those too that were sent to the queue itself", async () => {
    const world = await aWorld();
    await world.createQueue("elsewhere");
    await world.fail("orders", "failed");
    const entries = bodies(10).map((body, index) => ({ Id: `${index}`, MessageBody: body }));
    await world.call("SendMessageBatch", { QueueUrl: "dead", Entries: entries });

    await world.startTask({ DestinationArn: world.arnOf("elsewhere") });
    const task = await world.taskEnd();

    expect(task.ApproximateNumberOfMessagesMoved).toBe(11);
    expect(await world.drain("elsewhere")).toEqual(["failed", ...bodies(10)]);
    expect(await world.drain("orders")).toEqual([]);
  });

  it("makes new messages: id, time and count begin anew, and no source is told", async () => {
    const world = await aWorld();
    await world.fail("orders", "hello");
    const [before] = await world.receive("dead", { VisibilityTimeout: 0 });
    await world.clock.advance(5000);

    await world.startTask();
    await world.taskEnd();
    const [after] = await world.receive("orders");

    expect(before?.Attributes?.get("DeadLetterQueueSourceArn")).toBe(world.arnOf("orders"));
    expect(before?.Attributes?.get("ApproximateReceiveCount")).not.toBe("1");
    expect(after?.MessageId).not.toBe(before?.MessageId);
    expect(after?.Body).toBe("hello");
    expect(Object.fromEntries(after?.Attributes ?? [])).toEqual({
      SenderId: before?.Attributes?.get("SenderId"),
      SentTimestamp: String(Number(before?.Attributes?.get("SentTimestamp")) + 5000),
      ApproximateFirstReceiveTimestamp: expect.any(String),
      ApproximateReceiveCount: "1",
    });
  });

  it("keeps attributes, the trace header and the group of a message", async () => {
    const world = await aWorld();
    await world.call("SendMessage", {
      QueueUrl: "orders",
      MessageBody: "hello",
      MessageGroupId: "tenant",
      MessageAttributes: new Map([["k", { DataType: "String.x", StringValue: "v" }]]),
      MessageSystemAttributes: new Map([
        ["AWSTraceHeader", { DataType: "String", StringValue: "Root=1" }],
      ]),
    });
    await world.receive("orders", { VisibilityTimeout: 0 });
    await world.receive("orders");

    await world.startTask();
    await world.taskEnd();
    const [message] = await world.receive("orders", { MessageAttributeNames: ["All"] });

    expect(message?.MessageAttributes).toEqual(
      new Map([["k", { DataType: "String.x", StringValue: "v" }]]),
    );
    expect(message?.Attributes?.get("AWSTraceHeader")).toBe("Root=1");
    expect(message?.Attributes?.get("MessageGroupId")).toBe("tenant");
  });

  it("gives full retention again, to large contents too", async () => {
    const world = await aWorld();
    for (const name of ["orders", "dead"]) {
      const Attributes = new Map([["MessageRetentionPeriod", "1209600"]]);
      await world.call("SetQueueAttributes", { QueueUrl: name, Attributes });
    }
    const large = "x".repeat(1000).concat("large ".repeat(60_000));
    await world.fail("orders", large);
    await world.fail("orders", "small");
    world.clock.step(13 * days);

    await world.startTask();
    await world.taskEnd();
    world.clock.step(13 * days);
    await world.dropExpired();

    expect(await world.drain("orders")).toEqual([large, "small"]);
  });

  it("leaves messages that are in flight, and is done without them", async () => {
    const world = await aWorld();
    for (const body of bodies(5)) await world.fail("orders", body);
    const [held] = await world.receive("dead", { MaxNumberOfMessages: 1 });

    await world.startTask();
    const task = await world.taskEnd();

    expect(task).toMatchObject({
      Status: "COMPLETED",
      ApproximateNumberOfMessagesMoved: 4,
      ApproximateNumberOfMessagesToMove: 4,
    });
    expect(await world.drain("orders")).toEqual(bodies(5).slice(1));
    await world.clock.advance(30_000);
    expect(await world.drain("dead")).toEqual([held?.Body]);
  });

  it("moves what is visible of a batch, and leaves the rest of it as it was", async () => {
    const world = await aWorld();
    const entries = bodies(10).map((body, index) => ({ Id: `${index}`, MessageBody: body }));
    await world.call("SendMessageBatch", { QueueUrl: "dead", Entries: entries });
    const held = await world.receive("dead", { MaxNumberOfMessages: 4 });

    await world.startTask({
      DestinationArn: world.arnOf("orders"),
      MaxNumberOfMessagesPerSecond: 1,
    });
    await world.taskEnd();

    expect(await world.drain("orders")).toEqual(bodies(10).slice(4));
    for (const { ReceiptHandle = "" } of held) {
      await world.call("DeleteMessage", { QueueUrl: "dead", ReceiptHandle });
    }
    await world.clock.advance(60_000);
    expect(await world.drain("dead")).toEqual([]);
  });

  it("moves what becomes visible while it runs", async () => {
    const world = await aWorld();
    for (const body of bodies(5)) await world.fail("orders", body);
    await world.receive("dead", { MaxNumberOfMessages: 1, VisibilityTimeout: 2 });

    await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
    const task = await world.taskEnd();

    expect(task).toMatchObject({
      ApproximateNumberOfMessagesMoved: 5,
      ApproximateNumberOfMessagesToMove: 4,
    });
    expect((await world.drain("orders")).toSorted()).toEqual(bodies(5));
  });

  it("moves nothing that has expired, though it had not when the task began", async () => {
    const world = await aWorld();
    await world.fail("orders", "in time");
    await world.fail("orders", "too late");
    world.clock.step(4 * days - 500);
    await world.fail("orders", "fresh");

    await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
    const task = await world.taskEnd();

    expect(task).toMatchObject({
      ApproximateNumberOfMessagesMoved: 2,
      ApproximateNumberOfMessagesToMove: 3,
    });
    expect(await world.drain("orders")).toEqual(["in time", "fresh"]);
  });

  it("delays its messages where new messages are delayed", async () => {
    const world = await aWorld();
    await world.fail("orders", "hello");
    const Attributes = new Map([["DelaySeconds", "10"]]);
    await world.call("SetQueueAttributes", { QueueUrl: "orders", Attributes });

    await world.startTask();
    await world.settle();

    expect(await world.receive("orders")).toEqual([]);
    await world.clock.advance(10_000);
    expect(await world.drain("orders")).toEqual(["hello"]);
  });

  it("wakes a receive that waits at the destination", async () => {
    const world = await aWorld();
    await world.fail("orders", "hello");
    const waiting = world.receive("orders", { WaitTimeSeconds: 20 });
    await world.settle();

    await world.startTask();
    await world.settle();

    expect(await waiting).toHaveLength(1);
  });

  it("has nothing to do for an empty queue", async () => {
    const world = await aWorld();
    const startedAtMs = world.clock.nowMs();

    await world.startTask();

    expect(await world.taskEnd()).toEqual({
      Status: "COMPLETED",
      SourceArn: world.arnOf("dead"),
      ApproximateNumberOfMessagesMoved: 0,
      ApproximateNumberOfMessagesToMove: 0,
      StartedTimestamp: startedAtMs,
    });
  });

  describe("at a rate", () => {
    it("of one moves one message a second, and counts it then", async () => {
      const world = await aWorld();
      for (const body of bodies(5)) await world.fail("orders", body);

      await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
      await world.settle();
      const moved: (number | undefined)[] = [];
      for (let second = 0; second < 5; second += 1) {
        const task = await world.task();
        const counts = await world.call("GetQueueAttributes", {
          QueueUrl: "orders",
          AttributeNames: ["ApproximateNumberOfMessages"],
        });
        expect(counts.Attributes?.get("ApproximateNumberOfMessages")).toBe(
          String(task.ApproximateNumberOfMessagesMoved),
        );
        expect(task.Status).toBe("RUNNING");
        moved.push(task.ApproximateNumberOfMessagesMoved);
        await world.clock.advance(1000);
      }

      expect(moved).toEqual([1, 2, 3, 4, 5]);
      expect((await world.task()).Status).toBe("COMPLETED");
    });

    it.each([3, 10, 50, 120, 500])("of %i takes as long as that asks for", async (rate) => {
      const world = await aWorld();
      const count = Math.min(4 * rate, 400);
      for (let sent = 0; sent < count; sent += 10) {
        const size = Math.min(10, count - sent);
        const entries = bodies(size).map((MessageBody, index) => ({ Id: `${index}`, MessageBody }));
        await world.call("SendMessageBatch", { QueueUrl: "dead", Entries: entries });
      }
      const startedAtMs = world.clock.nowMs();

      await world.startTask({
        DestinationArn: world.arnOf("orders"),
        MaxNumberOfMessagesPerSecond: rate,
      });
      while ((await world.task()).Status === "RUNNING") await world.clock.advance(10);

      const tookMs = world.clock.nowMs() - startedAtMs;
      expect(tookMs).toBeGreaterThan((count / rate) * 1000 * 0.95);
      expect(tookMs).toBeLessThan((count / rate) * 1000 * 1.1 + 200);
    });

    it("does not hurry after a pause", async () => {
      const world = await aWorld();
      for (const body of bodies(20)) await world.fail("orders", body);
      await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
      await world.clock.advance(3000);
      world.process.die();
      await world.clock.advance(10 * 60_000);
      const before = await moved(world);

      await world.settle();
      if (nature === "cloud") await world.clock.advance(30_000);
      const resumed = await moved(world);
      await world.clock.advance(3000);

      expect([before, resumed, await moved(world)]).toEqual([4, 5, 8]);
    });

    it("goes on when the clock is set back", async () => {
      const world = await aWorld();
      for (const body of bodies(4)) await world.fail("orders", body);
      await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
      await world.settle();

      world.clock.step(-30_000);
      await world.clock.advance(1000);

      expect((await world.task()).ApproximateNumberOfMessagesMoved).toBeLessThanOrEqual(2);
      world.clock.step(30_000);
      expect(await world.taskEnd()).toMatchObject({ ApproximateNumberOfMessagesMoved: 4 });
    });
  });

  describe("fails", () => {
    const gone = "AWS.SimpleQueueService.NonExistentQueue";

    it("when a message does not say where it came from", async () => {
      const world = await aWorld();
      await world.fail("orders", "failed");
      await world.clock.advance(1);
      await world.send("dead", "sent here");

      await world.startTask();

      expect(await world.taskEnd()).toMatchObject({
        Status: "FAILED",
        FailureReason: "CouldNotDetermineMessageSource",
        ApproximateNumberOfMessagesMoved: 1,
      });
      expect(await world.drain("dead")).toEqual(["sent here"]);
      expect(await world.drain("orders")).toEqual(["failed"]);
    });

    it("when a message failed in the very queue it is in", async () => {
      const world = await aWorld();
      const policy = { deadLetterTargetArn: world.arnOf("dead"), maxReceiveCount: 1 };
      const Attributes = new Map([["RedrivePolicy", JSON.stringify(policy)]]);
      await world.call("SetQueueAttributes", { QueueUrl: "dead", Attributes });
      await world.fail("dead", "round and round");
      await world.clock.advance(30_000);

      await world.startTask();

      expect(await world.taskEnd()).toMatchObject({
        Status: "FAILED",
        FailureReason: "CouldNotDetermineMessageSource",
        ApproximateNumberOfMessagesMoved: 0,
      });
    });

    it.each(["orders", "dead"])("when %s is deleted meanwhile", async (name) => {
      const world = await aWorld();
      for (const body of bodies(4)) await world.fail("orders", body);
      await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
      await world.settle();

      await world.call("DeleteQueue", { QueueUrl: name });
      await world.clock.advance(1000);

      if (name === "dead") {
        // Nobody can ask for the tasks of a queue that is gone.
        const failed = world.process.events.find(({ event }) => event === "moveTask.failed");
        expect(failed).toMatchObject({ source: "dead", reason: gone, moved: 1 });
      } else {
        const task = await world.task();
        expect(task).toMatchObject({ Status: "FAILED", FailureReason: gone });
        expect(await world.drain("dead")).toEqual(bodies(4).slice(1));
      }
    });

    it("when the source queue is deleted and made again", async () => {
      const world = await aWorld();
      for (const body of bodies(4)) await world.fail("orders", body);
      const TaskHandle = await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
      await world.settle();

      await world.call("DeleteQueue", { QueueUrl: "dead" });
      await world.createQueue("dead");
      await world.send("dead", "of the new queue");
      await world.clock.advance(1000);

      expect(await world.tasks()).toEqual([]);
      await expect(world.call("CancelMessageMoveTask", { TaskHandle })).rejects.toThrow(
        "Task does not exist.",
      );
      expect(await world.drain("dead")).toEqual(["of the new queue"]);
    });

    it("when it has run for 36 hours", async () => {
      const world = await aWorld();
      for (const body of bodies(3)) await world.fail("orders", body);
      await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
      await world.settle();
      world.process.die();

      await world.clock.advance(36 * 60 * 60 * 1000);
      world.start();

      expect(await world.taskEnd()).toMatchObject({
        Status: "FAILED",
        FailureReason: "TaskTimedOut",
        ApproximateNumberOfMessagesMoved: 1,
      });
    });
  });

  it("ends with nothing moved when its source is purged", async () => {
    const world = await aWorld();
    for (const body of bodies(6)) await world.fail("orders", body);
    await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
    await world.clock.advance(1000);

    await world.call("PurgeQueue", { QueueUrl: "dead" });
    const task = await world.taskEnd();

    expect(task).toMatchObject({ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 2 });
    expect(await world.drain("orders")).toEqual(bodies(2));
  });

  describe("that is cancelled", () => {
    it("moves nothing more, and is cancelled at its next step", async () => {
      const world = await aWorld();
      for (const body of bodies(10)) await world.fail("orders", body);
      const TaskHandle = await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
      await world.clock.advance(2500);

      const answer = await world.call("CancelMessageMoveTask", { TaskHandle });
      const asked = await world.task();
      await world.clock.advance(1000);
      const done = await world.task();

      expect(answer).toEqual({ ApproximateNumberOfMessagesMoved: 3 });
      expect(asked.Status).toBe("CANCELLING");
      expect(asked).not.toHaveProperty("TaskHandle");
      expect(done).toMatchObject({ Status: "CANCELLED", ApproximateNumberOfMessagesMoved: 3 });
      await world.clock.advance(60_000);
      expect(await world.drain("orders")).toEqual(bodies(3));
      expect(await world.drain("dead")).toEqual(bodies(10).slice(3));
    });

    it("cannot be cancelled again", async () => {
      const world = await aWorld();
      await world.fail("orders", "hello");
      const TaskHandle = await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
      await world.call("CancelMessageMoveTask", { TaskHandle });

      const again = () => world.call("CancelMessageMoveTask", { TaskHandle });

      await expect(again).rejects.toThrow("Only active tasks can be cancelled.");
      await world.taskEnd();
      await expect(again).rejects.toThrow("Only active tasks can be cancelled.");
    });

    it("is cancelled by one call only, though each call's write is sent twice", async () => {
      const world = await aWorld();
      for (const body of bodies(5)) await world.fail("orders", body);
      const TaskHandle = await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
      world.start(({ writes }) => ({
        fault: writes[0]?.kind === "patch" ? "sentTwice" : undefined,
      }));
      const cancel = () => world.call("CancelMessageMoveTask", { TaskHandle });

      expect(await cancel()).toEqual({ ApproximateNumberOfMessagesMoved: 0 });
      await expect(cancel()).rejects.toThrow("Only active tasks can be cancelled.");
    });

    it("makes way for the next", async () => {
      const world = await aWorld();
      for (const body of bodies(3)) await world.fail("orders", body);
      const TaskHandle = await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
      await expect(world.startTask()).rejects.toThrow("There is already a task running.");
      await world.call("CancelMessageMoveTask", { TaskHandle });
      await world.taskEnd();

      await world.startTask();
      await world.taskEnd();

      const statuses = (await world.tasks()).map(({ Status }) => Status);
      expect(statuses).toEqual(["COMPLETED", "CANCELLED"]);
    });
  });

  it("is one of a hundred in an account at most", async () => {
    const world = await aWorld();
    const names = Array.from({ length: 101 }, (_, index) => `dead-${index}`);
    for (const name of names) {
      await world.createQueue(name);
      await world.createQueue(`source-of-${name}`, {
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: world.arnOf(name),
          maxReceiveCount: 1,
        }),
      });
      await world.send(name, "hello");
    }
    const start = (name: string) =>
      world.startTask({
        SourceArn: world.arnOf(name),
        DestinationArn: world.arnOf("orders"),
        MaxNumberOfMessagesPerSecond: 1,
      });
    for (const name of names.slice(0, 100)) await start(name);

    await expect(start("dead-100")).rejects.toMatchObject({ error: "OverLimit" });
    await world.clock.advance(3000);
    await start("dead-100");
  });

  it("is listed for thirty days after its end, the newest first", async () => {
    const world = await aWorld();
    for (let count = 0; count < 3; count += 1) {
      await world.startTask();
      await world.settle();
    }
    world.clock.step(days);
    await world.startTask();
    await world.settle();

    const times = (await world.tasks()).map(({ StartedTimestamp = 0 }) => StartedTimestamp);
    world.clock.step(29.5 * days);

    expect(times).toEqual(times.toSorted((one, other) => other - one));
    expect(times).toHaveLength(4);
    expect(await world.tasks()).toHaveLength(1);
  });
});

describe("a message move task, where nothing vanishes by itself", () => {
  function leftIn(world: MoveWorld): readonly object[] {
    return [...world.table.items()].filter(({ pk }) => !/^(?:queues|moves)\./.test(pk));
  }

  it("leaves nothing behind of what it moved", async () => {
    const world = new MoveWorld("box");
    await world.createQueues("orders");
    await world.fail("orders", "large ".repeat(60_000));
    for (const body of bodies(3)) await world.fail("orders", body);

    await world.startTask();
    await world.taskEnd();
    await world.drain("orders");

    expect(leftIn(world)).toEqual([]);
  });

  it("leaves nothing behind of a batch that it moved one by one", async () => {
    const world = new MoveWorld("box");
    await world.createQueues("orders");
    const entries = bodies(5).map((body, index) => ({
      Id: `${index}`,
      MessageBody: `${body} ${"large ".repeat(5000)}`,
    }));
    await world.call("SendMessageBatch", { QueueUrl: "dead", Entries: entries });

    await world.startTask({
      DestinationArn: world.arnOf("orders"),
      MaxNumberOfMessagesPerSecond: 1,
    });
    await world.taskEnd();

    expect(await world.drain("orders")).toEqual(entries.map(({ MessageBody }) => MessageBody));
    expect(leftIn(world)).toEqual([]);
  });
});
