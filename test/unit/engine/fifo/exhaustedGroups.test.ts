import { describe, expect, it } from "vitest";
import { aQueue, bodiesOf, type Message, ownTable } from "../aQueue.ts";

/** A look around is taken by one look in eight. */
const looks = [0, 1, 2, 3, 4, 5, 6, 7];

/** A queue with a message that is to go to the dead-letter queue, and one of another group. */
async function twoGroups(traits: Parameters<typeof aQueue>[0]) {
  const attributes = { FifoQueue: "true", VisibilityTimeout: "1" };
  const all = await aQueue({ ...traits, attributes, name: "queue.fifo" });
  const { process, clock, url } = all;
  await process.create("dead.fifo", { FifoQueue: "true" });
  const deadLetterTargetArn = "arn:aws:sqs:us-east-1:000000000000:dead.fifo";
  await process.set(url, {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }),
  });
  await process.sendOfGroup(url, "a", "exhausted");
  await process.receive(url);
  await clock.advance(1000);
  const held: Message[] = [...(await process.receive(url))];
  await process.sendOfGroup(url, "b", "other");
  held.push(...(await process.receive(url)));
  return { ...all, held };
}

describe.each([
  { table: "a table of its own", traits: ownTable },
  { table: "a table that others write", traits: {} },
])("a receive of one message on $table", ({ traits }) => {
  it("takes another group's once the first has moved to the dead-letter queue", async () => {
    const { process, clock, url } = await twoGroups({ traits });
    await clock.advance(1000);

    expect(bodiesOf(await process.receive(url, { MaxNumberOfMessages: 1 }))).toEqual(["other"]);
  });

  it.each(looks)("does so after %i looks, where both were let go", async (before) => {
    const { process, url, held } = await twoGroups({ traits });
    for (let look = 0; look < before; look += 1) await process.receive(url);
    for (const message of held) await process.change(url, message, 0);

    expect(bodiesOf(await process.receive(url, { MaxNumberOfMessages: 1 }))).toEqual(["other"]);
  });
});
