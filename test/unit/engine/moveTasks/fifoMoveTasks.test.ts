import { describe, expect, it } from "vitest";
import { MoveWorld } from "./moveWorld.ts";

const bodies = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);

describe.each(["cloud", "box"] as const)("a move task of FIFO queues, %s", (nature) => {
  async function aWorld(...sources: readonly string[]): Promise<MoveWorld> {
    const world = new MoveWorld(nature, { isFifo: true });
    await world.createQueues(...(sources.length === 0 ? ["orders"] : sources));
    return world;
  }

  it("keeps each group and its order", async () => {
    const world = await aWorld();
    for (const [index, body] of bodies(20).entries()) {
      await world.fail("orders", body, `group-${index % 3}`);
    }

    await world.startTask();
    const task = await world.taskEnd();

    expect(task).toMatchObject({ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 20 });
    const seen = new Map<string, string[]>();
    for (let messages = await world.receive("orders"); messages.length > 0; ) {
      for (const { Body = "", ReceiptHandle = "", Attributes } of messages) {
        const group = Attributes?.get("MessageGroupId") ?? "";
        seen.set(group, [...(seen.get(group) ?? []), Body]);
        await world.call("DeleteMessage", { QueueUrl: "orders.fifo", ReceiptHandle });
      }
      messages = await world.receive("orders");
    }
    for (const number of [0, 1, 2]) {
      expect(seen.get(`group-${number}`)).toEqual(
        bodies(20).filter((_, index) => index % 3 === number),
      );
    }
  });

  it("moves a group that overflows its item, one message at a time if so asked", async () => {
    const world = await aWorld();
    for (const body of bodies(60)) await world.send("dead", body);
    await world.createQueue("elsewhere");

    await world.startTask({
      DestinationArn: world.arnOf("elsewhere"),
      MaxNumberOfMessagesPerSecond: 1,
    });
    await world.clock.advance(20_000);
    const half = await world.task();
    const task = await world.taskEnd();

    expect(half.ApproximateNumberOfMessagesMoved).toBe(21);
    expect(task.ApproximateNumberOfMessagesMoved).toBe(60);
    expect(await world.drain("elsewhere")).toEqual(bodies(60));
  });

  it("puts messages behind what their group has by now", async () => {
    const world = await aWorld();
    for (const body of ["b", "c"]) await world.fail("orders", body);
    await world.send("orders", "a");

    await world.startTask();
    await world.taskEnd();

    expect(await world.drain("orders")).toEqual(["a", "b", "c"]);
  });

  it("makes new messages, none of which is a duplicate", async () => {
    const world = await aWorld();
    await world.call("SetQueueAttributes", {
      QueueUrl: "orders.fifo",
      Attributes: new Map([["ContentBasedDeduplication", "true"]]),
    });
    await world.fail("orders", "same");
    await world.fail("orders", "same");
    const before = await world.receive("dead", { VisibilityTimeout: 0 });
    await world.clock.advance(1000);
    const startedAtMs = world.clock.nowMs();

    await world.startTask();
    await world.taskEnd();
    const after = await world.receive("orders");

    expect(after.map(({ Body }) => Body)).toEqual(["same", "same"]);
    for (const [index, { MessageId, Attributes }] of after.entries()) {
      const old = before[index];
      expect(MessageId).not.toBe(old?.MessageId);
      expect(Object.fromEntries(Attributes ?? [])).toEqual({
        SenderId: old?.Attributes?.get("SenderId"),
        SentTimestamp: String(startedAtMs),
        ApproximateFirstReceiveTimestamp: expect.any(String),
        ApproximateReceiveCount: "1",
        MessageGroupId: "g",
        MessageDeduplicationId: MessageId,
        SequenceNumber: expect.any(String),
      });
      const sequence = (of: typeof Attributes) => BigInt(of?.get("SequenceNumber") ?? 0);
      expect(sequence(Attributes)).toBeGreaterThan(sequence(old?.Attributes));
    }
  });

  it("takes messages of one group back to the queues that each came from", async () => {
    const world = await aWorld("orders", "invoices");
    for (const [index, body] of bodies(9).entries()) {
      await world.fail(index % 2 === 0 ? "orders" : "invoices", body);
    }

    await world.startTask();
    await world.taskEnd();

    expect(await world.drain("orders")).toEqual(bodies(9).filter((_, index) => index % 2 === 0));
    expect(await world.drain("invoices")).toEqual(bodies(9).filter((_, index) => index % 2 === 1));
  });

  it("leaves a group alone that somebody has a message of", async () => {
    const world = await aWorld();
    for (const body of bodies(6)) await world.fail("orders", body, "held");
    await world.receive("dead", { MaxNumberOfMessages: 1 });
    await world.fail("orders", "free", "free");

    await world.startTask();
    const task = await world.taskEnd();

    expect(task).toMatchObject({ Status: "COMPLETED", ApproximateNumberOfMessagesMoved: 1 });
    expect(await world.drain("orders")).toEqual(["free"]);
    await world.clock.advance(30_000);
    expect(await world.drain("dead")).toEqual(bodies(6));
  });

  it("moves large messages, and gives them full retention again", async () => {
    const world = await aWorld();
    const fourteenDays = 1_209_600;
    for (const name of ["orders", "dead"]) {
      const Attributes = new Map([["MessageRetentionPeriod", `${fourteenDays}`]]);
      await world.call("SetQueueAttributes", { QueueUrl: world.named(name), Attributes });
    }
    const large = "large ".repeat(60_000);
    await world.fail("orders", large);
    await world.fail("orders", "small");
    world.clock.step((fourteenDays - 10) * 1000);

    await world.startTask();
    await world.taskEnd();
    world.clock.step((fourteenDays - 10) * 1000);
    await world.dropExpired();

    expect(await world.drain("orders")).toEqual([large, "small"]);
    if (nature === "box") {
      const left = [...world.table.items()].filter(({ pk }) => /\/[0-9a-f]{13}$/.test(pk));
      expect(left).toEqual([]);
    }
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

  it("fails at a message that does not say where it came from, and not before", async () => {
    const world = await aWorld();
    await world.fail("orders", "failed");
    await world.send("dead", "sent here");

    await world.startTask();

    expect(await world.taskEnd()).toMatchObject({
      Status: "FAILED",
      FailureReason: "CouldNotDetermineMessageSource",
      ApproximateNumberOfMessagesMoved: 1,
    });
    expect(await world.drain("dead")).toEqual(["sent here"]);
  });

  it("moves what becomes visible while it runs", async () => {
    const world = await aWorld();
    for (const body of bodies(3)) await world.fail("orders", body, "held");
    await world.receive("dead", { VisibilityTimeout: 2 });
    for (const body of bodies(4)) await world.fail("orders", `free ${body}`, "free");

    await world.startTask({ MaxNumberOfMessagesPerSecond: 1 });
    await world.taskEnd();

    const all = await world.drain("orders");
    expect(all).toHaveLength(7);
    expect(all.filter((body) => body.startsWith("message"))).toEqual(bodies(3));
  });

  it("fails at a message that failed in the very queue it is in", async () => {
    const world = await aWorld();
    const policy = { deadLetterTargetArn: world.arnOf("dead"), maxReceiveCount: 1 };
    const Attributes = new Map([["RedrivePolicy", JSON.stringify(policy)]]);
    await world.call("SetQueueAttributes", { QueueUrl: "dead.fifo", Attributes });
    await world.fail("dead", "round and round");
    await world.clock.advance(30_000);

    await world.startTask();

    expect(await world.taskEnd()).toMatchObject({
      Status: "FAILED",
      FailureReason: "CouldNotDetermineMessageSource",
      ApproximateNumberOfMessagesMoved: 0,
    });
  });

  it.each(["dead", "orders"])(
    "loses nothing that is sent to %s just before a step is written",
    async (name) => {
      const world = await aWorld();
      for (const body of ["a", "b"]) await world.fail("orders", body);
      const other = world.process;
      let steps = 0;
      world.start(({ writes }) => {
        const isStep = writes.some(({ kind }) => kind === "delete") && steps === 0;
        if (isStep) steps += 1;
        return { before: isStep ? () => send() : undefined };
      });
      const send = async () => {
        const ids = { MessageGroupId: "g", MessageDeduplicationId: "late" };
        const input = { QueueUrl: world.named(name), MessageBody: "late", ...ids };
        await world.call("SendMessage", input, other);
      };

      await world.startTask();
      const task = await world.taskEnd();

      expect(steps).toBe(1);
      // What is sent to a queue has no other that it came from.
      expect(task.Status).toBe(name === "dead" ? "FAILED" : "COMPLETED");
      const all = [...(await world.drain("orders")), ...(await world.drain("dead"))];
      expect(all).toEqual(name === "dead" ? ["a", "b", "late"] : ["late", "a", "b"]);
    },
  );
});
