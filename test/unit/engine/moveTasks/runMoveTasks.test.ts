import { describe, expect, it } from "vitest";
import type { Fate, TableCall } from "../../../support/faultyTable.ts";
import { MoveWorld } from "./moveWorld.ts";

const bodies = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);

/** A world whose task was begun by a process that died, with the rate given. */
async function anAbandonedTask(
  rate?: number,
  options: { readonly resumesMoveTasks?: boolean } = {},
): Promise<MoveWorld> {
  const world = new MoveWorld("cloud", options);
  await world.createQueues("orders");
  for (const body of bodies(5)) await world.fail("orders", body);
  await world.startTask(rate === undefined ? {} : { MaxNumberOfMessagesPerSecond: rate });
  world.process.die();
  return world;
}

/** The first call of that kind gets lost. */
function failingFirst(kind: TableCall["kind"]): (call: TableCall) => Fate {
  let calls = 0;
  return (call) => {
    if (call.kind === kind) calls += 1;
    return call.kind === kind && calls === 1 ? { fault: "lostRequest" } : {};
  };
}

describe("runMoveTasks", () => {
  it("leaves a task alone whose process may be alive", async () => {
    const world = await anAbandonedTask();
    await world.clock.advance(29_000);
    const { engine } = world.start();

    const run = engine.runMoveTasks({ untilMs: Infinity });
    await world.settle();
    await run;

    expect(await world.task()).toMatchObject({
      Status: "RUNNING",
      ApproximateNumberOfMessagesMoved: 0,
    });
  });

  it("finishes a task whose process has not been heard of for thirty seconds", async () => {
    const world = await anAbandonedTask();
    await world.clock.advance(30_000);
    const { engine } = world.start();

    const run = engine.runMoveTasks({ untilMs: Infinity });
    await world.settle();
    await run;

    expect((await world.task()).Status).toBe("COMPLETED");
    expect(await world.drain("orders")).toEqual(bodies(5));
  });

  it("ends when its time is up, and the next run goes on at once", async () => {
    const world = await anAbandonedTask(1);
    await world.clock.advance(60_000);
    const moved: (number | undefined)[] = [];

    for (let runs = 0; runs < 3; runs += 1) {
      const { engine, die } = world.start();
      const run = engine.runMoveTasks({ untilMs: world.clock.nowMs() + 1900 });
      await world.clock.advance(3000);
      await run;
      die();
      world.start();
      moved.push((await world.task()).ApproximateNumberOfMessagesMoved);
      world.process.die();
    }

    expect(moved).toEqual([2, 4, 5]);
    world.start();
    expect((await world.task()).Status).toBe("COMPLETED");
  });

  it("runs the tasks of several queues side by side", async () => {
    const world = new MoveWorld("cloud");
    await world.createQueues("orders");
    for (const name of ["first", "second"]) {
      await world.createQueue(name);
      const policy = { deadLetterTargetArn: world.arnOf(name), maxReceiveCount: 1 };
      await world.createQueue(`of-${name}`, { RedrivePolicy: JSON.stringify(policy) });
      for (const body of bodies(4)) await world.fail(`of-${name}`, body);
      await world.startTask({ SourceArn: world.arnOf(name), MaxNumberOfMessagesPerSecond: 1 });
    }
    world.process.die();
    await world.clock.advance(30_000);
    const { engine } = world.start();

    const run = engine.runMoveTasks({ untilMs: Infinity });
    await world.clock.advance(5000);
    await run;

    expect(await world.drain("of-first")).toEqual(bodies(4));
    expect(await world.drain("of-second")).toEqual(bodies(4));
  });
});

describe("a sweep", () => {
  it("tells what came of the queues while it still runs a move task", async () => {
    const world = await anAbandonedTask(1, { resumesMoveTasks: false });
    await world.clock.advance(60_000);
    const { engine } = world.start();
    const told: string[] = [];

    const run = engine.sweep({
      account: world.account,
      untilMs: Infinity,
      onSwept: ({ queues }) => told.push(...queues.map(({ name }) => name)),
    });
    await world.clock.advance(2000);
    const meanwhile = [...told];
    const task = await world.task();
    await world.clock.advance(5000);
    const report = await run;

    expect(meanwhile).toEqual(["dead", "orders"]);
    expect(task.Status).toBe("RUNNING");
    expect((await world.task()).Status).toBe("COMPLETED");
    expect(report.queues.map(({ name }) => name)).toEqual(told);
  });

  it("ends a move task that it runs before it fails at the list of queues", async () => {
    const world = await anAbandonedTask(1, { resumesMoveTasks: false });
    await world.clock.advance(60_000);
    // The first read is that of where the last run ended.
    const { engine } = world.start(failingFirst("query"));

    const run = engine.sweep({ account: world.account, untilMs: Infinity });
    let hasFailed = false;
    run.catch(() => {
      hasFailed = true;
    });
    await world.clock.advance(2000);
    const hadFailed = hasFailed;
    await world.clock.advance(5000);

    await expect(run).rejects.toThrow("the request was lost");
    expect(hadFailed).toBe(false);
    world.start();
    expect((await world.task()).Status).toBe("COMPLETED");
  });
});

describe("an engine", () => {
  it("finishes what was left when it starts on a table of its own", async () => {
    const world = new MoveWorld("box");
    await world.createQueues("orders");
    for (const body of bodies(5)) await world.fail("orders", body);
    await world.startTask();
    world.process.die();

    world.start();
    await world.settle();

    expect((await world.task()).Status).toBe("COMPLETED");
  });

  it("finishes what another left within a minute on a table that they share", async () => {
    const world = await anAbandonedTask();

    world.start();
    await world.clock.advance(60_000);

    expect((await world.task()).Status).toBe("COMPLETED");
  });

  it("lets go of its tasks when it is closed, and its closing waits for nothing", async () => {
    const world = await anAbandonedTask(1);
    world.start();
    await world.clock.advance(32_000);
    const before = await world.task();
    const { engine } = world.process;
    expect(before.ApproximateNumberOfMessagesMoved).toBeLessThan(5);

    await engine.close();
    const other = world.start();
    const run = other.engine.runMoveTasks({ untilMs: Infinity });
    await world.clock.advance(5000);
    await run;

    expect((await world.task()).Status).toBe("COMPLETED");
  });

  it("reports a fault, and tries again", async () => {
    const world = new MoveWorld("box");
    await world.createQueues("orders");
    for (const body of bodies(5)) await world.fail("orders", body);
    let faults = 0;
    world.start(({ kind }) => {
      if (kind !== "transact" || faults === 1) return {};
      faults += 1;
      return { fault: "lostAnswer" };
    });
    await world.startTask().catch(() => undefined);

    await world.clock.advance(60_000);

    expect((await world.task()).Status).toBe("COMPLETED");
    expect(await world.drain("orders")).toEqual(bodies(5));
  });
});
