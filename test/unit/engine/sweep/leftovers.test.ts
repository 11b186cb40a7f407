import { describe, expect, it } from "vitest";
import type { Item } from "#table/table.ts";
import { SeededRandom } from "../../../support/seededRandom.ts";
import { aQueue, ownTable, type TestProcess } from "../aQueue.ts";
import { MoveWorld } from "../moveTasks/moveWorld.ts";

/** What is stored beside queues. */
function storedIn({ table }: TestProcess): readonly Item[] {
  return [...table.items()].filter(({ pk }) => !pk.startsWith("queues."));
}

function large(seed: number): string {
  return new SeededRandom(seed).hex(20_000);
}

describe("the sweep", () => {
  it("drops a segment that a crash has left with no message in it", async () => {
    const { process, url } = await aQueue();
    await process.send(url, "a", "b");
    const [a, b] = await process.receive(url);
    if (a !== undefined) await process.remove(url, a);
    for (const { pk, sk } of storedIn(process)) {
      await process.table.write({
        kind: "patch",
        key: { pk, sk },
        set: { s0: "-", s1: "-" },
        when: [],
      });
    }
    const before = [b !== undefined, storedIn(process).length];

    await process.sweep();

    expect(before).toEqual([true, 1]);
    expect(storedIn(process)).toEqual([]);
  });

  it("leaves alone what somebody received since it was read", async () => {
    const { process, url } = await aQueue();
    await process.send(url, "a");
    const [{ pk = "", sk = "" } = {}] = storedIn(process);
    const set = (s0: string) =>
      process.table.write({ kind: "patch", key: { pk, sk }, set: { s0 }, when: [] });
    await set("-");
    process.fates.next("writeMany", { before: () => set("aaaaaazzzzzzzz.a") });

    await process.sweep();

    expect(storedIn(process)).toHaveLength(1);
  });

  it("drops what has outlived the retention period from a table that nobody else clears", async () => {
    const { process, clock, url } = await aQueue({
      traits: ownTable,
      attributes: { MessageRetentionPeriod: "60" },
    });
    for (let sent = 0; sent < 300; sent += 1) await process.send(url, "old");
    await process.send(url, large(1));
    await clock.advance(60_001);
    await process.send(url, "new");

    await process.sweep();

    expect(storedIn(process)).toHaveLength(1);
    expect(await process.counts(url)).toEqual([1, 0, 0]);
  });

  it("leaves it to expiry where that is free", async () => {
    const { process, clock, url } = await aQueue({ attributes: { MessageRetentionPeriod: "60" } });
    await process.send(url, "old");
    await clock.advance(61_000);
    process.fates.calls.length = 0;

    await process.sweep();

    expect(storedIn(process)).toHaveLength(1);
    expect(process.fates.calls.every(({ kind }) => kind === "query")).toBe(true);
  });

  it.each([
    { table: "own", traits: ownTable },
    { table: "shared", traits: {} },
  ])(
    "drops groups of which all has outlived that, with their pages: $table",
    async ({ traits }) => {
      const { process, clock } = await aQueue({ traits });
      const attributes = { FifoQueue: "true", MessageRetentionPeriod: "60" };
      const url = await process.create("q.fifo", attributes);
      const bodies = Array.from({ length: 40 }, (_, index) => `${index} ${"x".repeat(2000)}`);
      await process.sendOfGroup(url, "group", ...bodies);
      await clock.advance(61_000);

      await process.sweep();
      await process.sweep();

      const ofGroups = storedIn(process).filter(({ pk }) => !/\/d\/|^[^.]*\//.test(pk));
      expect(ofGroups).toEqual([]);
    },
  );

  it("lets a receive have what lay behind that in its group", async () => {
    const { process, clock } = await aQueue();
    const attributes = { FifoQueue: "true", MessageRetentionPeriod: "60" };
    const url = await process.create("q.fifo", attributes);
    await process.sendOfGroup(url, "group", "old");
    await clock.advance(59_000);
    await process.sendOfGroup(url, "group", "new");
    await clock.advance(2000);

    await process.sweep();

    expect((await process.receive(url)).map(({ Body }) => Body)).toEqual(["new"]);
  });
});

describe("move tasks", () => {
  const bodies = ["one", "two", "three"];

  async function anAbandonedTask(): Promise<MoveWorld> {
    const world = new MoveWorld("cloud", { resumesMoveTasks: false });
    await world.createQueues("orders");
    for (const body of bodies) await world.fail("orders", body);
    await world.startTask({});
    world.process.die();
    await world.clock.advance(31_000);
    return world;
  }

  it("are gone on with by the sweep", async () => {
    const world = await anAbandonedTask();
    const { engine } = world.start();

    const run = engine.sweep({ account: world.account, untilMs: Infinity });
    await world.settle();
    await run;

    expect((await world.task()).Status).toBe("COMPLETED");
    expect(await world.drain("orders")).toEqual(bodies);
  });

  it("may be started again when the table has dropped a task before its mark", async () => {
    const world = await anAbandonedTask();
    for (const { pk, sk } of [...world.table.items()].filter(({ pk }) => pk.startsWith("moves."))) {
      await world.table.write({ kind: "delete", key: { pk, sk }, when: [] });
    }
    const { engine } = world.start();

    const run = engine.sweep({ account: world.account, untilMs: Infinity });
    await world.settle();
    await run;

    expect([...world.table.items()].filter(({ pk }) => pk === "moves")).toEqual([]);
    await world.startTask({});
    await world.settle();
    expect((await world.task()).Status).toBe("COMPLETED");
  });
});
