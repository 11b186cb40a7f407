import { describe, expect, it } from "vitest";
import type { Queue } from "#engine/queue.ts";
import { defaultSettings } from "#engine/queueSettings.ts";
import { type QueueChange, QueueStore } from "#engine/queueStore.ts";
import type { TableTraits } from "#table/table.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { FaultyTable } from "../../support/faultyTable.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { SeededRandom } from "../../support/seededRandom.ts";
import { Fates, ownTable } from "./aQueue.ts";

const account = "111122223333";

/** The stores of two processes, and the fates of the first one's calls. */
function twoStores(traits: Partial<TableTraits> = {}) {
  const clock = new FakeClock({ turns: 1 });
  const table = new MemoryTable({ traits });
  const fates = new Fates();
  return {
    clock,
    fates,
    store: new QueueStore(new FaultyTable(table, fates.take), clock, new SeededRandom(1)),
    other: new QueueStore(table, clock, new SeededRandom(2)),
  };
}

function queueOf(lanes: number, name = "queue"): Queue {
  return {
    account,
    name,
    region: "us-east-1",
    id: "id",
    epoch: 0,
    lanes,
    createdAtMs: 0,
    modifiedAtMs: 0,
    settings: defaultSettings(false),
    tags: new Map([["team", "a"]]),
  };
}

/** Stores the queue with one lane more than it has, whatever is there. */
async function grow(store: QueueStore, name = "queue"): Promise<void> {
  await store.change(account, name, (entry): QueueChange => {
    const lanes = entry?.kind === "live" ? entry.queue.lanes + 1 : 1;
    return { kind: "store", queue: queueOf(lanes, name) };
  });
}

async function lanesIn(store: QueueStore): Promise<number | undefined> {
  return (await store.find(account, "queue"))?.lanes;
}

