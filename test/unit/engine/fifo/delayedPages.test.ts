import { expect, it } from "vitest";
import { aQueue, bodiesOf, ownTable } from "../aQueue.ts";

it("wakes a receive that waits for a delayed message which it has just moved in from a page", async () => {
  const { process, clock, url } = await aQueue({
    traits: ownTable,
    name: "queue.fifo",
    attributes: { FifoQueue: "true", DelaySeconds: "1" },
  });
  await process.sendOfGroup(url, "g", ...Array.from({ length: 10 }, (_, index) => `m${index}`));
  await clock.advance(2000);
  await process.sendOfGroup(url, "g", "delayed");
  await process.remove(url, ...(await process.receive(url)));

  const waiting = process.receive(url, { WaitTimeSeconds: 5 });
  const answered: number[] = [];
  const since = clock.nowMs();
  const bodies = waiting.then((messages) => {
    answered.push(clock.nowMs() - since);
    return bodiesOf(messages);
  });
  await clock.advance(6000);

  expect(await bodies).toEqual(["delayed"]);
  expect(answered).toEqual([1000]);
});
