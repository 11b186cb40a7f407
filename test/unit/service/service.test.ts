import { describe, expect, it } from "vitest";
import { SqsError } from "#contract/errors.ts";
import type { Caller, Engine } from "#engine/engine.ts";
import { anyCredentials } from "#service/authenticate.ts";
import { jsonLog } from "#service/log.ts";
import { RequestsInWork } from "#service/requestsInWork.ts";
import { createService, type ServiceOptions } from "#service/service.ts";
import { TableThrottledError } from "#table/table.ts";
import { SharedRoom } from "#transport/sharedRoom.ts";
import { aJsonCall, aRequest } from "../protocol/aRequest.ts";

interface Operated {
  readonly action: string;
  readonly input: unknown;
  readonly caller: Caller;
}

/** An engine that answers the same JSON to everything, or throws. */
function anEngine(answer: () => string, operated: Operated[]): Engine {
  return {
    async operate(action, input, caller) {
      operated.push({ action, input, caller });
      return JSON.parse(answer());
    },
    putBack: async () => undefined,
    runMoveTasks: async () => undefined,
    sweep: async () => ({ queues: [], deadLettered: 0 }),
    releaseWaiters() {},
    async close() {},
  };
}

function aService(answer: () => string = () => "{}", said: Partial<ServiceOptions> = {}) {
  const operated: Operated[] = [];
  const lines: string[] = [];
  const { handle } = createService({
    engine: anEngine(answer, operated),
    authenticate: anyCredentials({ account: "111122223333" }),
    newRequestId: () => "request-1",
    log: jsonLog({ level: "debug", clock: { nowMs: () => 0 }, write: (line) => lines.push(line) }),
    ...said,
  });
  const { signal } = new AbortController();
  return { operated, lines, signal, ask: (request = aRequest()) => handle(request, signal) };
}

function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

describe("createService, a call", () => {
  it("hands the action and its input to the engine and answers with the output", async () => {
    const { ask, operated } = aService(() => '{"QueueUrls":["u"]}');

    const answer = await ask(aJsonCall("ListQueues", { QueueNamePrefix: "a", MaxResults: 1 }));

    expect(operated).toMatchObject([
      { action: "ListQueues", input: { QueueNamePrefix: "a", MaxResults: 1 } },
    ]);
    expect(answer).toEqual({
      status: 200,
      headers: { "x-amzn-RequestId": "request-1", "Content-Type": "application/x-amz-json-1.0" },
      body: '{"QueueUrls":["u"]}',
    });
  });

  it("tells the engine who calls, from where, and when the caller hangs up", async () => {
    const { ask, operated, signal } = aService();
    const headers = {
      host: "queues.example:8080",
      authorization: "AWS4-HMAC-SHA256 Credential=AK/20260101/eu-west-1/sqs/aws4_request, x",
      "x-amzn-trace-id": "Root=1-5",
    };

    await ask(aJsonCall("ListQueues", {}, { headers, scheme: "https" }));

    expect(operated[0]?.caller).toEqual({
      account: "111122223333",
      region: "eu-west-1",
      senderId: "111122223333",
      origin: "https://queues.example:8080",
      traceHeader: "Root=1-5",
      signal,
    });
  });

  it.each([
    ["the host header", {}, "127.0.0.1:9324", "http://127.0.0.1:9324"],
    ["no host header", {}, undefined, "http://localhost"],
    ["the public URL", { publicUrl: "https://q.example" }, "127.0.0.1", "https://q.example"],
  ])("takes the origin from %s", async (_name, said, host, origin) => {
    const { ask, operated } = aService(undefined, said);

    await ask(aJsonCall("ListQueues", {}, { headers: { host } }));

    expect(operated[0]?.caller).toMatchObject({ origin });
    expect(operated[0]?.caller).not.toHaveProperty("traceHeader");
  });

  it("does not reach the engine when it is refused", async () => {
    const authenticate = throwing(new SqsError("AccessDeniedException", "No."));
    const { ask, operated } = aService(undefined, { authenticate });

    const { status, body } = await ask(aJsonCall("ListQueues"));

    expect(operated).toEqual([]);
    expect([status, body]).toEqual([
      403,
      '{"__type":"com.amazon.coral.service#AccessDeniedException","message":"No."}',
    ]);
  });

  it("does not reach the engine with an input that cannot be read", async () => {
    const { ask, operated } = aService();

    const { status, headers } = await ask(aJsonCall("ListQueues", "no JSON"));

    expect(operated).toEqual([]);
    expect([status, headers["x-amzn-query-error"]]).toEqual([400, "MalformedInput;Sender"]);
  });
});

