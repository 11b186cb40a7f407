import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "#protocol/rest/routes.ts";
import type { Table } from "#table/table.ts";
import { type MillraceServer, startMillraceServer } from "../support/millraceServer.ts";
import { sqsClient } from "../support/sqsClient.ts";
import { StoppedClock } from "../support/stoppedClock.ts";
import { actionCalls } from "./actionCalls.ts";
import type { OnTableOptions } from "./describeOnTable.ts";
import { RestClient } from "./restClient.ts";

const account = "000000000000";

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

/** What the REST API does, through plain HTTP. Each table's test file is one call of this. */
export function describeRest(
  name: string,
  { open, missing }: Pick<OnTableOptions, "open" | "missing">,
): void {
  describe(`the REST API on ${name}`, () => {
    const clock = new StoppedClock();
    let table: Table | undefined;
    let server: MillraceServer | undefined;

    beforeAll(async () => {
      if (missing !== undefined) return;
      table = await open();
      server = await startMillraceServer({ table, clock, account });
    });
    afterAll(async () => {
      await server?.close();
      await table?.close();
      expect(server?.faults ?? []).toEqual([]);
    });

    const it = test.extend("rest", async ({ skip, task }) => {
      skip(missing !== undefined, missing);
      if (server === undefined) throw new Error("expected the server to have been started");
      return new RestClient(server.origin, account, actionCalls(task.meta, `REST on ${name}`));
    });

    it("creates a queue with numbers and policies as plain JSON", async ({ rest }) => {
      const target = await rest.call("POST", "/v1/queues", { queueName: "rest-dead" });
      const policy = {
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:${rest.account}:rest-dead`,
        maxReceiveCount: 3,
      };

      const created = await rest.call("POST", "/v1/queues", {
        queueName: "rest-live",
        attributes: { VisibilityTimeout: 45, RedrivePolicy: policy },
      });

      expect([target.status, created.status]).toEqual([201, 201]);
      expect(created.body).toEqual({ queueUrl: `${rest.origin}/${rest.account}/rest-live` });
      const { body } = await rest.call("GET", "/v1/queues/rest-live");
      expect(body["attributes"]).toMatchObject({
        VisibilityTimeout: "45",
        RedrivePolicy: JSON.stringify(policy),
      });
    });

    it("sends, receives, extends and deletes a message", async ({ rest }) => {
      const queue = await rest.newQueue();

      const sent = await rest.call("POST", `${queue}/messages`, { messageBody: "Grüße, 世界 😀" });
      const message = await rest.receiveOne(queue);
      const handle = message["receiptHandle"] ?? "";
      const extended = await rest.call("PATCH", `${queue}/messages/${handle}`, {
        visibilityTimeout: 60,
      });
      const deleted = await rest.call("DELETE", `${queue}/messages/${handle}`);

      expect(sent.status).toBe(201);
      expect(message).toMatchObject({
        messageId: sent.body["messageId"],
        body: "Grüße, 世界 😀",
        attributes: { ApproximateReceiveCount: "1" },
      });
      expect([extended.status, deleted.status]).toEqual([204, 204]);
      const { body } = await rest.call("GET", queue);
      expect(body["attributes"]).toMatchObject({ ApproximateNumberOfMessagesNotVisible: "0" });
    });

    it("shares queues and messages with the SQS API", async ({ rest }) => {
      const queue = await rest.newQueue();
      const QueueUrl = `${rest.origin}/${rest.account}/${queue.split("/").at(-1)}`;
      await sqsClient(rest.origin).sendMessage({ QueueUrl, MessageBody: "from SQS" });

      const message = await rest.receiveOne(queue);

      expect(message["body"]).toBe("from SQS");
    });

    it("answers batches entry by entry", async ({ rest }) => {
      const queue = await rest.newQueue();
      const entries = [
        { id: "a", messageBody: "fine" },
        { id: "b", messageBody: "late", delaySeconds: 901 },
      ];

      const { status, body } = await rest.call("POST", `${queue}/messages/batch`, { entries });

      expect(status).toBe(200);
      expect(body["successful"]).toMatchObject([{ id: "a" }]);
      expect(body["failed"]).toMatchObject([{ id: "b", senderFault: true }]);
    });

    it("gives an empty list where there is nothing", async ({ rest }) => {
      const queue = await rest.newQueue();

      const { body } = await rest.call("POST", `${queue}/messages/receive`);

      expect(body).toEqual({ messages: [] });
    });

    it("lists queues by prefix, a page at a time", async ({ rest }) => {
      for (const name of ["page-a", "page-b", "page-c"]) {
        await rest.call("POST", "/v1/queues", { queueName: name });
      }

      const first = await rest.call("GET", "/v1/queues?queueNamePrefix=page-&maxResults=2");
      const token = encodeURIComponent(String(first.body["nextToken"]));
      const second = await rest.call(
        "GET",
        `/v1/queues?queueNamePrefix=page-&maxResults=2&nextToken=${token}`,
      );

      const url = (name: string) => `${rest.origin}/${rest.account}/${name}`;
      expect(first.body["queueUrls"]).toEqual([url("page-a"), url("page-b")]);
      expect(second.body).toEqual({ queueUrls: [url("page-c")] });
    });

    it("adds, lists and removes tags", async ({ rest }) => {
      const queue = await rest.newQueue();

      await rest.call("POST", `${queue}/tags`, { tags: { team: "a", stage: "test" } });
      await rest.call("DELETE", `${queue}/tags?tagKeys=team&tagKeys=none`);

      const { body } = await rest.call("GET", `${queue}/tags`);
      expect(body).toEqual({ tags: { stage: "test" } });
    });

    it("changes a queue's attributes, tells its URL, and deletes it", async ({ rest }) => {
      const queue = await rest.newQueue();

      const set = await rest.call("PATCH", queue, { attributes: { DelaySeconds: 7 } });
      const { body } = await rest.call("GET", `${queue}?attributeNames=DelaySeconds`);
      const { body: found } = await rest.call("GET", `${queue}/url`);
      const deleted = await rest.call("DELETE", queue);

      expect([set.status, deleted.status]).toEqual([204, 204]);
      expect(body).toEqual({ attributes: { DelaySeconds: "7" } });
      expect(found).toEqual({
        queueUrl: `${rest.origin}/${rest.account}/${queue.split("/").at(-1)}`,
      });
      expect((await rest.call("GET", queue)).status).toBe(404);
    });

    it("purges a queue, once a minute", async ({ rest }) => {
      const queue = await rest.newQueue();
      await rest.call("POST", `${queue}/messages`, { messageBody: "hello" });

      const first = await rest.call("POST", `${queue}/purge`);
      const second = await rest.call("POST", `${queue}/purge`);

      expect([first.status, second.status]).toEqual([204, 429]);
      expect(await rest.receiveOne(queue)).toEqual({});
    });

    it("hides and deletes many messages at once", async ({ rest }) => {
      const queue = await rest.newQueue();
      const ids = ["a", "b"];
      await rest.call("POST", `${queue}/messages/batch`, {
        entries: ids.map((id) => ({ id, messageBody: id })),
      });
      const { body } = await rest.call("POST", `${queue}/messages/receive`, {
        maxNumberOfMessages: 10,
      });
      const messages = body["messages"] as readonly { readonly receiptHandle: string }[];
      const entries = messages.map(({ receiptHandle }, place) => ({
        id: ids[place],
        receiptHandle,
      }));

      const hidden = await rest.call("POST", `${queue}/messages/visibility-batch`, {
        entries: entries.map((entry) => ({ ...entry, visibilityTimeout: 60 })),
      });
      const deleted = await rest.call("POST", `${queue}/messages/delete-batch`, {
        entries: [...entries, { id: "none", receiptHandle: "none" }],
      });

      expect(hidden.body).toEqual({ successful: [{ id: "a" }, { id: "b" }], failed: [] });
      expect(deleted.body).toMatchObject({
        successful: [{ id: "a" }, { id: "b" }],
        failed: [{ id: "none", code: "ReceiptHandleIsInvalid" }],
      });
    });

    it("adds a statement to a queue's policy and removes it", async ({ rest }) => {
      const queue = await rest.newQueue();

      const added = await rest.call("POST", `${queue}/permissions`, {
        label: "send",
        awsAccountIds: ["111122223333"],
        actions: ["SendMessage"],
      });
      const { body } = await rest.call("GET", `${queue}?attributeNames=Policy`);
      const removed = await rest.call("DELETE", `${queue}/permissions/send`);

      expect([added.status, removed.status]).toEqual([204, 204]);
      expect(JSON.stringify(body)).toContain("SQS:SendMessage");
      expect((await rest.call("GET", `${queue}?attributeNames=Policy`)).body).toEqual({});
    });

    it("lists a dead-letter queue's sources, and moves messages out of it", async ({ rest }) => {
      const dead = await rest.newQueue();
      const sourceArn = rest.arnOf(dead);
      const source = await rest.newQueue({
        RedrivePolicy: { deadLetterTargetArn: sourceArn, maxReceiveCount: 1 },
      });
      const destinationArn = rest.arnOf(await rest.newQueue());
      for (const messageBody of ["a", "b", "c"]) {
        await rest.call("POST", `${dead}/messages`, { messageBody });
      }
      const tasks = "/v1/message-move-tasks";

      const sources = await rest.call("GET", `${dead}/dead-letter-sources`);
      const started = await rest.call("POST", tasks, {
        sourceArn,
        destinationArn,
        maxNumberOfMessagesPerSecond: 1,
      });
      const handle = encodeURIComponent(String(started.body["taskHandle"]));
      const cancelled = await rest.call("DELETE", `${tasks}/${handle}`);
      const listed = await rest.call("GET", `${tasks}?sourceArn=${sourceArn}`);

      expect(sources.body["queueUrls"]).toEqual([
        `${rest.origin}/${rest.account}/${source.split("/").at(-1)}`,
      ]);
      expect([started.status, cancelled.status]).toEqual([201, 200]);
      expect(listed.body["results"]).toMatchObject([
        { sourceArn, destinationArn, approximateNumberOfMessagesToMove: 3 },
      ]);
    });

    it.for(problems)(
      "answers %s with problem details",
      async ([, method, path, body, status, name], { rest }) => {
        const answer = await rest.call(method, path, body);

        expect(answer.status).toBe(status);
        expect(answer.type).toBe("application/problem+json");
        expect(answer.body).toMatchObject({ status, type: `urn:millrace:error:${name}` });
        expect(Object.keys(answer.body)).toEqual(
          expect.arrayContaining(["type", "title", "status", "detail", "code", "requestId"]),
        );
      },
    );

    it("serves an OpenAPI 3.1 document that is valid and lists every route", async ({ rest }) => {
      const { status, body } = await rest.call("GET", "/v1/openapi.json");

      const validator = new Validator();
      const { valid, errors } = await validator.validate(structuredClone(body));

      expect(status).toBe(200);
      expect(errors).toBeUndefined();
      expect([valid, validator.version]).toEqual([true, "3.1"]);
      expect(Object.keys(body["paths"] ?? {})).toEqual([
        ...new Set(routes.map(({ path }) => path)),
      ]);
    });
  });
}
