import { describe, expect, it } from "vitest";
import { aQueue, bodiesOf, ownTable } from "../aQueue.ts";

const groups = 2000;

describe.each([
  { table: "a table of its own", traits: ownTable },
  { table: "a table that others write", traits: {} },
])("a FIFO queue of many groups on $table", ({ traits }) => {
  it("hands out at once what is sent while others extend what they hold", async () => {
    const attributes = { FifoQueue: "true", VisibilityTimeout: "300" };
    const { process, clock, url } = await aQueue({ traits, attributes, name: "queue.fifo" });
    for (let group = 0; group < groups; group += 1) {
      await process.sendOfGroup(url, `${group}`, "held");
    }
    const held = [];
    while (held.length < groups) held.push(...(await process.receive(url)));
    const answer = process.receive(url, { WaitTimeSeconds: 20 }).then(bodiesOf);
    await clock.advance(100);
    for (const message of held.slice(0, 50)) await process.change(url, message, 300);
    await process.sendOfGroup(url, "new", "new");

    await clock.advance(100);

    expect(await Promise.race([answer, "still waiting"])).toEqual(["new"]);
  });
});
