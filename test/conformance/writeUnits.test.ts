import { beforeEach, describe, expect, it } from "vitest";
import { costOfLife, type LifeCost, lives } from "../../bench/lives.ts";
import { ownDynamodb } from "../support/ownDynamodb.ts";

type Bill = Pick<LifeCost, "writeUnits" | "readUnits" | "roundTrips">;

/** What each life costs on DynamoDB, beside the queue's configuration, which is remembered. */
const bills: Readonly<Record<string, Bill>> = {
  "a small message": { writeUnits: 3, readUnits: 1, roundTrips: 4 },
  "a JSON message of 900 bytes": { writeUnits: 3, readUnits: 1, roundTrips: 4 },
  "ten messages of 200 bytes": { writeUnits: 3, readUnits: 1, roundTrips: 4 },
  "ten JSON messages of 1 KB": { writeUnits: 6, readUnits: 2, roundTrips: 6 },
  "ten messages of 200 bytes sent one by one": { writeUnits: 30, readUnits: 1, roundTrips: 13 },
  "a small message received again after its visibility timeout": {
    writeUnits: 4,
    readUnits: 2,
    roundTrips: 6,
  },
  "a receive that finds nothing": { writeUnits: 0, readUnits: 1, roundTrips: 1 },
};

const dynamodb = ownDynamodb();

async function costOf(name: string): Promise<LifeCost> {
  const life = lives.find((each) => each.name === name);
  if (life === undefined) throw new Error(`bench/lives.ts has no ${name}`);
  return await costOfLife(dynamodb.endpoint, life);
}

describe("DynamoDB", () => {
  beforeEach(({ skip }) => skip(dynamodb.missing !== undefined, dynamodb.missing));

  it("is asked for 3 write units and 4 round trips by a small message's life", async () => {
    const { writeUnits, calls } = await costOf("a small message");

    expect({ writeUnits, calls }).toEqual({
      writeUnits: 3,
      calls: ["PutItem", "Query", "UpdateItem", "DeleteItem"],
    });
  });

  it("is asked for 3 write units by ten messages of 200 bytes", async () => {
    const { writeUnits } = await costOf("ten messages of 200 bytes");

    expect(writeUnits).toBe(3);
  });

  it.each(Object.entries(bills))("bills %s so much", async (name, bill) => {
    const { writeUnits, readUnits, roundTrips } = await costOf(name);

    expect({ writeUnits, readUnits, roundTrips }).toEqual(bill);
  });
});
