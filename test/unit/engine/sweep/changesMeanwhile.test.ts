import { describe, expect, it } from "vitest";
import { aQueue, bodiesOf, ownTable, type TestProcess } from "../aQueue.ts";

/** A run reads cursors and lists first: behind so many queries it goes by what it was told. */
function behind({ fates }: TestProcess, queries: number, happens: () => Promise<unknown>): void {
  for (let query = 1; query < queries; query += 1) fates.next("query", {});
  fates.next("query", { after: async () => void (await happens()) });
}

describe("a sweep that has begun", () => {
  it("drops nothing that a longer retention has saved", async () => {
    const attributes = { MessageRetentionPeriod: "60" };
    const { process, url, clock } = await aQueue({ traits: ownTable, attributes });
    await process.send(url, "a");
    await clock.advance(50_000);
    behind(process, 3, async () => {
      await process.set(url, { MessageRetentionPeriod: "345600" });
      clock.step(15_000);
    });

    await process.sweep();

    expect(bodiesOf(await process.receive(url))).toEqual(["a"]);
  });

  it("moves nothing of a queue that was purged", async () => {
    const { process, url, clock } = await aQueue({
      attributes: { VisibilityTimeout: "1" },
    });
    const dead = await process.create("dead");
    const deadLetterTargetArn = "arn:aws:sqs:us-east-1:000000000000:dead";
    const policy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    await process.set(url, { RedrivePolicy: policy });
    await process.send(url, "a");
    await process.receive(url);
    await clock.advance(3000);
    behind(process, 3, () => process.operate("PurgeQueue", url));

    await process.sweep();

    expect(await process.counts(dead)).toEqual([0, 0, 0]);
  });
});
