import { beforeEach, describe, expect, it } from "vitest";
import type { Input } from "#contract/operations.ts";
import type { HttpResponse } from "#protocol/http.ts";
import type { AnswerLimit } from "#service/answerLimit.ts";
import { anyCredentials } from "#service/authenticate.ts";
import { jsonLog, type LogFields } from "#service/log.ts";
import { createQueueService } from "#service/queueService.ts";
import type { Table } from "#table/table.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

const account = "111122223333";
const limit: AnswerLimit = { bytesMax: 4000, bytesOf: (body) => body.length };
const about1Kb = (index: number) => `${index}`.padEnd(1000, "x");

let clock: FakeClock;
let lines: LogFields[];
let call: (action: string, input: object) => Promise<HttpResponse>;

beforeEach(() => {
  clock = new FakeClock();
  lines = [];
  const table: Table = new MemoryTable();
  const { handle } = createQueueService({
    table,
    clock,
    random: new SeededRandom(1),
    authenticate: anyCredentials({ account }),
    newRequestId: () => "request-1",
    log: jsonLog({ level: "info", clock, write: (line) => lines.push(JSON.parse(line)) }),
    answerLimit: limit,
  });
  call = (action, input) =>
    handle(
      {
        method: "POST",
        scheme: "http",
        path: "/",
        query: "",
        headers: { "x-amz-target": `AmazonSQS.${action}` },
        body: Buffer.from(JSON.stringify(input)),
      },
      new AbortController().signal,
    );
});

interface Received {
  readonly Body: string;
  readonly Attributes: { readonly ApproximateReceiveCount: string };
}

async function receive(more: Partial<Input<"ReceiveMessage">> = {}): Promise<readonly Received[]> {
  const { status, body } = await call("ReceiveMessage", {
    QueueUrl: "orders",
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ["ApproximateReceiveCount"],
    ...more,
  });
  expect(status).toBe(200);
  return JSON.parse(String(body)).Messages ?? [];
}

const numbersOf = (messages: readonly Received[]) =>
  messages.map(({ Body }) => Number.parseInt(Body, 10));

describe("a receive whose answer would be too large", () => {
  it("answers with as many messages as fit, and puts the others back", async () => {
    await call("CreateQueue", { QueueName: "orders" });
    for (let index = 0; index < 10; index += 1) {
      await call("SendMessage", { QueueUrl: "orders", MessageBody: about1Kb(index) });
    }

    const first = await receive();
    const second = await receive();

    expect(first).toHaveLength(3);
    expect(second).toHaveLength(3);
    const all = [...first, ...second];
    expect(new Set(numbersOf(all)).size).toBe(6);
    expect(all.map(({ Attributes }) => Attributes.ApproximateReceiveCount)).toEqual(
      Array(6).fill("1"),
    );
  });

  it("keeps the order of a message group", async () => {
    await call("CreateQueue", { QueueName: "orders.fifo", Attributes: { FifoQueue: "true" } });
    for (let index = 0; index < 5; index += 1) {
      const MessageBody = about1Kb(index);
      await call("SendMessage", {
        QueueUrl: "orders.fifo",
        MessageBody,
        MessageGroupId: "g",
        MessageDeduplicationId: `${index}`,
      });
    }

    const first = await receive({ QueueUrl: "orders.fifo" });
    const locked = await receive({ QueueUrl: "orders.fifo" });
    await clock.advance(31_000);
    const again = await receive({ QueueUrl: "orders.fifo" });

    expect(numbersOf(first)).toEqual([0, 1, 2]);
    expect(locked).toEqual([]);
    expect(numbersOf(again)).toEqual([0, 1, 2]);
  });

  it("does not hang on a message that no answer can carry", async () => {
    await call("CreateQueue", { QueueName: "orders" });
    await call("SendMessage", { QueueUrl: "orders", MessageBody: "0".padEnd(5000, "x") });
    await clock.advance(1);
    await call("SendMessage", { QueueUrl: "orders", MessageBody: about1Kb(1) });

    const refused = await call("ReceiveMessage", { QueueUrl: "orders", MaxNumberOfMessages: 10 });
    const next = await receive();

    expect(refused.status).toBe(500);
    expect(JSON.stringify(lines)).toContain("4000 bytes are too few");
    expect(numbersOf(next)).toEqual([1]);
    expect(next[0]?.Attributes.ApproximateReceiveCount).toBe("1");
  });
});
