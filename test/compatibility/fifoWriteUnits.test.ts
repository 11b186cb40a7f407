import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createEngine } from "#engine/createEngine.ts";
import type { Consumed } from "#table/dynamodb/consumed.ts";
import {
  type FifoDelivery,
  type FifoQueue,
  openFifoEngineQueue,
} from "../../bench/fifoEngineQueue.ts";
import { random } from "../../bin/platform.ts";
import { freshDynamodbTables } from "../support/dynamodbFreshTable.ts";
import { ownDynamodb } from "../support/ownDynamodb.ts";

/** What a part of a life took from DynamoDB. */
interface Bill {
  readonly writeUnits: number;
  readonly calls: readonly string[];
}

const dynamodb = ownDynamodb();

const body = "b".repeat(200);

/** A FIFO queue on a table of its own, and a meter at that table. */
class Metered {
  readonly queue: FifoQueue;
  readonly #bill: Consumed[];
  #sent = 0;

  constructor(queue: FifoQueue, bill: Consumed[]) {
    this.queue = queue;
    this.#bill = bill;
  }

  static async open(attributes: Readonly<Record<string, string>> = {}): Promise<Metered> {
    const bill: Consumed[] = [];
    const tables = await freshDynamodbTables(dynamodb.endpoint);
    const table = tables.open({ onConsumed: (consumed) => bill.push(consumed) });
    // Time stands still, so that what is remembered of the queue does not grow old by chance.
    const clock = { nowMs: () => 1_760_000_000_000, after: () => () => undefined };
    const engine = createEngine({ table, clock, random });
    onTestFinished(async () => {
      await engine.close();
      await table.close();
    });
    return new Metered(await openFifoEngineQueue(engine, "metered.fifo", attributes), bill);
  }

  async costOf<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly bill: Bill }> {
    this.#bill.length = 0;
    const result = await work();
    const writeUnits = this.#bill.reduce((sum, each) => sum + each.writeUnits, 0);
    return { result, bill: { writeUnits, calls: this.#bill.map(({ call }) => call) } };
  }

  /** Sends one message to each of the groups, in one call. */
  send(...groups: readonly string[]): Promise<void> {
    return this.queue.send(
      groups.map((groupId) => {
        this.#sent += 1;
        return { body, groupId, deduplicationId: `message-${this.#sent}` };
      }),
    );
  }

  receive(most = 10): Promise<readonly FifoDelivery[]> {
    return this.queue.receive({ most, visibilityTimeoutSeconds: 30, waitSeconds: 0 });
  }

  delete(deliveries: readonly FifoDelivery[]): Promise<void> {
    return this.queue.delete(deliveries.map(({ receiptHandle }) => receiptHandle));
  }
}

/** The bills of a send, a receive and a delete of the same messages. */
async function life(metered: Metered, groups: readonly string[]) {
  const { bill: sent } = await metered.costOf(() => metered.send(...groups));
  const { bill: received, result } = await metered.costOf(() => metered.receive(groups.length));
  expect(result).toHaveLength(groups.length);
  const { bill: deleted } = await metered.costOf(() => metered.delete(result));
  return { sent, received, deleted };
}

const ofOneGroup = Array.from({ length: 10 }, () => "g");
const ofTenGroups = ofOneGroup.map((group, index) => `${group}${index}`);

describe("DynamoDB", { timeout: 60_000 }, () => {
  beforeEach(({ skip }) => skip(dynamodb.missing !== undefined, dynamodb.missing));

  it.each([
    ["the whole queue", {}],
    ["a group", { DeduplicationScope: "messageGroup" }],
  ])(
    "is asked for 6 units by a life that is deduplicated within %s",
    async (_scope, attributes) => {
      const metered = await Metered.open(attributes);

      expect(await life(metered, ["g"])).toEqual({
        sent: { writeUnits: 4, calls: ["GetItem", "TransactWriteItems"] },
        received: { writeUnits: 1, calls: ["GetItem", "UpdateItem"] },
        deleted: { writeUnits: 1, calls: ["DeleteItem"] },
      });
    },
  );

  it("is asked for 3.2 units by each of ten messages of one group", async () => {
    const metered = await Metered.open();

    expect(await life(metered, ofOneGroup)).toEqual({
      sent: { writeUnits: 26, calls: ["GetItem", "TransactWriteItems"] },
      received: { writeUnits: 3, calls: ["GetItem", "UpdateItem"] },
      deleted: { writeUnits: 3, calls: ["DeleteItem"] },
    });
  });

  it("is asked for 6 units by each of ten messages of ten groups, in few calls", async () => {
    const metered = await Metered.open();

    const { sent, received, deleted } = await life(metered, ofTenGroups);

    expect(sent.writeUnits).toBe(40);
    expect(received).toEqual({
      writeUnits: 10,
      calls: ["BatchGetItem", "BatchExecuteStatement"],
    });
    expect(deleted).toEqual({ writeUnits: 10, calls: ["BatchExecuteStatement"] });
  });

  it("is asked for one read by a receive that finds nothing, once it knows the queue", async () => {
    const metered = await Metered.open();
    await metered.receive(1);

    const { bill } = await metered.costOf(() => metered.receive(1));

    expect(bill).toEqual({ writeUnits: 0, calls: ["Query"] });
  });

  it("is asked for one read by a receive that finds a few groups, all of them held", async () => {
    const metered = await Metered.open();
    await metered.send("a", "b", "c");
    await metered.receive(3);
    await metered.receive(1);

    const { bill } = await metered.costOf(() => metered.receive(1));

    expect(bill).toEqual({ writeUnits: 0, calls: ["Query"] });
  });

  it("is asked for less than 10 units a message by a group of forty, one by one", async () => {
    const metered = await Metered.open();
    const count = 40;

    const { bill: sent } = await metered.costOf(async () => {
      for (let sends = 0; sends < count; sends += 1) await metered.send("g");
    });
    const { bill: drained } = await metered.costOf(async () => {
      for (let receives = 0; receives < count; receives += 1) {
        await metered.delete(await metered.receive(1));
      }
    });

    const units = (sent.writeUnits + drained.writeUnits) / count;
    expect(units).toBeLessThan(10);
    expect(await metered.receive()).toEqual([]);
  });

  it("is asked for at most 7 units a message by a group of a hundred, ten by ten", async () => {
    const metered = await Metered.open();
    const batches = 10;

    const { bill: sent } = await metered.costOf(async () => {
      for (let sends = 0; sends < batches; sends += 1) await metered.send(...ofOneGroup);
    });
    const { bill: drained } = await metered.costOf(async () => {
      for (let receives = 0; receives < batches; receives += 1) {
        await metered.delete(await metered.receive(10));
      }
    });

    const units = (sent.writeUnits + drained.writeUnits) / (batches * 10);
    expect(units).toBeLessThanOrEqual(7);
    expect(await metered.receive()).toEqual([]);
  });

  it("is asked for nothing but what was tried by a duplicate", async () => {
    const metered = await Metered.open();
    const message = { body, groupId: "g", deduplicationId: "same" };
    await metered.queue.send([message]);

    const { bill } = await metered.costOf(() => metered.queue.send([message]));

    expect(bill.calls).toEqual(["TransactWriteItems"]);
  });
});
