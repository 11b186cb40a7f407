import { beforeEach, describe, expect, it } from "vitest";
import { MemoryTable } from "../../../support/memoryTable.ts";
import { FifoProcess } from "./fifoFixture.ts";

const queue = "http://test/111122223333/queue.fifo";

/** Has not heard of the purge that lies between the two handles. */
let process: FifoProcess;
let other: FifoProcess;
let handles: readonly string[];

beforeEach(async () => {
  const table = new MemoryTable();
  process = await new FifoProcess(table, { seed: 1 }).open();
  other = await new FifoProcess(table, { seed: 2 }).open();
  await process.send("g", "before");
  const [before] = await process.receive(1);
  await other.ask("PurgeQueue", { QueueUrl: queue });
  await other.send("g", "after", "behind");
  const [after] = await other.receive(1);
  handles = [before?.ReceiptHandle ?? "", after?.ReceiptHandle ?? ""];
});

function entries<More extends object>(more: More) {
  return handles.map((ReceiptHandle, index) => ({ Id: `${index}`, ReceiptHandle, ...more }));
}

describe("handles of one group, from before a purge and from after it, in one batch", () => {
  it("delete what each is of", async () => {
    const { Successful = [] } = await process.ask("DeleteMessageBatch", {
      QueueUrl: queue,
      Entries: entries({}),
    });
    other.pass(60_000);

    expect(Successful.map(({ Id }) => Id)).toEqual(["0", "1"]);
    expect(await other.receiveBodies()).toEqual(["behind"]);
  });

  it("change how long each is invisible", async () => {
    const { Failed = [] } = await process.ask("ChangeMessageVisibilityBatch", {
      QueueUrl: queue,
      Entries: entries({ VisibilityTimeout: 0 }),
    });

    expect(Failed).toEqual([]);
    expect(await other.receiveBodies()).toEqual(["after", "behind"]);
  });

  it("put back what each is of", async () => {
    const { signal } = new AbortController();
    const account = "111122223333";
    const caller = { account, region: "test", origin: "http://test", senderId: account, signal };

    await process.engine.putBack({ QueueUrl: queue, ReceiptHandles: handles }, caller);

    expect(await other.receiveBodies()).toEqual(["after", "behind"]);
  });
});
