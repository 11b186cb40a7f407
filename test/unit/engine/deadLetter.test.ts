import { describe, expect, it } from "vitest";
import type { Fault } from "../../support/faultyTable.ts";
import { SeededRandom } from "../../support/seededRandom.ts";
import { aQueue, bodiesOf, countsOf, ownTable, type TestProcess } from "./aQueue.ts";

/**
 * A move is one write of two items: the message is in one queue at every instant, whatever becomes of
 * the calls around it. What is moved when is tested through the SQS client.
 */
async function aSource(options: Parameters<typeof aQueue>[0] = {}) {
  const { process, clock, table, url } = await aQueue({
    ...options,
    attributes: { VisibilityTimeout: "1" },
  });
  const dead = await process.create("dead");
  await process.set(url, redriveTo("dead"));
  return { process, clock, table, url, dead };
}

function redriveTo(name: string, maxReceiveCount = 1): Readonly<Record<string, string>> {
  const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${name}`;
  return { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) };
}

/** A text that stays large when it is compressed, another for each name. */
function large(name: string): string {
  return `${name} ${new SeededRandom(name.charCodeAt(0)).hex(5000)}`;
}

function chunksOf({ table }: TestProcess): readonly string[] {
  return [...table.items()].flatMap(({ pk }) => (pk.includes("/") ? [pk] : []));
}

describe("a move to the dead-letter queue", () => {
  it.each<{ fault: Fault; at: string }>([
    { fault: "lostRequest", at: "source" },
    { fault: "throttled", at: "source" },
    { fault: "lostAnswer", at: "dead-letter queue" },
    { fault: "sentTwice", at: "dead-letter queue" },
  ])("that meets $fault leaves the message in the $at alone", async ({ fault, at }) => {
    const { process, clock, url, dead } = await aSource();
    await process.send(url, "a");
    await process.receive(url);
    await clock.advance(1000);
    process.fates.next("transact", { fault });

    await process.receive(url).catch(() => undefined);

    const total = { source: [1, 0, 0], dead: [0, 0, 0] };
    const isAtSource = at === "source";
    expect(await process.counts(url)).toEqual(isAtSource ? total.source : total.dead);
    expect(await process.counts(dead)).toEqual(isAtSource ? total.dead : total.source);
  });

  it("that fails keeps nobody from the messages behind it", async () => {
    const { process, clock, url } = await aSource({ traits: ownTable });
    await process.send(url, "exhausted");
    await process.receive(url);
    await clock.advance(1000);
    await process.send(url, "behind");
    process.fates.next("transact", { fault: "lostRequest" });

    await expect(process.receive(url)).rejects.toThrow("the request was lost");

    expect(bodiesOf(await process.receive(url))).toEqual(["behind"]);
  });

  it("does not happen when another receives the message first", async () => {
    const { process, clock, url, dead } = await aSource();
    const other = process.another();
    await process.send(url, "a");
    await process.receive(url);
    await clock.advance(1000);
    await process.set(url, redriveTo("dead", 1));
    process.fates.next("transact", {
      before: async () => {
        await other.set(url, { RedrivePolicy: "" });
        await other.receive(url);
      },
    });

    const nothing = await process.receive(url);

    expect(nothing).toEqual([]);
    expect(await process.counts(url)).toEqual([0, 1, 0]);
    expect(await process.counts(dead)).toEqual([0, 0, 0]);
  });

  it("happens once when two processes are at it", async () => {
    const { process, clock, url, dead } = await aSource();
    const other = process.another();
    await process.send(url, "a");
    await process.receive(url);
    await clock.advance(1000);
    process.fates.next("transact", { before: () => other.receive(url) });

    await process.receive(url);

    expect(countsOf(await process.receive(dead))).toEqual([2]);
    expect(await process.counts(url)).toEqual([0, 0, 0]);
  });

  it("takes one message out of its segment and leaves the others", async () => {
    const { process, clock, url, dead } = await aSource();
    await process.send(url, "a", "b");
    await process.receive(url, { MaxNumberOfMessages: 1 });
    await clock.advance(1000);

    const messages = await process.receive(url);

    expect(bodiesOf(messages)).toEqual(["b"]);
    expect(bodiesOf(await process.receive(dead))).toEqual(["a"]);
  });

  it("is seen there at once, though it took long and lost its answer", async () => {
    const { process, clock, url, dead } = await aSource();
    await process.send(url, "a");
    await process.receive(url);
    await clock.advance(1000);
    const stored = Promise.withResolvers<void>();
    process.fates.next("transact", { before: () => stored.promise, fault: "lostAnswer" });
    const moving = process.receive(url).catch(() => undefined);
    await clock.advance(1);
    await process.send(dead, "in time");
    await process.receive(dead);
    // So that a look back has just been, and the next is not due.
    await clock.advance(3000);
    await process.receive(dead);
    await process.receive(dead);
    stored.resolve();
    await moving;

    expect(bodiesOf(await process.receive(dead))).toEqual(["a"]);
  });

  it("wakes a receive that waits there", async () => {
    const { process, clock, url, dead } = await aSource({ traits: ownTable });
    await process.send(url, "a");
    await process.receive(url);
    await clock.advance(1000);
    const answer = process.receive(dead, { WaitTimeSeconds: 20 });
    await clock.settle();

    await process.receive(url);

    expect(bodiesOf(await answer)).toEqual(["a"]);
  });
});

describe("the chunks of a message that is moved", () => {
  it("are shared where they vanish by themselves", async () => {
    const { process, clock, url, dead } = await aSource();
    await process.send(url, large("a"), large("b"));
    const before = chunksOf(process);
    await process.receive(url, { MaxNumberOfMessages: 1 });
    await clock.advance(1000);

    await process.receive(url, { MaxNumberOfMessages: 1 });

    expect(chunksOf(process)).toEqual(before);
    expect(bodiesOf(await process.receive(dead))).toEqual([large("a")]);
  });

  it("go along with a message that was alone", async () => {
    const { process, clock, url, dead } = await aSource({ traits: ownTable });
    await process.send(url, large("ab"));
    const before = chunksOf(process);
    await process.receive(url);
    await clock.advance(1000);

    await process.receive(url);

    expect(chunksOf(process)).toEqual(before);
    const messages = await process.receive(dead);
    expect(bodiesOf(messages)).toEqual([large("ab")]);
    await process.remove(dead, ...messages);
    expect(chunksOf(process)).toEqual([]);
  });

  it("are copied for one of several, each queue then dropping its own", async () => {
    const { process, clock, url, dead } = await aSource({ traits: ownTable });
    await process.send(url, large("a"), large("b"));
    await process.receive(url, { MaxNumberOfMessages: 1 });
    await clock.advance(1000);

    const rest = await process.receive(url);
    const moved = await process.receive(dead);
    const both = chunksOf(process).length;
    await process.remove(url, ...rest);
    const one = chunksOf(process).length;
    const body = bodiesOf(moved);
    await process.remove(dead, ...moved);

    expect([both, one, chunksOf(process).length]).toEqual([2, 1, 0]);
    expect(body).toEqual([large("a")]);
  });

  it("are dropped with their segment when it was the last there", async () => {
    const { process, clock, url, dead } = await aSource({ traits: ownTable });
    await process.send(url, large("a"), large("b"));
    const [, b] = await process.receive(url);
    if (b !== undefined) await process.remove(url, b);
    const before = chunksOf(process);
    await clock.advance(1000);

    await process.receive(url);

    expect(chunksOf(process)).toHaveLength(1);
    expect(chunksOf(process)).not.toEqual(before);
    expect(bodiesOf(await process.receive(dead))).toEqual([large("a")]);
  });

  it("are dropped with the copy when the move comes to nothing", async () => {
    const { process, clock, url, table } = await aSource({ traits: ownTable });
    await process.send(url, large("a"), large("b"));
    const before = chunksOf(process);
    const [a] = await process.receive(url, { MaxNumberOfMessages: 1 });
    await clock.advance(1000);
    process.fates.next("transact", {
      before: async () => a && (await process.remove(url, a)),
    });

    await process.receive(url, { MaxNumberOfMessages: 1 });

    expect(chunksOf(process)).toEqual(before);
    expect([...table.items()].length).toBeGreaterThan(0);
  });

  it("stay when the source is told to delete the message while it is moved", async () => {
    const { process, clock, url, dead } = await aSource({ traits: ownTable });
    await process.send(url, large("ab"));
    const [message] = await process.receive(url);
    await clock.advance(1000);
    // Between what the deletion knows and what it writes.
    process.fates.next("write", { before: () => process.receive(url) });

    if (message !== undefined) await process.remove(url, message);

    expect(bodiesOf(await process.receive(dead))).toEqual([large("ab")]);
  });
});
