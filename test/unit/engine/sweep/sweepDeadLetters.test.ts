import { describe, expect, it } from "vitest";
import type { TableTraits } from "#table/table.ts";
import { SeededRandom } from "../../../support/seededRandom.ts";
import { aQueue, bodiesOf, countsOf, ownTable } from "../aQueue.ts";

interface Case {
  readonly type: string;
  readonly suffix: string;
  readonly traits: Partial<TableTraits>;
}

const cases: readonly Case[] = [
  { type: "standard, shared table", suffix: "", traits: {} },
  { type: "standard, own table", suffix: "", traits: ownTable },
  { type: "FIFO, shared table", suffix: ".fifo", traits: {} },
  { type: "FIFO, own table", suffix: ".fifo", traits: ownTable },
];

async function aSource({ suffix, traits }: Omit<Case, "type">, maxReceiveCount = 1) {
  const fifo: Record<string, string> = suffix === "" ? {} : { FifoQueue: "true" };
  const attributes = { VisibilityTimeout: "1", ...fifo };
  const { process, clock, table, url } = await aQueue({
    traits,
    name: `source${suffix}`,
    attributes,
  });
  const dead = await process.create(`dead${suffix}`, fifo);
  const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:dead${suffix}`;
  const redrive = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
  await process.set(url, { RedrivePolicy: redrive });
  const send = async (...bodies: readonly string[]) =>
    suffix === ""
      ? void (await process.send(url, ...bodies))
      : await process.sendOfGroup(url, "group", ...bodies);
  return { process, clock, table, url, dead, send };
}

describe.each(cases)("the sweep of a $type", (kind) => {
  it("moves what was received too often, although nobody receives", async () => {
    const { process, clock, url, dead, send } = await aSource(kind);
    await send("a", "b", "c");
    await process.receive(url);
    await clock.advance(1000);

    const { deadLettered } = await process.sweep();

    expect(deadLettered).toBe(3);
    expect(await process.counts(url)).toEqual([0, 0, 0]);
    const moved = await process.receive(dead);
    expect(bodiesOf(moved).toSorted()).toEqual(["a", "b", "c"]);
    expect(countsOf(moved)).toEqual([2, 2, 2]);
  });

  it("leaves what is in flight, and what may be received again", async () => {
    const { process, clock, url, send } = await aSource(kind, 2);
    await send("a");
    await process.receive(url);
    await clock.advance(1000);
    await process.sweep();
    const [once] = [await process.counts(url)];
    await process.receive(url);

    const { deadLettered } = await process.sweep();

    expect(once).toEqual([1, 0, 0]);
    expect(deadLettered).toBe(0);
    expect(await process.counts(url)).toEqual([0, 1, 0]);
  });

  it("wakes a receive that waits at the dead-letter queue", async () => {
    const { process, clock, url, dead, send } = await aSource(kind);
    await send("a");
    await process.receive(url);
    await clock.advance(1000);
    const answer = process.receive(dead, { WaitTimeSeconds: 20 });
    await clock.settle();

    await process.sweep();

    expect(bodiesOf(await answer)).toEqual(["a"]);
  });

  it("moves each message once when two run at the same time", async () => {
    const { process, clock, url, dead, send } = await aSource(kind);
    const other = process.another();
    const bodies = Array.from({ length: 10 }, (_, index) => `${index}`);
    await send(...bodies);
    await process.receive(url);
    await clock.advance(1000);

    const reports = await Promise.all([process.sweep(), other.sweep()]);
    await process.sweep();

    expect(reports.length).toBe(2);
    expect(await process.counts(url)).toEqual([0, 0, 0]);
    expect(await process.counts(dead)).toEqual([10, 0, 0]);
  });

  it("leaves messages where they are when the dead-letter queue is gone", async () => {
    const { process, clock, url, dead, send } = await aSource(kind);
    await send("a");
    await process.receive(url);
    await process.operate("DeleteQueue", dead);
    await clock.advance(60_000);
    process.fates.calls.length = 0;

    await process.sweep();

    expect(await process.counts(url)).toEqual([1, 0, 0]);
    expect(process.fates.count("transact") + process.fates.count("write")).toBe(0);
  });

  it("goes on in the next run when the table refuses a move", async () => {
    const { process, clock, url, dead, send } = await aSource(kind);
    await send("a");
    await process.receive(url);
    await clock.advance(1000);
    process.fates.next("transact", { fault: "throttled" });
    await process.sweep();
    const failures = process.events.filter(({ event }) => event === "sweep.failed");

    await process.sweep();

    expect(failures).toMatchObject([{ queue: url.split("/").at(-1) }]);
    expect([await process.counts(url), await process.counts(dead)]).toEqual([
      [0, 0, 0],
      [1, 0, 0],
    ]);
  });
});

describe("the sweep of a standard queue", () => {
  it("drops a message whose contents are gone, and does not come back to it", async () => {
    const { process, clock, table, url, send } = await aSource({ suffix: "", traits: ownTable });
    const large = (seed: number) => new SeededRandom(seed).hex(5000);
    await send(large(1), large(2));
    await process.receive(url);
    await clock.advance(1000);
    for (const { pk, sk } of [...table.items()].filter(({ pk }) => pk.includes("/"))) {
      await table.write({ kind: "delete", key: { pk, sk }, when: [] });
    }

    await process.sweep();
    await process.sweep();

    expect(await process.counts(url)).toEqual([0, 0, 0]);
    const events = process.events.filter(({ event }) => event === "message.contentsMissing");
    expect(events).toHaveLength(2);
    expect([...table.items()].filter(({ pk }) => !/^queues|\//.test(pk))).toEqual([]);
  });

  it("moves one of several messages of a segment, and leaves the others", async () => {
    const { process, clock, url, dead, send } = await aSource({ suffix: "", traits: {} });
    await send("a", "b");
    await process.receive(url, { MaxNumberOfMessages: 1 });
    await clock.advance(1000);

    await process.sweep();

    expect(await process.counts(url)).toEqual([1, 0, 0]);
    expect(await process.counts(dead)).toEqual([1, 0, 0]);
  });
});
