import { describe, expect, it } from "vitest";
import { aQueue, bodiesOf, countsOf, ownTable } from "./aQueue.ts";

/**
 * Where a receive may miss that something became available: the places where it gives way to others,
 * one by one. The ordinary ways to be woken are tested through the SQS client.
 */
const wait = { WaitTimeSeconds: 20, MaxNumberOfMessages: 1 };
const own = { traits: ownTable };

describe("a receive that waits", () => {
  it("finds what arrives while it looks", async () => {
    const { process, url, clock } = await aQueue(own);
    process.fates.next("query", { after: () => process.send(url, "a") });

    const answer = process.receive(url, wait);
    await clock.settle();

    expect(bodiesOf(await answer)).toEqual(["a"]);
    expect(clock.pending).toBe(0);
  });

  it("finds a delayed message whose time came while it looked", async () => {
    const { process, url, clock } = await aQueue(own);
    await process.sendAfter(url, 1, "a");
    await clock.advance(999);
    process.fates.next("query", { after: () => clock.advance(5) });

    const answer = process.receive(url, wait);
    await clock.settle();
    await clock.settle();
    await clock.advance(1);

    expect(bodiesOf(await answer)).toEqual(["a"]);
  });

  it("wakes for a timeout that it skipped, though the run was forgotten while it looked", async () => {
    const { process, url, clock } = await aQueue(own);
    await process.send(url, "a");
    await clock.advance(1);
    await process.send(url, "b");
    const [, b] = await process.receive(url, { VisibilityTimeout: 5 });
    await clock.advance(1);
    process.fates.next("query", { after: () => process.change(url, b, 0) });

    const answers = [process.receive(url, wait), process.receive(url, wait)];
    await clock.advance(5000);
    await clock.settle();

    expect((await Promise.all(answers)).flatMap(bodiesOf).toSorted()).toEqual(["a", "b"]);
  });

  it("finds a message that another was about to claim and could not", async () => {
    const { process, url, clock } = await aQueue(own);
    await process.send(url, "a");
    process.fates.next("write", {
      before: async () => await clock.advance(100),
      fault: "lostRequest",
    });
    const failing = process.receive(url, wait).catch((error: Error) => error.message);
    const answer = process.receive(url, wait);

    expect(await failing).toBe("the request was lost");
    expect(bodiesOf(await answer)).toEqual(["a"]);
  });

  it("finds what a send may have stored that failed", async () => {
    const { process, url, clock } = await aQueue(own);
    const answer = process.receive(url, wait);
    await clock.settle();
    process.fates.next("write", { fault: "lostAnswer" });

    await expect(process.send(url, "a")).rejects.toThrow("the answer was lost");
    await clock.settle();

    expect(bodiesOf(await answer)).toEqual(["a"]);
  });

  it("ends empty when its queue is deleted while it looks", async () => {
    const { process, url, clock } = await aQueue(own);
    process.fates.next("query", { after: () => process.operate("DeleteQueue", url) });

    const answer = process.receive(url, wait);
    await clock.settle();

    expect(await answer).toEqual([]);
  });

  it("finds what is sent after a purge while it looked", async () => {
    const { process, url, clock } = await aQueue(own);
    process.fates.next("query", {
      after: async () => {
        await process.operate("PurgeQueue", url);
        await process.send(url, "a");
      },
    });

    const answer = process.receive(url, wait);
    await clock.settle();

    expect(bodiesOf(await answer)).toEqual(["a"]);
  });

  it("does not look again and again at messages that have expired", async () => {
    const { process, url, clock } = await aQueue({
      ...own,
      attributes: { MessageRetentionPeriod: "60" },
    });
    await process.sendAfter(url, 50, "a");
    await clock.advance(50_000);
    await process.receive(url, { VisibilityTimeout: 1 });
    await clock.advance(15_000);
    const { fates } = process;
    const before = fates.count("query");

    const answer = process.receive(url, { WaitTimeSeconds: 5 });
    await clock.advance(5000);

    expect(await answer).toEqual([]);
    expect(fates.count("query") - before).toBeLessThanOrEqual(3);
  });

  it("looks behind a message whose contents are missing", async () => {
    const { process, url, clock, table } = await aQueue(own);
    await process.send(url, "a".repeat(10_000));
    await clock.advance(1);
    await process.send(url, "b");
    for (const { pk, sk } of [...table.items()].filter((item) => item.pk.includes("/"))) {
      await table.write({ kind: "delete", key: { pk, sk }, when: [] });
    }

    const answer = process.receive(url, wait);
    await clock.advance(1);

    expect(bodiesOf(await answer)).toEqual(["b"]);
    expect(process.events).toMatchObject([{ event: "message.contentsMissing", count: 1 }]);
  });

  it("asks for nothing more between its claim and its answer", async () => {
    const { process, url } = await aQueue(own);
    await process.send(url, "a");
    process.fates.calls.length = 0;

    await process.receive(url, wait);

    expect(process.fates.calls.map(({ kind }) => kind)).toEqual(["query", "write"]);
  });
});

