import { beforeEach, describe, expect, it } from "vitest";
import { createEngine } from "#engine/createEngine.ts";
import type { Consumed } from "#table/dynamodb/consumed.ts";
import { freshDynamodbTables } from "../support/dynamodbFreshTable.ts";
import { aCaller } from "../support/engineCaller.ts";
import { FakeClock } from "../support/fakeClock.ts";
import { ownDynamodb } from "../support/ownDynamodb.ts";
import { SeededRandom } from "../support/seededRandom.ts";

const dynamodb = ownDynamodb();

/** A tenant with queues of both types, and what is asked of DynamoDB from now on. */
async function aTenant(queues: number) {
  const bill: Consumed[] = [];
  const tables = await freshDynamodbTables(dynamodb.endpoint);
  const table = tables.open({ onConsumed: (consumed) => void bill.push(consumed) });
  const clock = new FakeClock();
  const engine = createEngine({ table, clock, random: new SeededRandom(1) });
  const { account } = aCaller();
  for (let index = 0; index < queues; index += 1) {
    const isFifo = index % 2 === 1;
    const QueueName = isFifo ? `queue-${index}.fifo` : `queue-${index}`;
    const Attributes = new Map(isFifo ? [["FifoQueue", "true"]] : []);
    await engine.operate("CreateQueue", { QueueName, Attributes }, aCaller());
  }
  bill.length = 0;
  return {
    engine,
    bill,
    sweep: () => engine.sweep({ account, untilMs: clock.nowMs() + 10_000 }),
    close: async () => {
      await engine.close();
      await table.close();
    },
  };
}

function sumOf(bill: readonly Consumed[]) {
  return {
    readUnits: bill.reduce((sum, { readUnits }) => sum + readUnits, 0),
    writeUnits: bill.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
    calls: bill.length,
  };
}

describe("the sweep of an idle tenant on DynamoDB", () => {
  beforeEach(({ skip }) => skip(dynamodb.missing !== undefined, dynamodb.missing));

  it.each([
    { queues: 0, readUnits: 1.5 },
    { queues: 1, readUnits: 2 },
    { queues: 5, readUnits: 4 },
  ])(
    "with $queues queues reads $readUnits units and writes none",
    async ({ queues, readUnits }) => {
      const { bill, sweep, close } = await aTenant(queues);

      const report = await sweep();

      expect(report.queues).toHaveLength(queues);
      expect(sumOf(bill)).toEqual({ readUnits, writeUnits: 0, calls: 3 + queues });
      await close();
    },
  );

  it("costs as much again each time", async () => {
    const { bill, sweep, close } = await aTenant(5);

    await sweep();
    await sweep();

    expect(sumOf(bill)).toEqual({ readUnits: 8, writeUnits: 0, calls: 16 });
    await close();
  });
});
