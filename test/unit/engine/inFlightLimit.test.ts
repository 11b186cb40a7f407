import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEngine } from "#engine/createEngine.ts";
import type { Engine } from "#engine/engine.ts";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Table } from "#table/table.ts";
import { aCaller } from "../../support/engineCaller.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

const inFlightMax = 120_000;
const timeoutSeconds = 600;
/** Above the longest that a reader goes without looking back from the head. */
const lookBackMs = 21_000;

describe("a standard queue with 120,000 messages in flight", () => {
  const caller = aCaller();
  let clock: FakeClock;
  let table: Table;
  let engine: Engine;
  let url: string;

  beforeEach(async () => {
    clock = new FakeClock();
    table = openSqliteTable({ path: ":memory:", clock });
    engine = createEngine({ table, clock, random: new SeededRandom(1) });
    const created = await engine.operate("CreateQueue", { QueueName: "busy" }, caller);
    url = created.QueueUrl ?? "";
    const entries = Array.from({ length: 10 }, (_, id) => ({ Id: `${id}`, MessageBody: "m" }));
    for (let sent = 0; sent < inFlightMax + 10; sent += entries.length) {
      await engine.operate("SendMessageBatch", { QueueUrl: url, Entries: entries }, caller);
      clock.step(1);
    }
    for (let received = 0; received < inFlightMax; received += 10) await receive();
  }, 60_000);

  afterEach(async () => {
    await engine.close();
    await table.close();
  });

  async function receive(waitSeconds = 0): Promise<number> {
    const input = {
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: timeoutSeconds,
      WaitTimeSeconds: waitSeconds,
    };
    const { Messages = [] } = await engine.operate("ReceiveMessage", input, caller);
    return Messages.length;
  }

  it("13.42 refuses a receive that does not wait, answers one that waits empty, and recovers", async () => {
    await expect(receive()).rejects.toMatchObject({
      error: "OverLimit",
      message:
        "Too many messages have been received without being deleted.\n" +
        "Please delete your received messages or let them timeout before receiving more.",
    });

    const waiting = receive(1);
    await clock.advance(1000);
    expect(await waiting).toBe(0);

    await clock.advance(timeoutSeconds * 1000 + lookBackMs);
    expect(await receive()).toBe(10);
  }, 60_000);
});
