import { describe, expect, it, onTestFinished } from "vitest";
import { createEngine } from "#engine/createEngine.ts";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Query, Table, Write } from "#table/table.ts";
import { aCaller } from "../../support/engineCaller.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

const caller = aCaller();

/** A table that counts what is asked of it, and how often a guard failed. */
function counted(table: Table) {
  const counts = { lost: 0, queries: 0 };
  const counting: Table = {
    traits: table.traits,
    blobs: table.blobs,
    get: (key) => table.get(key),
    getMany: (keys) => table.getMany(keys),
    query: (query: Query) => {
      counts.queries += 1;
      return table.query(query);
    },
    write: async (write: Write) => {
      const result = await table.write(write);
      if (result.outcome === "conditionFailed") counts.lost += 1;
      return result;
    },
    writeMany: (writes) => table.writeMany(writes),
    transact: (writes) => table.transact(writes),
    close: () => table.close(),
  };
  return { table: counting, counts };
}

/** A queue with that many messages. */
async function serve(messages: number) {
  const clock = new FakeClock();
  const { table, counts } = counted(openSqliteTable({ path: ":memory:", clock }));
  const engine = createEngine({ table, clock, random: new SeededRandom(1) });
  onTestFinished(async () => {
    await engine.close();
    await table.close();
  });
  const { QueueUrl = "" } = await engine.operate("CreateQueue", { QueueName: "q" }, caller);
  for (let sent = 0; sent < messages; sent += 1) {
    await engine.operate("SendMessage", { QueueUrl, MessageBody: `${sent}` }, caller);
  }
  const receive = async (waitSeconds = 0): Promise<readonly string[]> => {
    const input = { QueueUrl, WaitTimeSeconds: waitSeconds };
    const { Messages = [] } = await engine.operate("ReceiveMessage", input, caller);
    return Messages.map(({ Body = "" }) => Body);
  };
  return { receive, counts };
}

describe("receives of one process at the same moment", () => {
  it("go for different messages", async () => {
    const { receive, counts } = await serve(50);

    const bodies = await Promise.all(Array.from({ length: 50 }, () => receive()));

    expect(new Set(bodies.flat()).size).toBe(50);
    expect(counts.lost).toBe(0);
  });

  it("find all there is, and the rest of them nothing", async () => {
    const { receive, counts } = await serve(3);

    const bodies = await Promise.all(Array.from({ length: 50 }, () => receive()));

    expect(bodies.flat().toSorted()).toEqual(["0", "1", "2"]);
    expect(counts.lost).toBe(0);
  });
});

describe("a receive that may wait and need not", () => {
  it("asks the table for nothing more than one that may not", async () => {
    const { receive, counts } = await serve(2);
    await receive();
    const { queries } = counts;

    await receive(20);

    expect(counts.queries - queries).toBe(0);
  });
});
