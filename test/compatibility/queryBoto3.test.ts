import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Table } from "#table/table.ts";
import { type MillraceServer, startMillraceServer } from "../support/millraceServer.ts";
import { queryPython, whyNoQueryBoto3 } from "../support/otherClients.ts";
import { StoppedClock } from "../support/stoppedClock.ts";

const script = "test/compatibility/queryBoto3.py";

/** The members of results that tests go on with. */
interface Result {
  readonly QueueUrl?: string;
  readonly Messages?: readonly { readonly Body: string; readonly ReceiptHandle: string }[];
}

type Outcome = { readonly result: Result } | { readonly error: unknown };

/** boto3, unchanged, in a process of its own. It checks the digests of what it sends and receives. */
class Boto3 {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(origin: string) {
    this.#process = spawn(queryPython, [script, origin], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  async nextLine(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("expected an outcome, got the end of boto3");
    return value;
  }

  async call(method: string, parameters: object = {}): Promise<Result> {
    const outcome = await this.#outcomeOf(method, parameters);
    if ("result" in outcome) return outcome.result;
    throw new Error(`expected a result of ${method}, got ${JSON.stringify(outcome)}`);
  }

  async refusalOf(method: string, parameters: object = {}): Promise<unknown> {
    const outcome = await this.#outcomeOf(method, parameters);
    if ("error" in outcome) return outcome.error;
    throw new Error(`expected a refusal of ${method}, got ${JSON.stringify(outcome)}`);
  }

  async #outcomeOf(method: string, parameters: object): Promise<Outcome> {
    this.#process.stdin.write(`${JSON.stringify({ method, parameters })}\n`);
    return JSON.parse(await this.nextLine());
  }

  async close(): Promise<void> {
    this.#process.stdin.end();
    if (this.#process.exitCode === null) await once(this.#process, "exit");
  }
}

const lack = whyNoQueryBoto3();
const clock = new StoppedClock();
let table: Table | undefined;
let server: MillraceServer | undefined;
let started: Boto3 | undefined;

beforeAll(async () => {
  if (lack !== undefined) return;
  table = openSqliteTable({ path: ":memory:", clock });
  server = await startMillraceServer({ table, clock, account: "123456789012" });
  started = new Boto3(server.origin);
  expect(await started.nextLine()).toBe('{"protocol": "query"}');
});
afterAll(async () => {
  await started?.close();
  await server?.close();
  await table?.close();
  expect(server?.faults ?? []).toEqual([]);
});

/** `it`, with boto3 and a queue of the test's own. */
const it = test.extend("queue", async ({ skip }) => {
  skip(lack !== undefined, lack);
  if (started === undefined) throw new Error("expected boto3 to have been started");
  const { QueueUrl = "" } = await started.call("create_queue", { QueueName: `q-${randomUUID()}` });
  return { boto3: started, QueueUrl };
});

const body = "\r\n\t <&>\"' ]]> %2B + é \u{1f600} \u0085\u2028";

