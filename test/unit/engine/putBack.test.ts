import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { ActionName, Input, Output } from "#contract/operations.ts";
import { createEngine } from "#engine/createEngine.ts";
import type { Engine } from "#engine/engine.ts";
import { aCaller } from "../../support/engineCaller.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

let clock: FakeClock;
let engine: Engine;

beforeEach(() => {
  clock = new FakeClock();
  engine = createEngine({ table: new MemoryTable(), clock, random: new SeededRandom(1) });
  onTestFinished(() => engine.close());
});

function ask<Action extends ActionName>(
  action: Action,
  input: Input<Action>,
): Promise<Output<Action>> {
  return engine.operate(action, input, aCaller());
}

async function create(name: string, attributes: Readonly<Record<string, string>> = {}) {
  const fifo: Readonly<Record<string, string>> = name.endsWith(".fifo")
    ? { FifoQueue: "true", ContentBasedDeduplication: "true" }
    : {};
  const Attributes = new Map(Object.entries({ ...fifo, ...attributes }));
  await ask("CreateQueue", { QueueName: name, Attributes });
}

async function send(queue: string, ...bodies: readonly string[]) {
  for (const MessageBody of bodies) {
    const group = queue.endsWith(".fifo") ? { MessageGroupId: "g" } : {};
    await ask("SendMessage", { QueueUrl: queue, MessageBody, ...group });
  }
}

async function receive(queue: string) {
  const { Messages = [] } = await ask("ReceiveMessage", {
    QueueUrl: queue,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ["All"],
  });
  return Messages.map(({ Body, ReceiptHandle = "", Attributes }) => ({
    body: Body,
    handle: ReceiptHandle,
    count: Attributes?.get("ApproximateReceiveCount"),
    firstReceived: Attributes?.get("ApproximateFirstReceiveTimestamp"),
  }));
}

const putBack = (queue: string, handles: readonly string[]) =>
  engine.putBack({ QueueUrl: queue, ReceiptHandles: handles }, aCaller());

describe.each(["queue", "queue.fifo"])("putting messages of %s back", (queue) => {
  it("makes them as if they had not been received", async () => {
    await create(queue);
    await send(queue, "one", "two");
    const first = await receive(queue);
    await clock.advance(1000);

    await putBack(
      queue,
      first.map(({ handle }) => handle),
    );
    const second = await receive(queue);

    expect(second.map(({ body, count }) => [body, count])).toEqual([
      ["one", "1"],
      ["two", "1"],
    ]);
    expect(second[0]?.firstReceived).toBe(String(clock.nowMs()));
  });

  it("leaves the receives that came before as they were", async () => {
    await create(queue);
    await send(queue, "one");
    const [first] = await receive(queue);
    await clock.advance(31_000);
    const [second] = await receive(queue);

    await putBack(queue, [second?.handle ?? ""]);
    const [third] = await receive(queue);

    expect([second?.count, third?.count]).toEqual(["2", "2"]);
    expect(third?.firstReceived).toBe(first?.firstReceived);
  });

  it("leaves a message alone that somebody else has received since", async () => {
    await create(queue);
    await send(queue, "one");
    const [first] = await receive(queue);
    await clock.advance(31_000);
    await receive(queue);

    await putBack(queue, [first?.handle ?? ""]);

    expect(await receive(queue)).toEqual([]);
  });

  it("does nothing for a message that is deleted, or for a handle that is none", async () => {
    await create(queue);
    await send(queue, "one");
    const [first] = await receive(queue);
    await ask("DeleteMessage", { QueueUrl: queue, ReceiptHandle: first?.handle ?? "" });

    await putBack(queue, [first?.handle ?? "", "nonsense"]);

    expect(await receive(queue)).toEqual([]);
  });

  it("wakes a receive that waits", async () => {
    await create(queue);
    await send(queue, "one");
    const [first] = await receive(queue);
    const waiting = ask("ReceiveMessage", { QueueUrl: queue, WaitTimeSeconds: 20 });
    await clock.settle();

    await putBack(queue, [first?.handle ?? ""]);
    await clock.settle();

    expect((await waiting).Messages).toMatchObject([{ Body: "one" }]);
  });

  it("keeps a message from its dead-letter queue, however often it is done", async () => {
    const dead = queue.replace("queue", "dead");
    await create(dead);
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${dead}`;
    await create(queue, {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }),
    });
    await send(queue, "one");

    for (let times = 0; times < 5; times += 1) {
      const [received] = await receive(queue);
      await putBack(queue, [received?.handle ?? ""]);
    }

    expect((await receive(queue)).map(({ body, count }) => [body, count])).toEqual([["one", "1"]]);
    expect(await receive(dead)).toEqual([]);
  });
});
