import { describe, expect, it } from "vitest";
import { type Queue, queueKey, readQueueItem } from "#engine/queue.ts";
import { aQueue, bodiesOf, ownTable, type TestProcess } from "./aQueue.ts";

const account = "000000000000";

async function queueOf({ table }: TestProcess): Promise<Queue> {
  const item = await table.get(queueKey(account, "queue"));
  const entry = item === undefined ? undefined : readQueueItem(item, account);
  if (entry?.kind !== "live") throw new Error("expected a queue");
  return entry.queue;
}

async function lanesOf(process: TestProcess): Promise<number> {
  return (await queueOf(process)).lanes;
}

/** Gives a queue lanes, as growth would have. */
async function setLanes({ table, clock }: TestProcess, lanes: number): Promise<void> {
  const key = queueKey(account, "queue");
  const item = await table.get(key);
  const q = JSON.stringify({ ...JSON.parse(String(item?.["q"])), lanes });
  await table.write({ kind: "patch", key, set: { q, v: Number(item?.["v"]) + 1 }, when: [] });
  await clock.advance(2000);
}

/** Sends until the table refuses one. */
async function sendRefused(process: TestProcess, url: string): Promise<void> {
  process.fates.next("write", { fault: "throttled" });
  await expect(process.send(url, "refused")).rejects.toThrow("refuses more work");
}

/** Until a send has been refused at a lane that is there since the last doubling. */
async function growOnce(process: TestProcess, url: string): Promise<void> {
  const before = await lanesOf(process);
  for (let tries = 0; tries < 50 && (await lanesOf(process)) === before; tries += 1) {
    await sendRefused(process, url);
  }
}

describe("a queue on a shared table", () => {
  it("begins with one lane", async () => {
    const { process } = await aQueue();

    expect(await lanesOf(process)).toBe(1);
  });

  it("gets twice as many lanes when the table refuses a send", async () => {
    const { process, url } = await aQueue();

    await sendRefused(process, url);

    expect(await lanesOf(process)).toBe(2);
    expect(process.events).toContainEqual({
      event: "lanes.grown",
      queue: "queue",
      lanes: 2,
      fairLanes: 0,
    });
  });

  it("does not grow again within five seconds", async () => {
    const { process, clock, url } = await aQueue();
    await sendRefused(process, url);

    await clock.advance(4999);
    await growOnce(process, url);
    const before = await lanesOf(process);
    await clock.advance(1);
    await growOnce(process, url);

    expect([before, await lanesOf(process)]).toEqual([2, 4]);
  });

  it("stops at 64 lanes", async () => {
    const { process, clock, url } = await aQueue();

    for (let doublings = 0; doublings < 8; doublings += 1) {
      await growOnce(process, url);
      await clock.advance(5000);
    }

    expect(await lanesOf(process)).toBe(64);
  });

  it("does not grow for a lane that was there before the last doubling", async () => {
    const { process, clock, url } = await aQueue();
    await process.send(url, "a");
    const [message] = await process.receive(url);
    await setLanes(process, 2);
    await clock.advance(5000);

    process.fates.next("write", { fault: "throttled" });
    const removal = process.remove(url, ...(message === undefined ? [] : [message]));

    await expect(removal).rejects.toThrow("refuses more work");
    expect(await lanesOf(process)).toBe(2);
  });

  it("grows when a deletion is refused", async () => {
    const { process, url } = await aQueue();
    await process.send(url, "a");
    const messages = await process.receive(url);

    process.fates.next("write", { fault: "throttled" });

    await expect(process.remove(url, ...messages)).rejects.toThrow("refuses more work");
    expect(await lanesOf(process)).toBe(2);
  });

  it("grows when a claim is refused, and answers from another lane", async () => {
    const { process, clock, url } = await aQueue();
    await setLanes(process, 2);
    for (let sent = 0; sent < 12; sent += 1) await process.send(url, `${sent}`);
    await clock.advance(5000);

    // The claims of both lanes, and the growth that the younger one asks for.
    for (let writes = 0; writes < 3; writes += 1)
      process.fates.next("write", { fault: "throttled" });
    const failed = await process.receive(url, { MaxNumberOfMessages: 1 }).catch(() => "failed");
    const answers: number[] = [];
    while (answers.length < 20 && (await lanesOf(process)) === 2) {
      process.fates.next("write", { fault: "throttled" });
      // Nothing stays in flight, so that either lane may be the first.
      const input = { MaxNumberOfMessages: 1, VisibilityTimeout: 0 };
      answers.push((await process.receive(url, input)).length);
    }

    expect(failed).toBe("failed");
    expect(answers.filter((count) => count !== 1)).toEqual([]);
    expect(await lanesOf(process)).toBe(4);
  });

  it("grows when one process sends more than 250 segments a second to a lane", async () => {
    const { process, clock, url } = await aQueue();
    for (let sent = 0; sent < 250; sent += 1) await process.send(url, "a");
    await clock.settle();
    const before = await lanesOf(process);

    await process.send(url, "a");
    await clock.settle();

    expect([before, await lanesOf(process)]).toEqual([1, 2]);
  });

  it("does not grow when it is sent as many over two seconds", async () => {
    const { process, clock, url } = await aQueue();
    for (let sent = 0; sent < 250; sent += 1) await process.send(url, "a");
    await clock.advance(1000);

    for (let sent = 0; sent < 250; sent += 1) await process.send(url, "a");
    await clock.settle();

    expect(await lanesOf(process)).toBe(1);
  });

  it("grows once when many processes are refused at once", async () => {
    const { process, url } = await aQueue();
    const others = Array.from({ length: 10 }, (_, index) => process.another(index + 2));

    await Promise.all(others.map((other) => sendRefused(other, url)));

    expect(await lanesOf(process)).toBe(2);
  });

  it("grows lanes for message groups when one of those is refused", async () => {
    const { process, clock, url } = await aQueue();
    await process.sendOfGroup(url, "tenant", "first");
    const before = await queueOf(process);

    for (let group = 0; group < 20; group += 1) {
      process.fates.next("write", { fault: "throttled" });
      await process.sendOfGroup(url, `tenant-${group}`, "refused").catch(() => undefined);
      await clock.settle();
    }

    const { lanes, fairLanes } = await queueOf(process);
    expect([before.fairLanes, fairLanes, lanes]).toEqual([8, 16, 1]);
  });

  it("serves a process that learns of new lanes two seconds late", async () => {
    const { process, clock, url } = await aQueue();
    const other = process.another();
    await other.receive(url);
    await growOnce(process, url);
    for (let sent = 0; sent < 20; sent += 1) await process.send(url, `${sent}`);

    await clock.advance(2000);
    const received = [...(await other.receive(url)), ...(await other.receive(url))];

    expect(new Set(bodiesOf(received)).size).toBe(20);
  });
});