describe("a queue that was found", () => {
  it("is as it was stored", async () => {
    const { store, other } = twoStores();
    await grow(other);

    expect(await store.find(account, "queue")).toEqual(queueOf(1));
  });

  it("is believed for two seconds where others may change it", async () => {
    const { store, other, clock } = twoStores();
    await grow(other);
    await lanesIn(store);
    await grow(other);

    await clock.advance(1999);
    const early = await lanesIn(store);
    await clock.advance(1);

    expect([early, await lanesIn(store)]).toEqual([1, 2]);
  });

  it("is looked for once by all who ask again at the same time", async () => {
    const { store, other, clock, fates } = twoStores();
    await grow(other);
    await lanesIn(store);
    await clock.advance(2000);
    await grow(other);
    fates.calls.length = 0;

    const answers = await Promise.all(Array.from({ length: 10 }, () => lanesIn(store)));
    await clock.advance(2000);
    await lanesIn(store);

    expect(new Set(answers)).toEqual(new Set([2]));
    expect(fates.count("get")).toBe(2);
  });

  it("is looked for once more by those who had joined a look-up that failed", async () => {
    const { store, other, clock, fates } = twoStores();
    await grow(other);
    await lanesIn(store);
    await clock.advance(2000);
    fates.calls.length = 0;
    fates.next("get", { fault: "lostRequest" });

    const answers = await Promise.allSettled([lanesIn(store), lanesIn(store), lanesIn(store)]);

    expect(answers.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(fates.count("get")).toBe(2);
  });

  it("fails for all where that fails as well, and no longer", async () => {
    const { store, other, clock, fates } = twoStores();
    await grow(other);
    await lanesIn(store);
    await clock.advance(2000);
    fates.next("get", { fault: "lostRequest" });
    fates.next("get", { fault: "lostRequest" });

    const answers = await Promise.allSettled([lanesIn(store), lanesIn(store), lanesIn(store)]);

    expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(await lanesIn(store)).toBe(1);
  });

  it("is looked for anew beside a look-up that takes long", async () => {
    const { store, other, clock, fates } = twoStores();
    await grow(other);
    await lanesIn(store);
    await clock.advance(2000);
    const answer = Promise.withResolvers<void>();
    fates.next("get", { after: () => answer.promise });
    const slow = lanesIn(store);
    await clock.advance(2000);
    await grow(other);

    expect(await lanesIn(store)).toBe(2);
    answer.resolve();
    expect(await slow).toBe(1);
  });

  it("is believed for ever where nobody else does", async () => {
    const { store, clock, fates } = twoStores(ownTable);
    await grow(store);
    fates.calls.length = 0;

    await clock.advance(86_400_000);

    expect([await lanesIn(store), fates.calls.length]).toEqual([1, 0]);
  });

  it("is not believed any longer for a clock that was set back", async () => {
    const { store, other, clock } = twoStores();
    await grow(other);
    await lanesIn(store);
    await grow(other);

    clock.step(-3_600_000);

    expect(await lanesIn(store)).toBe(2);
  });

  it("is as this process has changed it, at once", async () => {
    const { store, fates } = twoStores();
    await grow(store);
    await grow(store);
    fates.calls.length = 0;

    expect([await lanesIn(store), fates.calls.length]).toEqual([2, 0]);
  });

  it.each([ownTable, {}])(
    "is not what a look-up saw before a change overtook it",
    async (traits) => {
      const { store, clock, fates } = twoStores(traits);
      await grow(store);
      await clock.advance(5000);
      // The look-up reads, the change is made and answered, and only then is the look-up answered.
      fates.next("get", { after: async () => await grow(store) });

      await store.change(account, "queue", () => ({ kind: "keep" }));

      expect(await lanesIn(store)).toBe(2);
    },
  );
});

describe("a queue that is not there", () => {
  it("is looked for each time where others may create it", async () => {
    const { store, other } = twoStores();

    const before = await lanesIn(store);
    await grow(other);

    expect([before, await lanesIn(store)]).toEqual([undefined, 1]);
  });

  it("is looked for each time where it was deleted and others may create it again", async () => {
    const { store, other } = twoStores();
    await grow(other);
    await other.change(account, "queue", () => ({ kind: "remove", deletedAtMs: 1 }));
    const before = await lanesIn(store);

    await grow(other);

    expect([before, await lanesIn(store)]).toEqual([undefined, 1]);
  });

  it("is looked for once where nobody else does", async () => {
    const { store, fates } = twoStores(ownTable);

    await lanesIn(store);
    await lanesIn(store);

    expect(fates.count("get")).toBe(1);
  });

  it("was deleted: its name is remembered with the time", async () => {
    const { store, other } = twoStores();
    await grow(store);

    await store.change(account, "queue", () => ({ kind: "remove", deletedAtMs: 77 }));

    expect(await lanesIn(store)).toBeUndefined();
    const found: unknown[] = [];
    await other.change(account, "queue", (entry) => {
      found.push(entry);
      return { kind: "keep" };
    });
    expect(found).toEqual([{ kind: "deleted", deletedAtMs: 77, version: 2 }]);
  });

  it("can be made again, with nothing of what was", async () => {
    const { store, other } = twoStores();
    await grow(store);
    await store.change(account, "queue", () => ({ kind: "remove", deletedAtMs: 77 }));

    await grow(store);

    expect(await other.find(account, "queue")).toEqual(queueOf(1));
  });
});

describe("a change", () => {
  it("that is overtaken is decided anew on what is there then", async () => {
    const { store, other, fates } = twoStores();
    await grow(other);
    fates.next("write", { before: async () => await grow(other) });

    await grow(store);

    expect(await lanesIn(store)).toBe(3);
  });

  it("that is sent again is not taken for the equal change of another process", async () => {
    const { store, other, fates } = twoStores();
    await grow(other);
    fates.next("write", { before: async () => await grow(other), fault: "sentTwice" });

    await grow(store);

    expect(await lanesIn(store)).toBe(3);
  });

  it("of processes that make the same queue at once makes one", async () => {
    const { store, other, fates } = twoStores();
    fates.next("write", { before: async () => await grow(other) });

    await grow(store);

    expect([await lanesIn(store), await lanesIn(other)]).toEqual([2, 1]);
  });

  it("gives up when it is overtaken time after time", async () => {
    const { store, other, fates } = twoStores();
    for (let times = 0; times < 20; times += 1) {
      fates.next("write", { before: async () => await grow(other) });
    }

    await expect(grow(store)).rejects.toThrow("gave up changing queue queue: overtaken 10 times");
  });

  it("that decides to keep writes nothing", async () => {
    const { store, fates } = twoStores();

    await store.change(account, "queue", () => ({ kind: "keep" }));

    expect(fates.count("write")).toBe(0);
  });

  it("that refuses leaves all as it was, and its refusal comes out", async () => {
    const { store } = twoStores();
    await grow(store);

    const refused = store.change(account, "queue", () => {
      throw new Error("no");
    });

    await expect(refused).rejects.toThrow("no");
    expect(await lanesIn(store)).toBe(1);
  });

  it("that was sent twice is made once", async () => {
    const { store, fates } = twoStores();
    await grow(store);
    fates.next("write", { fault: "sentTwice" });

    await grow(store);

    expect(await lanesIn(store)).toBe(2);
  });
});

describe("the list of queues", () => {
  it("has those with the prefix in order, from behind a name, the deleted left out", async () => {
    const { store } = twoStores();
    for (const name of ["b-2", "a", "b-1", "b-3", "c", "b-0"]) await grow(store, name);
    await store.change(account, "b-2", () => ({ kind: "remove", deletedAtMs: 1 }));

    const names: string[] = [];
    for await (const { name } of store.list(account, "b-", "b-0")) names.push(name);

    expect(names).toEqual(["b-1", "b-3"]);
  });
});
