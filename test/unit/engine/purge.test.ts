import { expect, it } from "vitest";
import { createEngine } from "#engine/createEngine.ts";
import type { Engine } from "#engine/engine.ts";
import { aCaller } from "../../support/engineCaller.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

const deduplicated = { MessageGroupId: "g", MessageDeduplicationId: "d" };

async function receive(engine: Engine, QueueUrl: string) {
  const input = { QueueUrl, VisibilityTimeout: 1 };
  const { Messages = [] } = await engine.operate("ReceiveMessage", input, aCaller());
  return Messages;
}

it.each([
  { name: "queue", attributes: [], message: {} },
  { name: "queue.fifo", attributes: [["FifoQueue", "true"]] as const, message: deduplicated },
])(
  "what was sent to $name after a purge is deleted by a process that has not heard of it",
  async ({ name, attributes, message }) => {
    const [table, clock] = [new MemoryTable(), new FakeClock()];
    const [late, other] = [1, 2].map((seed) =>
      createEngine({ table, clock, random: new SeededRandom(seed) }),
    );
    if (late === undefined || other === undefined) throw new Error("expected two engines");
    const created = { QueueName: name, Attributes: new Map(attributes) };
    const { QueueUrl = "" } = await late.operate("CreateQueue", created, aCaller());
    await other.operate("PurgeQueue", { QueueUrl }, aCaller());
    const sent = { QueueUrl, MessageBody: "after", ...message };
    await other.operate("SendMessage", sent, aCaller());
    const [received] = await receive(other, QueueUrl);

    const deleted = { QueueUrl, ReceiptHandle: received?.ReceiptHandle ?? "" };
    await late.operate("DeleteMessage", deleted, aCaller());

    await clock.advance(1500);
    expect(received?.Body).toBe("after");
    expect(await receive(other, QueueUrl)).toEqual([]);
  },
);
