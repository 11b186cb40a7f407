import { describe, expect, it } from "vitest";
import { type DeclaredQueue, DeclaredQueues } from "#service/declaredQueues.ts";
import { jsonLog } from "#service/log.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

const { signal } = new AbortController();
const owner = { stackId: "stack/shop/1", logicalId: "Orders" };
const other = { stackId: "stack/shop/1", logicalId: "OrdersMoved" };

function aQueue(attributes: Readonly<Record<string, string>> = {}): DeclaredQueue {
  return {
    name: "orders",
    attributes: new Map(Object.entries(attributes)),
    tags: new Map(),
    owner,
    endpoint: "https://queues.example",
  };
}

function someQueues() {
  const clock = new FakeClock();
  const queues = new DeclaredQueues({
    table: new MemoryTable(),
    clock,
    random: new SeededRandom(1),
    log: jsonLog({ level: "silent", clock, write: () => undefined }),
    account: "111122223333",
    region: "eu-central-1",
  });
  return { clock, queues };
}

describe("DeclaredQueues", () => {
  it("says where a queue is", async () => {
    const { queues } = someQueues();

    const place = await queues.make(aQueue(), { takesOver: false, signal });

    expect(place).toEqual({
      url: "https://queues.example/111122223333/orders",
      arn: "arn:aws:sqs:eu-central-1:111122223333:orders",
    });
  });

  it("waits for a name to be free again", async () => {
    const { queues, clock } = someQueues();
    await queues.make(aQueue(), { takesOver: false, signal });
    await queues.drop("orders", { owner, signal });

    const made = queues.make(aQueue(), { takesOver: false, signal });
    let isMade = false;
    void made.then(() => {
      isMade = true;
    });
    await clock.advance(59_000);
    const wasMadeBefore = isMade;
    await clock.advance(10_000);

    expect([wasMadeBefore, isMade]).toEqual([false, true]);
  });

  it("does not wait once nobody waits for it", async () => {
    const { queues } = someQueues();
    await queues.make(aQueue(), { takesOver: false, signal });
    await queues.drop("orders", { owner, signal });

    const made = queues.make(aQueue(), { takesOver: false, signal: AbortSignal.abort() });

    await expect(made).rejects.toThrow("You must wait 60 seconds");
  });

  it("makes a queue that is gone, instead of changing it", async () => {
    const { queues } = someQueues();

    await queues.change(aQueue({ DelaySeconds: "1" }), aQueue(), { signal });

    const other = queues.make(aQueue({ DelaySeconds: "2" }), { takesOver: false, signal });
    await expect(other).rejects.toThrow("different value for attribute DelaySeconds");
  });

  it("takes over a queue with other attributes only if it may", async () => {
    const { queues } = someQueues();
    await queues.make(aQueue({ DelaySeconds: "1" }), { takesOver: false, signal });
    const wanted = aQueue({ DelaySeconds: "2" });

    const refused = queues.make(wanted, { takesOver: false, signal });
    await expect(refused).rejects.toThrow("already exists");
    await queues.make(wanted, { takesOver: true, signal });

    await expect(queues.make(wanted, { takesOver: false, signal })).resolves.toBeDefined();
  });

  it("drops a queue that is gone already", async () => {
    const { queues } = someQueues();

    await expect(queues.drop("orders", { owner, signal })).resolves.toBeUndefined();
  });

  it("drops no queue that another has taken over", async () => {
    const { queues } = someQueues();
    await queues.make(aQueue(), { takesOver: false, signal });
    await queues.make({ ...aQueue(), owner: other }, { takesOver: true, signal });
    await queues.change(aQueue({ DelaySeconds: "1" }), aQueue(), { signal });

    await queues.drop("orders", { owner, signal });

    const again = queues.make(aQueue(), { takesOver: false, signal });
    await expect(again).rejects.toThrow(
      "expected a new queue, which may be deleted with its stack, but orders already exists, of OrdersMoved in stack/shop/1",
    );
  });

  it("lets no declared tags say whose a queue is", async () => {
    const { queues } = someQueues();
    const claimed = { ...aQueue(), tags: new Map([["millrace:logical-id", "OrdersMoved"]]) };
    await queues.make(claimed, { takesOver: false, signal });
    await queues.change(claimed, claimed, { signal });
    await queues.change(aQueue(), claimed, { signal });

    await expect(queues.make(aQueue(), { takesOver: false, signal })).resolves.toBeDefined();
  });
});