describe("receives that wait together", () => {
  it.each([
    ["on a table of its own", {}, 10_000],
    ["on a shared table", { traits: {} }, 11_000],
  ])(
    "finds a delayed message %s, though the two that were woken last took others",
    async (_where, options, byMs) => {
      const { process, url, clock } = await aQueue({ ...own, ...options });
      await process.sendAfter(url, 1, "a");
      await process.sendAfter(url, 1, "b");
      await process.sendAfter(url, 10, "late");
      const answers = [0, 1, 2].map(() =>
        process.receive(url, { ...wait, VisibilityTimeout: 600 }),
      );
      await clock.settle();

      await clock.advance(byMs);
      await clock.settle();

      expect((await Promise.all(answers)).flatMap(bodiesOf).toSorted()).toEqual(["a", "b", "late"]);
    },
  );

  it("are all served though the first to wake leaves with what the alarm was for", async () => {
    const { process, url, clock } = await aQueue(own);
    for (const delay of [1, 3, 6]) await process.sendAfter(url, delay, `after ${delay}`);
    const answers = [1, 2, 3].map(() => process.receive(url, { WaitTimeSeconds: 20 }));

    await clock.advance(6000);
    await clock.settle();

    expect((await Promise.all(answers)).flatMap(bodiesOf)).toEqual([
      "after 1",
      "after 3",
      "after 6",
    ]);
    expect(clock.pending).toBe(0);
  });

  it("lose no message when the one that was woken fails", async () => {
    const { process, url, clock } = await aQueue(own);
    const first = process.receive(url, wait).catch((error: Error) => error.message);
    const second = process.receive(url, wait);
    await clock.settle();
    process.fates.next("query", { fault: "lostRequest" });

    await process.send(url, "a");
    await clock.settle();

    expect(await first).toBe("the request was lost");
    expect(bodiesOf(await second)).toEqual(["a"]);
  });

  it.each([
    ["on a table of its own", own],
    ["on a shared table", {}],
  ])("leave no alarm behind %s when the last of them fails", async (_where, options) => {
    const { process, url, clock } = await aQueue(options);
    await process.sendAfter(url, 10, "late");
    const answer = process.receive(url, wait).catch((error: Error) => error.message);
    await clock.settle();
    process.fates.next("query", { fault: "lostRequest" });

    await process.send(url, "a");
    await clock.settle();

    expect(await answer).toBe("the request was lost");
    expect(clock.pending).toBe(0);
  });

  it("cost no look where nobody sends unseen, and one a second where others may", async () => {
    const looks: number[] = [];
    for (const traits of [ownTable, {}]) {
      const { process, url, clock } = await aQueue({ traits });
      const answers = Array.from({ length: 10 }, () => process.receive(url, wait));
      await clock.settle();
      const before = process.fates.count("query");
      await clock.advance(19_500);
      looks.push(process.fates.count("query") - before);
      await clock.advance(500);
      await Promise.all(answers);
    }

    expect(looks).toEqual([0, 19]);
  });
});

describe("a caller who hangs up", () => {
  it.each(["query", "write"] as const)("during a %s leaves no trace", async (kind) => {
    const { process, url, clock } = await aQueue(own);
    await process.send(url, "a");
    const caller = new AbortController();
    process.fates.next(kind, { after: async () => caller.abort() });

    const nothing = await process.receive(url, { ...wait, signal: caller.signal });
    const messages = await process.receive(url);

    expect(nothing).toEqual([]);
    expect(countsOf(messages)).toEqual([1]);
    expect(clock.pending).toBe(0);
  });

  it("gives back what another had received before, as it was then", async () => {
    const { process, url, clock } = await aQueue();
    const other = process.another();
    await process.send(url, "a");
    const caller = new AbortController();
    // The other's receive, whose timeout is over at once, gets in between the look and the claim.
    process.fates.next("write", {
      before: () => other.receive(url, { VisibilityTimeout: 0 }),
      after: async () => caller.abort(),
    });

    await process.receive(url, { signal: caller.signal });
    await clock.advance(1);

    expect(countsOf(await process.receive(url))).toEqual([2]);
  });

  it("gives back messages of one segment that were taken at two looks", async () => {
    const { process, url, clock } = await aQueue({
      ...own,
      attributes: { VisibilityTimeout: "1" },
    });
    const target = await process.create("dead");
    const dead = "arn:aws:sqs:us-east-1:000000000000:dead";
    await process.set(url, {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount: 1 }),
    });
    await process.send(url, "a", "b", "c");
    await process.receive(url, { MaxNumberOfMessages: 1 });
    await clock.advance(1000);
    const caller = new AbortController();
    process.fates.next("write", {});
    process.fates.next("write", { after: async () => caller.abort() });

    // The first is moved on, so that the look for two takes one, and the next look another.
    await process.receive(url, { MaxNumberOfMessages: 2, signal: caller.signal });

    expect(countsOf(await process.receive(url))).toEqual([1, 1]);
    expect(bodiesOf(await process.receive(target))).toEqual(["a"]);
  });

  it("keeps the message until its timeout ends when it cannot be given back", async () => {
    const { process, url, clock } = await aQueue(own);
    await process.send(url, "a");
    const caller = new AbortController();
    process.fates.next("write", { after: async () => caller.abort() });
    process.fates.next("write", { fault: "lostRequest" });

    const lost = process.receive(url, { VisibilityTimeout: 5, signal: caller.signal });
    await expect(lost).rejects.toThrow("the request was lost");
    const answer = process.receive(url, wait);
    await clock.advance(5000);

    expect(countsOf(await answer)).toEqual([2]);
  });
});