describe("createService, a caller that is to come again", () => {
  it.each([
    ["is throttled", new SqsError("RequestThrottled", "Rate exceeded."), "1"],
    ["met a throttled table", new TableThrottledError("slow down"), "1"],
    ["did something wrong", new SqsError("OverLimit", "Too many."), undefined],
  ])("is told when, if it %s", async (_what, error, seconds) => {
    const { ask } = aService(throwing(error));

    const { headers } = await ask(aJsonCall("ListQueues", {}));

    expect(headers["Retry-After"]).toBe(seconds);
  });
});

describe("createService, the requests in work", () => {
  it.each([
    ["was answered", () => "{}"],
    ["was refused", throwing(new SqsError("OverLimit", "Too many."))],
  ])("are without one that %s", async (_what, answer) => {
    const room = new SharedRoom(1, 1);
    const { ask } = aService(answer, { inWork: new RequestsInWork({ room }) });

    const first = await ask(aJsonCall("ListQueues", {}));
    const second = await ask(aJsonCall("ListQueues", {}));

    expect(second.status).toBe(first.status);
  });

  it("are not those of callers that were not known", async () => {
    const room = new SharedRoom(1, 1);
    const authenticate = throwing(new SqsError("AccessDeniedException", "No."));
    const { ask } = aService(undefined, { authenticate, inWork: new RequestsInWork({ room }) });

    await ask(aJsonCall("ListQueues", {}));

    expect(room.hasFor({ taken: 0 }, 1)).toBe(true);
  });
});

describe("createService, an error", () => {
  const throttled = new TableThrottledError("slow down");

  it.each([
    [
      "what SQS would answer",
      new SqsError("OverLimit", "Too many."),
      403,
      "OverLimit;Sender",
      "Too many.",
      [],
    ],
    [
      "a throttled table",
      throttled,
      503,
      "ServiceUnavailable;Receiver",
      "The request has failed due to a temporary failure of the server.",
      ["warn"],
    ],
    [
      "a fault",
      new Error("secret of ours"),
      500,
      "InternalFailure;Receiver",
      "The request processing has failed because of an unknown error, exception or failure.",
      ["error"],
    ],
    [
      "something thrown that is no error",
      "secret of ours",
      500,
      "InternalFailure;Receiver",
      "The request processing has failed because of an unknown error, exception or failure.",
      ["error"],
    ],
  ])("answers %s", async (_name, error, status, queryError, message, levels) => {
    const { ask, lines } = aService(throwing(error));

    const answer = await ask(aJsonCall("ListQueues"));

    expect(answer.status).toBe(status);
    expect(answer.headers["x-amzn-query-error"]).toBe(queryError);
    expect(JSON.parse(String(answer.body)).message).toBe(message);
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(levels);
  });

  it("logs a fault whole, under the request id that the caller has", async () => {
    const { ask, lines } = aService(throwing(new Error("broken", { cause: new Error("why") })));

    await ask(aJsonCall("SendMessage", { MessageBody: "secret" }));

    expect(JSON.parse(lines.join(""))).toMatchObject({
      level: "error",
      event: "request.failed",
      requestId: "request-1",
      error: { message: "broken", cause: { message: "why" } },
    });
    expect(lines.join("")).not.toContain("secret");
  });
});

describe("createService, what is no call", () => {
  it.each(["GET", "HEAD"])("answers %s /health", async (method) => {
    const { ask } = aService();

    const answer = await ask(aRequest({ method, path: "/health" }));

    expect(answer).toEqual({
      status: 200,
      headers: { "Content-Type": "application/json" },
      body: '{"status":"ok"}',
    });
  });

  it.each([
    ["another path", aRequest({ path: "/" })],
    ["a POST of /health", aRequest({ method: "POST", path: "/health" })],
  ])("answers 404 to %s", async (_name, request) => {
    const { ask } = aService();

    const { status, body } = await ask(request);

    expect([status, body]).toEqual([404, "<UnknownOperationException/>"]);
  });
});
