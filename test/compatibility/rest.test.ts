import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "#contract/operations.ts";
import { routes } from "#protocol/rest/routes.ts";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Table } from "#table/table.ts";
import { FakeClock } from "../support/fakeClock.ts";
import { type MillraceServer, startMillraceServer } from "../support/millraceServer.ts";
import { sqsClient } from "../support/sqsClient.ts";

const account = "000000000000";

interface RestAnswer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Record<string, unknown>;
}

describe("the REST API", () => {
  const clock = new FakeClock();
  let table: Table;
  let server: MillraceServer;
  let queues = 0;

  beforeAll(async () => {
    table = openSqliteTable({ path: ":memory:", clock });
    server = await startMillraceServer({ table, clock, account });
  });

  afterAll(async () => {
    await server.close();
    await table.close();
  });

  async function call(method: string, path: string, body?: unknown): Promise<RestAnswer> {
    const response = await fetch(`${server.origin}${path}`, {
      method,
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get("content-type");
    return { status: response.status, type, body: text === "" ? {} : JSON.parse(text) };
  }

  async function newQueue(attributes: object = {}): Promise<string> {
    queues += 1;
    const queueName = `rest-${queues}`;
    await call("POST", "/v1/queues", { queueName, attributes });
    return `/v1/queues/${queueName}`;
  }

  async function receiveOne(queue: string): Promise<Record<string, string>> {
    const { body } = await call("POST", `${queue}/messages/receive`);
    const [message] = body["messages"] as readonly Record<string, string>[];
    return message ?? {};
  }

  it("creates a queue with numbers and policies as plain JSON", async () => {
    const target = await call("POST", "/v1/queues", { queueName: "rest-dead" });
    const policy = {
      deadLetterTargetArn: `arn:aws:sqs:us-east-1:${account}:rest-dead`,
      maxReceiveCount: 3,
    };

    const created = await call("POST", "/v1/queues", {
      queueName: "rest-live",
      attributes: { VisibilityTimeout: 45, RedrivePolicy: policy },
    });

    expect([target.status, created.status]).toEqual([201, 201]);
    expect(created.body).toEqual({ queueUrl: `${server.origin}/${account}/rest-live` });
    const { body } = await call("GET", "/v1/queues/rest-live");
    expect(body["attributes"]).toMatchObject({
      VisibilityTimeout: "45",
      RedrivePolicy: JSON.stringify(policy),
    });
  });

  it("sends, receives, extends and deletes a message", async () => {
    const queue = await newQueue();

    const sent = await call("POST", `${queue}/messages`, { messageBody: "Grüße, 世界 😀" });
    const message = await receiveOne(queue);
    const handle = message["receiptHandle"] ?? "";
    const extended = await call("PATCH", `${queue}/messages/${handle}`, { visibilityTimeout: 60 });
    const deleted = await call("DELETE", `${queue}/messages/${handle}`);

    expect(sent.status).toBe(201);
    expect(message).toMatchObject({
      messageId: sent.body["messageId"],
      body: "Grüße, 世界 😀",
      attributes: { ApproximateReceiveCount: "1" },
    });
    expect([extended.status, deleted.status]).toEqual([204, 204]);
    const { body } = await call("GET", queue);
    expect(body["attributes"]).toMatchObject({ ApproximateNumberOfMessagesNotVisible: "0" });
  });

  it("shares queues and messages with the SQS API", async () => {
    const queue = await newQueue();
    const QueueUrl = `${server.origin}/${account}/${queue.split("/").at(-1)}`;
    await sqsClient(server.origin).sendMessage({ QueueUrl, MessageBody: "from SQS" });

    const message = await receiveOne(queue);

    expect(message["body"]).toBe("from SQS");
  });

  it("answers batches entry by entry", async () => {
    const queue = await newQueue();
    const entries = [
      { id: "a", messageBody: "fine" },
      { id: "b", messageBody: "late", delaySeconds: 901 },
    ];

    const { status, body } = await call("POST", `${queue}/messages/batch`, { entries });

    expect(status).toBe(200);
    expect(body["successful"]).toMatchObject([{ id: "a" }]);
    expect(body["failed"]).toMatchObject([{ id: "b", senderFault: true }]);
  });

  it("gives an empty list where there is nothing", async () => {
    const queue = await newQueue();

    const { body } = await call("POST", `${queue}/messages/receive`);

    expect(body).toEqual({ messages: [] });
  });

  it("lists queues by prefix, a page at a time", async () => {
    for (const name of ["page-a", "page-b", "page-c"]) {
      await call("POST", "/v1/queues", { queueName: name });
    }

    const first = await call("GET", "/v1/queues?queueNamePrefix=page-&maxResults=2");
    const token = encodeURIComponent(String(first.body["nextToken"]));
    const second = await call(
      "GET",
      `/v1/queues?queueNamePrefix=page-&maxResults=2&nextToken=${token}`,
    );

    const url = (name: string) => `${server.origin}/${account}/${name}`;
    expect(first.body["queueUrls"]).toEqual([url("page-a"), url("page-b")]);
    expect(second.body).toEqual({ queueUrls: [url("page-c")] });
  });

  it("adds, lists and removes tags", async () => {
    const queue = await newQueue();

    await call("POST", `${queue}/tags`, { tags: { team: "a", stage: "test" } });
    await call("DELETE", `${queue}/tags?tagKeys=team&tagKeys=none`);

    const { body } = await call("GET", `${queue}/tags`);
    expect(body).toEqual({ tags: { stage: "test" } });
  });

  const problems: readonly (readonly [string, string, string, unknown, number, string])[] = [
    ["an unknown queue", "GET", "/v1/queues/none", undefined, 404, "QueueDoesNotExist"],
    ["an unknown path", "GET", "/v1/nothing", undefined, 404, "UnknownOperationException"],
    ["a method it does not take", "PUT", "/v1/queues", undefined, 404, "UnknownOperationException"],
    ["a body that is no JSON", "POST", "/v1/queues", "{", 400, "SerializationException"],
    ["a list for a body", "POST", "/v1/queues", [], 400, "SerializationException"],
    ["a misspelt member", "POST", "/v1/queues", { name: "q" }, 400, "SerializationException"],
    ["a wrong type", "POST", "/v1/queues", { queueName: 7 }, 400, "SerializationException"],
    ["a wrong query", "GET", "/v1/queues?limit=1", undefined, 400, "SerializationException"],
    ["a broken escape", "GET", "/v1/queues/%zz", undefined, 400, "SerializationException"],
    ["no name", "POST", "/v1/queues", {}, 400, "InvalidParameterValueException"],
    [
      "a member named __proto__",
      "POST",
      "/v1/queues",
      '{"__proto__":{}}',
      400,
      "SerializationException",
    ],
  ];

  it.each(problems)(
    "answers %s with problem details",
    async (_, method, path, body, status, name) => {
      const answer = await call(method, path, body);

      expect(answer.status).toBe(status);
      expect(answer.type).toBe("application/problem+json");
      expect(answer.body).toMatchObject({ status, type: `urn:millrace:error:${name}` });
      expect(Object.keys(answer.body)).toEqual(
        expect.arrayContaining(["type", "title", "status", "detail", "code", "requestId"]),
      );
    },
  );

  it("has exactly one route for each action", () => {
    expect(routes.map(({ action }) => action).toSorted()).toEqual(
      Object.keys(operations).toSorted(),
    );
  });

  it("serves an OpenAPI 3.1 document that is valid and lists every route", async () => {
    const { status, body } = await call("GET", "/v1/openapi.json");

    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(body));

    expect(status).toBe(200);
    expect(errors).toBeUndefined();
    expect([valid, validator.version]).toEqual([true, "3.1"]);
    expect(Object.keys(body["paths"] ?? {})).toEqual([...new Set(routes.map(({ path }) => path))]);
  });
});
