import { describe, expect, it } from "vitest";
import type { TransportHandle, TransportRequest, TransportResponse } from "#transport/http.ts";
import { functionUrlLimit, serveFunctionUrl } from "#transport/lambda.ts";

/** As AWS documents it: a request to a function URL, payload format 2.0. */
function anEvent(fields: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: "/000000000000/orders",
    rawQueryString: "",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      host: "abc.lambda-url.eu-central-1.on.aws",
      "x-amz-target": "AmazonSQS.SendMessage",
    },
    requestContext: {
      accountId: "anonymous",
      domainName: "abc.lambda-url.eu-central-1.on.aws",
      http: { method: "POST", path: "/000000000000/orders", protocol: "HTTP/1.1" },
      requestId: "id",
      timeEpoch: 1583348638390,
    },
    body: "{}",
    isBase64Encoded: false,
    ...fields,
  };
}

const limits = { requestBytesMax: 100 };

const empty: TransportResponse = { status: 200, headers: {}, body: "" };

/** The request that the service gets to see for an event. */
async function requestFor(event: unknown): Promise<TransportRequest | undefined> {
  let seen: TransportRequest | undefined;
  const handle: TransportHandle = async (request) => {
    seen = request;
    return empty;
  };
  await serveFunctionUrl(handle, limits)(event, new AbortController().signal);
  return seen;
}

const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("utf8");

describe("serveFunctionUrl", () => {
  it("hands on the method, the path and the query as they were sent", async () => {
    const event = anEvent({ rawPath: "/a%20b/c", rawQueryString: "Action=ListQueues&x=%2B&x=2" });

    const request = await requestFor(event);

    expect(request).toMatchObject({
      method: "POST",
      scheme: "https",
      path: "/a%20b/c",
      query: "Action=ListQueues&x=%2B&x=2",
    });
  });

  it("hands on headers under lower-case names", async () => {
    const event = anEvent({ headers: { Host: "h", "X-Amz-Target": "AmazonSQS.ListQueues" } });

    const request = await requestFor(event);

    expect(request?.headers).toEqual({ host: "h", "x-amz-target": "AmazonSQS.ListQueues" });
  });

  it("reads a body that came as text as UTF-8", async () => {
    const request = await requestFor(anEvent({ body: '{"MessageBody":"žluť 🎉"}' }));

    expect(textOf(request?.body)).toBe('{"MessageBody":"žluť 🎉"}');
  });

  it("reads a body that came as base64", async () => {
    const bytes = Uint8Array.of(0, 255, 128, 10);
    const body = Buffer.from(bytes).toString("base64");

    const request = await requestFor(anEvent({ body, isBase64Encoded: true }));

    expect([...(request?.body ?? [])]).toEqual([...bytes]);
  });

  it("answers a body that is too large without asking anybody", async () => {
    const handler = serveFunctionUrl(async () => empty, limits);

    const fits = await handler(anEvent({ body: "a".repeat(100) }), new AbortController().signal);
    const isTooLarge = await handler(
      anEvent({ body: Buffer.from("a".repeat(101)).toString("base64"), isBase64Encoded: true }),
      new AbortController().signal,
    );

    expect([fits.statusCode, isTooLarge.statusCode]).toEqual([200, 413]);
  });

  it("takes the scheme from what stands in front", async () => {
    const headers = { host: "h", "x-forwarded-proto": "http" };

    const request = await requestFor(anEvent({ headers }));

    expect(request?.scheme).toBe("http");
  });

  it.for([
    ["that Lambda began", "Root=1-67f0c0de-000000000000000000000001", undefined],
    [
      "that the caller is part of",
      "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
      "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
    ],
  ] as const)("of a trace %s hands on %s", async ([, trace, expected]) => {
    const request = await requestFor(anEvent({ headers: { "X-Amzn-Trace-Id": trace } }));

    expect(request?.headers["x-amzn-trace-id"]).toBe(expected);
  });

  it("takes a request without headers, query or body", async () => {
    const request = await requestFor({
      version: "2.0",
      rawPath: "/",
      requestContext: { http: { method: "GET" } },
    });

    expect(request).toMatchObject({ method: "GET", path: "/", query: "", headers: {} });
    expect(request?.body).toHaveLength(0);
  });

  it.each([
    ["nothing", undefined, "no fields"],
    ["a list", [], "no fields"],
    ["an event of SQS", { Records: [] }, "Records"],
    ["payload format 1.0", { version: "1.0", path: "/", httpMethod: "GET" }, "version, path"],
    ["an event without a method", { version: "2.0", rawPath: "/" }, "version, rawPath"],
  ])("refuses %s and says what it got", async (_name, event, said) => {
    const answer = serveFunctionUrl(async () => empty, limits)(event, new AbortController().signal);

    await expect(answer).rejects.toThrow("expected the event of a function URL");
    await expect(answer).rejects.toThrow(said);
  });

  it("answers text as text", async () => {
    const headers = { "Content-Type": "application/x-amz-json-1.0" };
    const handler = serveFunctionUrl(
      async () => ({ status: 400, headers, body: '{"a":"ž"}' }),
      limits,
    );

    const result = await handler(anEvent(), new AbortController().signal);

    expect(result).toEqual({ statusCode: 400, headers, body: '{"a":"ž"}', isBase64Encoded: false });
  });

  it.each([
    ["mostly letters", "a".repeat(3_000_000), false],
    ["mostly quotes", '"'.repeat(3_000_000), true],
  ])("answers a large text of %s in the shorter way", async (_name, body, isBase64Encoded) => {
    const handler = serveFunctionUrl(async () => ({ status: 200, headers: {}, body }), limits);

    const result = await handler(anEvent(), new AbortController().signal);

    expect(result.isBase64Encoded).toBe(isBase64Encoded);
    expect(Buffer.from(result.body, isBase64Encoded ? "base64" : "utf8").toString()).toBe(body);
    expect(functionUrlLimit.bytesOf(body)).toBeGreaterThanOrEqual(result.body.length);
    expect(JSON.stringify(result).length).toBeLessThan(6 * 1024 * 1024);
  });

  it("answers bytes as base64", async () => {
    const body = Uint8Array.of(0, 255, 128);
    const handler = serveFunctionUrl(async () => ({ status: 200, headers: {}, body }), limits);

    const result = await handler(anEvent(), new AbortController().signal);

    expect(result).toEqual({ statusCode: 200, headers: {}, body: "AP+A", isBase64Encoded: true });
  });

  it("passes on that the time of the invocation runs out", async () => {
    const invocation = new AbortController();
    const handler = serveFunctionUrl(async (_request, signal) => {
      invocation.abort();
      return { ...empty, status: signal.aborted ? 299 : 200 };
    }, limits);

    const result = await handler(anEvent(), invocation.signal);

    expect(result.statusCode).toBe(299);
  });
});