describe("boto3 over the Query protocol", () => {
  it("takes a message through its life, with attributes of every kind", async ({ queue }) => {
    const { boto3, QueueUrl } = queue;
    const MessageAttributes = {
      text: { DataType: "String", StringValue: body },
      number: { DataType: "Number.float", StringValue: "1.50" },
      bytes: { DataType: "Binary", BinaryValue: { base64: "AP/+DQo=" } },
    };
    const MessageSystemAttributes = {
      AWSTraceHeader: {
        DataType: "String",
        StringValue: "Root=1-5759e988-bd862e3fe1be46a994272793",
      },
    };

    const sent = await boto3.call("send_message", {
      QueueUrl,
      MessageBody: body,
      MessageAttributes,
      MessageSystemAttributes,
    });
    const { Messages: [message] = [] } = await boto3.call("receive_message", {
      QueueUrl,
      AttributeNames: ["AWSTraceHeader", "ApproximateReceiveCount"],
      MessageAttributeNames: ["All"],
    });
    const ReceiptHandle = message?.ReceiptHandle;

    expect(sent).toMatchObject({ MD5OfMessageBody: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(message).toMatchObject({
      Body: body,
      Attributes: {
        AWSTraceHeader: "Root=1-5759e988-bd862e3fe1be46a994272793",
        ApproximateReceiveCount: "1",
      },
      MessageAttributes,
    });
    const hidden = { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
    expect(await boto3.call("change_message_visibility", hidden)).toEqual({});
    expect(await boto3.call("delete_message", { QueueUrl, ReceiptHandle })).toEqual({});
    expect(await boto3.call("receive_message", { QueueUrl })).toEqual({});
  });

  it("sends, receives, hands back and deletes in batches", async ({ queue }) => {
    const { boto3, QueueUrl } = queue;
    const bodies = Array.from({ length: 10 }, (_, n) => `${n} ${body}`);

    const sent = await boto3.call("send_message_batch", {
      QueueUrl,
      Entries: bodies.map((MessageBody, n) => ({ Id: `${n}`, MessageBody, DelaySeconds: 0 })),
    });
    const ask = { QueueUrl, MaxNumberOfMessages: 10 };
    const { Messages = [] } = await boto3.call("receive_message", ask);
    const entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: `${n}`, ReceiptHandle }));
    const shown = await boto3.call("change_message_visibility_batch", {
      QueueUrl,
      Entries: entries.map((entry) => ({ ...entry, VisibilityTimeout: 5 })),
    });
    const deleted = await boto3.call("delete_message_batch", {
      QueueUrl,
      Entries: [...entries.slice(0, 9), { Id: "bad", ReceiptHandle: "garbage" }],
    });

    const ids = (length: number) => Array.from({ length }, (_, n) => ({ Id: `${n}` }));
    expect(Messages.map(({ Body }) => Body).toSorted()).toEqual(bodies);
    expect(sent).toMatchObject({ Successful: ids(10) });
    expect(shown).toEqual({ Successful: ids(10) });
    expect(deleted).toEqual({
      Successful: ids(9),
      Failed: [
        {
          Id: "bad",
          SenderFault: true,
          Code: "ReceiptHandleIsInvalid",
          Message: "The input receipt handle is invalid.",
        },
      ],
    });
  });

  it("configures, tags, finds and lists queues", async ({ queue }) => {
    const { boto3, QueueUrl } = queue;
    const QueueName = QueueUrl.split("/").at(-1) ?? "";

    await boto3.call("set_queue_attributes", {
      QueueUrl,
      Attributes: { DelaySeconds: "7", Policy: "" },
    });
    await boto3.call("tag_queue", { QueueUrl, Tags: { a: "b c", é: "", gone: "x" } });
    await boto3.call("untag_queue", { QueueUrl, TagKeys: ["gone"] });

    const asked = { QueueUrl, AttributeNames: ["DelaySeconds", "Policy", "VisibilityTimeout"] };
    expect(await boto3.call("get_queue_attributes", asked)).toEqual({
      Attributes: { DelaySeconds: "7", VisibilityTimeout: "30" },
    });
    expect(await boto3.call("list_queue_tags", { QueueUrl })).toEqual({
      Tags: { a: "b c", é: "" },
    });
    expect(await boto3.call("get_queue_url", { QueueName })).toEqual({ QueueUrl });
    expect(await boto3.call("list_queues", { QueueNamePrefix: QueueName })).toEqual({
      QueueUrls: [QueueUrl],
    });
    expect(await boto3.call("list_dead_letter_source_queues", { QueueUrl })).toEqual({});
    expect(await boto3.call("delete_queue", { QueueUrl })).toEqual({});
  });

  it("raises the exceptions that its users catch", async ({ queue }) => {
    const { boto3, QueueUrl } = queue;
    await boto3.call("purge_queue", { QueueUrl });

    expect(await boto3.refusalOf("get_queue_url", { QueueName: "none" })).toEqual({
      shape: "QueueDoesNotExist",
      code: "AWS.SimpleQueueService.NonExistentQueue",
      message: "The specified queue does not exist for this wsdl version.",
      status: 400,
    });
    expect(await boto3.refusalOf("purge_queue", { QueueUrl })).toMatchObject({
      shape: "PurgeQueueInProgress",
      status: 403,
    });
    expect(await boto3.refusalOf("send_message_batch", { QueueUrl, Entries: [] })).toMatchObject({
      shape: "EmptyBatchRequest",
    });
    const handle = { QueueUrl, ReceiptHandle: "garbage" };
    expect(await boto3.refusalOf("delete_message", handle)).toMatchObject({
      shape: "ReceiptHandleIsInvalid",
      status: 404,
    });
    const unknown = { QueueUrl, AttributeNames: ["Foobar"] };
    expect(await boto3.refusalOf("get_queue_attributes", unknown)).toMatchObject({
      shape: "InvalidAttributeName",
      message: "Unknown Attribute Foobar.",
    });
  });
});
