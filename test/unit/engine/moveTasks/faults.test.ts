import { describe, expect, it } from "vitest";
import type { TableCall } from "../../../support/faultyTable.ts";
import { SeededRandom } from "../../../support/seededRandom.ts";
import { MoveWorld, type Nature } from "./moveWorld.ts";

const bodies = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);
const large = (body: string) => `${body} ${"large ".repeat(4000)}`;

/** What a table is asked while a task runs: a process may die before and after each. */
const callsMax = 120;

const groups = 4;

async function aWorld(nature: Nature, isFifo: boolean, count: number): Promise<MoveWorld> {
  const world = new MoveWorld(nature, { isFifo });
  await world.createQueues("orders", "invoices");
  for (const [index, body] of bodies(count).entries()) {
    const name = index % 3 === 0 ? "invoices" : "orders";
    await world.fail(name, index % 5 === 0 ? large(body) : body, `group-${index % groups}`);
  }
  return world;
}

/**
 * Every message is in one queue, once, and the task has counted those that it moved. In FIFO queues,
 * each group is in its order.
 */
async function expectAll(world: MoveWorld, count: number): Promise<void> {
  const orders = (await world.drain("orders")).map(numberOf);
  const invoices = (await world.drain("invoices")).map(numberOf);
  const left = (await world.drain("dead")).map(numberOf);
  const { ApproximateNumberOfMessagesMoved } = await world.task();
  const all = [...orders, ...invoices, ...left];
  expect(all.toSorted((one, other) => one - other)).toEqual([...bodies(count).keys()]);
  expect(ApproximateNumberOfMessagesMoved).toBe(orders.length + invoices.length);
  if (world.isFifo) for (const queue of [orders, invoices, left]) expectOrder(queue);
}

function expectOrder(numbers: readonly number[]): void {
  for (const group of Map.groupBy(numbers, (number) => number % groups).values()) {
    expect(group).toEqual(group.toSorted((one, other) => one - other));
  }
}

function numberOf(body: string): number {
  return Number(/^message (\d+)/.exec(body)?.[1]);
}

describe.each([
  ["cloud", false],
  ["box", false],
  ["cloud", true],
  ["box", true],
] as const)("a move task in a %s, FIFO: %s", (nature, isFifo) => {
  it.each(["before", "after"] as const)(
    "is finished by another process if the first dies %s any call",
    async (when) => {
      const count = 20;
      let deaths = 0;
      for (let fatal = 0; fatal < callsMax; fatal += 1) {
        const world = await aWorld(nature, isFifo, count);
        let calls = -1;
        const first = world.start(() => {
          calls += 1;
          if (calls !== fatal) return {};
          deaths += 1;
          const die = async () => first.die();
          return when === "before"
            ? { before: async () => await die().then(never) }
            : { after: die };
        });
        calls = -1;
        void world.startTask().catch(() => undefined);
        await world.clock.advance(100);
        first.die();
        world.start();
        // Its start may have been lost as well; then nothing has moved.
        await world.settle();
        if ((await world.tasks()).length === 0) await world.startTask();

        const task = await world.taskEnd();

        expect(task.Status).toBe("COMPLETED");
        await expectAll(world, count);
        if (calls < fatal) break;
      }
      expect(deaths).toBeGreaterThan(15);
      expect(deaths).toBeLessThan(callsMax);
    },
  );

  it("moves each message once, however many run it at once", async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const count = 20;
      const world = await aWorld(nature, isFifo, count);
      const random = new SeededRandom(seed);
      const slow = (_: TableCall) => ({
        before: () => pause(world, slowness(random)),
        after: () => pause(world, slowness(random)),
      });
      const starter = world.start(slow);
      void world.startTask({ MaxNumberOfMessagesPerSecond: 20 });
      await world.clock.advance(40_000);
      starter.die();
      for (let others = 0; others < 3; others += 1) world.start(slow);
      await world.clock.advance(20 * 60_000);
      world.start();
      if ((await world.tasks()).length === 0) await world.startTask();

      const task = await world.taskEnd(2000);

      expect([seed, task.Status]).toEqual([seed, "COMPLETED"]);
      await expectAll(world, count);
    }
  });

  it("shares the queue with receivers, and loses and doubles nothing", async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const count = 30;
      const world = await aWorld(nature, isFifo, count);
      const random = new SeededRandom(seed);
      const process = world.start(() => ({ before: () => pause(world, random.below(5)) }));
      const consumed: string[] = [];
      const consume = async () => {
        for (let round = 0; round < 12; round += 1) {
          const input = { QueueUrl: world.named("dead"), MaxNumberOfMessages: 2 };
          const { Messages = [] } = await world.call("ReceiveMessage", input, process);
          for (const { Body = "", ReceiptHandle = "" } of Messages) {
            const handle = { QueueUrl: world.named("dead"), ReceiptHandle };
            if (random.oneIn(2)) {
              await world.call("DeleteMessage", handle, process);
              consumed.push(Body);
            } else {
              const change = { ...handle, VisibilityTimeout: random.below(2) };
              await world.call("ChangeMessageVisibility", change, process);
            }
          }
        }
      };
      void world.startTask({ MaxNumberOfMessagesPerSecond: 100 });
      const consumers = [consume(), consume()];
      await world.clock.advance(60_000);
      await Promise.all(consumers);
      world.start();

      const moved = [...(await world.drain("orders")), ...(await world.drain("invoices"))];
      const left = await world.drain("dead");
      const { Status, ApproximateNumberOfMessagesMoved } = await world.taskEnd();

      const all = [...consumed, ...moved, ...left].map((body) => body.split(" ", 2).join(" "));
      expect([seed, all.toSorted()]).toEqual([seed, bodies(count).toSorted()]);
      expect([Status, ApproximateNumberOfMessagesMoved]).toEqual(["COMPLETED", moved.length]);
    }
  });
});

async function pause(world: MoveWorld, ms: number): Promise<void> {
  if (ms === 0) return;
  await new Promise<void>((resolve) => {
    world.clock.after(ms, resolve);
  });
}

/** Mostly quick, sometimes so slow that everybody thinks the process is dead. */
function slowness(random: SeededRandom): number {
  return random.oneIn(12) ? random.below(70_000) : random.below(20);
}

async function never(): Promise<void> {
  await new Promise(() => undefined);
}
