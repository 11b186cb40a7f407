import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEngine } from "#engine/createEngine.ts";
import type { Engine } from "#engine/engine.ts";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Table } from "#table/table.ts";
import { aCaller } from "../../support/engineCaller.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

const backlog = 500;

describe("a standard queue with message groups", () => {
  const caller = aCaller();
  let table: Table;
  let engine: Engine;
  let url: string;

  beforeEach(async () => {
    const clock = new FakeClock();
    table = openSqliteTable({ path: ":memory:", clock });
    engine = createEngine({ table, clock, random: new SeededRandom(1) });
    const created = await engine.operate("CreateQueue", { QueueName: "tenants" }, caller);
    url = created.QueueUrl ?? "";
  });

  afterEach(async () => {
    await engine.close();
    await table.close();
  });

  async function send(body: string, groupId: string): Promise<void> {
    const input = { QueueUrl: url, MessageBody: body, MessageGroupId: groupId };
    await engine.operate("SendMessage", input, caller);
  }

  async function receive(most = 10): Promise<readonly string[]> {
    const input = { QueueUrl: url, MaxNumberOfMessages: most };
    const { Messages = [] } = await engine.operate("ReceiveMessage", input, caller);
    return Messages.map(({ Body = "" }) => Body);
  }

  it("serves a quiet tenant before the backlog of a noisy one", async () => {
    for (let index = 0; index < backlog; index += 1) await send(`noisy ${index}`, "noisy");
    const first = await receive();
    await send("quiet", "quiet");

    const second = await receive();

    expect([...first, ...second].filter((body) => body === "quiet")).toEqual(["quiet"]);
  });

  it("delivers every message of every tenant once", async () => {
    const sent: string[] = [];
    for (let index = 0; index < backlog; index += 1) {
      const body = `message ${index}`;
      sent.push(body);
      await send(body, `tenant ${index % 40}`.replace(" ", "-"));
    }

    const received: string[] = [];
    for (let bodies = await receive(); bodies.length > 0; bodies = await receive()) {
      received.push(...bodies);
    }

    expect(received.toSorted()).toEqual(sent.toSorted());
  });

  it("finds messages that were sent before there were groups", async () => {
    await engine.operate("SendMessage", { QueueUrl: url, MessageBody: "plain" }, caller);
    await send("grouped", "tenant");

    const bodies = await receive();

    expect(bodies.toSorted()).toEqual(["grouped", "plain"]);
  });
});