describe("a receive from 64 lanes", () => {
  it("gives up after three that the table refuses to write to", async () => {
    const { process, url } = await aQueue();
    await setLanes(process, 64);
    for (let sent = 0; sent < 200; sent += 1) await process.send(url, "a");
    const writes = process.fates.count("write");
    for (let refusals = 0; refusals < 10; refusals += 1) {
      process.fates.next("write", { fault: "throttled" });
    }

    const receive = process.receive(url, { MaxNumberOfMessages: 1 });

    await expect(receive).rejects.toThrow("refuses more work");
    expect(process.fates.count("write") - writes).toBe(3);
  });

  const messages = Array.from({ length: 12 }, (_, index) => `${index}`);

  it("that waits finds a message in whichever lane it is", async () => {
    const { process, url } = await aQueue();
    await setLanes(process, 64);
    for (const body of messages) {
      await process.send(url, body);
      const options = { WaitTimeSeconds: 20, MaxNumberOfMessages: 1 };
      expect(bodiesOf(await process.receive(url, options))).toEqual([body]);
    }
  });

  it("that does not wait looks at half of them, and finds every message in the end", async () => {
    const { process, url } = await aQueue();
    await setLanes(process, 64);
    for (const body of messages) await process.send(url, body);
    process.fates.calls.length = 0;

    const found = new Set<string | undefined>();
    let receives = 0;
    while (found.size < messages.length && receives < 100) {
      receives += 1;
      for (const body of bodiesOf(await process.receive(url))) found.add(body);
    }

    expect([...found].sort()).toEqual([...messages].sort());
    expect(process.fates.count("query")).toBeLessThanOrEqual(receives * 32 + messages.length);
  });

  it("takes the messages of several lanes together", async () => {
    const { process, url } = await aQueue();
    await setLanes(process, 64);
    for (let sent = 0; sent < 300; sent += 1) await process.send(url, `${sent}`);

    expect(await process.receive(url)).toHaveLength(10);
  });
});

it("a queue of a table that one process owns never grows", async () => {
  const { process, url } = await aQueue({ traits: ownTable });

  await sendRefused(process, url);

  expect(await lanesOf(process)).toBe(1);
});
