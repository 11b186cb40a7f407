import { describe, expect, it } from "vitest";
import { aQueue, bodiesOf, ownTable, type TestProcess } from "../aQueue.ts";

/** The first query of a run lists the queues: from then on it goes by what it was told. */
function whileItRuns({ fates }: TestProcess, happens: () => Promise<unknown>): void {
  fates.next("query", { after: async () => void (await happens()) });
}

describe("a sweep that has begun", () => {
  it("drops nothing that a longer retention has saved", async () => {
    const attributes = { MessageRetentionPeriod: "60" };
    const { process, url, clock } = await aQueue({ traits: ownTable, attributes });
    await process.send(url, "a");
    await clock.advance(50_000);
    whileItRuns(process, async () => {
      await process.set(url, { MessageRetentionPeriod: "345600" });
      clock.step(15_000);
    });

    await process.sweep();

    expect(bodiesOf(await process.receive(url))).toEqual(["a"]);
  });

  it.each([
    ["on a table of its own", ownTable],
    ["on a shared table", {}],
  ])("moves nothing of a queue that was purged, %s", async (_where, traits) => {
    const { process, url, clock } = await aQueue({
      traits,
      attributes: { VisibilityTimeout: "1" },
    });
    const dead = await process.create("dead");
    const deadLetterTargetArn = "arn:aws:sqs:us-east-1:000000000000:dead";
    const policy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    await process.set(url, { RedrivePolicy: policy });
    await process.send(url, "a");
    await process.receive(url);
    await clock.advance(3000);
    whileItRuns(process, () => process.operate("PurgeQueue", url));

    await process.sweep();

    expect(await process.counts(dead)).toEqual([0, 0, 0]);
  });
});
