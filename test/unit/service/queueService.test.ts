import { afterEach, describe, expect, it } from "vitest";
import { anyCredentials } from "#service/authenticate.ts";
import { jsonLog } from "#service/log.ts";
import { createQueueService, type QueueService } from "#service/queueService.ts";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { clock, random } from "../../../bin/platform.ts";
import { aJsonCall } from "../protocol/aRequest.ts";

const table = openSqliteTable({ path: ":memory:", clock });
const services: QueueService[] = [];

function aService(): QueueService {
  const service = createQueueService({
    table,
    clock,
    random,
    authenticate: anyCredentials({ account: "000000000000" }),
    newRequestId: () => "request-1",
    log: jsonLog({ level: "silent", clock, write: () => {} }),
  });
  services.push(service);
  return service;
}

afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

async function ask({ handle }: QueueService, action: string, input: object): Promise<unknown> {
  const { body } = await handle(aJsonCall(action, input), new AbortController().signal);
  return body === "" ? undefined : JSON.parse(String(body));
}

describe("createQueueService", () => {
  it("serves the queues of its table", async () => {
    const service = aService();

    await ask(service, "CreateQueue", { QueueName: "orders" });
    await ask(service, "SendMessage", { QueueUrl: "orders", MessageBody: "hello" });
    const received = await ask(service, "ReceiveMessage", { QueueUrl: "orders" });

    expect(received).toMatchObject({ Messages: [{ Body: "hello" }] });
  });

  it("answers receives that wait with nothing when it is told to", async () => {
    const service = aService();
    await ask(service, "CreateQueue", { QueueName: "empty" });

    const receiving = ask(service, "ReceiveMessage", { QueueUrl: "empty", WaitTimeSeconds: 20 });
    service.releaseWaiters();

    expect(await receiving).toEqual({});
  });
});
