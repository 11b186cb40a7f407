import { describe, expect, it } from "vitest";
import { createEngine } from "#engine/createEngine.ts";
import { poll } from "#poll/poll.ts";
import { openPolledQueue } from "#service/openPolledQueue.ts";
import { aCaller } from "../../support/engineCaller.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { FaultyTable } from "../../support/faultyTable.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

describe("a queue that is polled directly on its table", () => {
  it("costs two reads and no write while it is empty", async () => {
    const calls: string[] = [];
    const memory = new MemoryTable();
    const [clock, random] = [new FakeClock(), new SeededRandom(1)];
    const input = { QueueName: "orders" };
    await createEngine({ table: memory, clock, random }).operate("CreateQueue", input, aCaller());
    const table = new FaultyTable(memory, ({ kind }) => {
      calls.push(kind);
      return {};
    });
    const { queue, close } = openPolledQueue({
      table,
      clock,
      random,
      log: silent,
      account: "000000000000",
      region: "us-east-1",
      queueName: "orders",
    });

    await poll({
      queue,
      worker: { invoke: async () => ({ kind: "succeeded", payload: "" }) },
      clock,
      random,
      log: silent,
      settings: {
        batchSize: 10,
        batchWindowSeconds: 0,
        concurrencyMax: 5,
        reportsBatchItemFailures: false,
        waitSeconds: 0,
      },
      endsWhen: "empty",
      stop: new AbortController().signal,
      finishMsMax: 1000,
    });
    await close();

    // The queue, and the head of its one lane.
    expect(calls).toEqual(["get", "query"]);
  });
});
