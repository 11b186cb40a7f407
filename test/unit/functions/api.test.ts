import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it as test, vi } from "vitest";
import { AwsRefusal } from "../../support/awsJsonServer.ts";
import { whyNoDynamodbEngine } from "../../support/dynamodbEngine.ts";
import { type FunctionUrl, functionUrlClient } from "../../support/functionUrlClient.ts";
import { functionUrlEvent, type UrlRequest } from "../../support/functionUrlEvent.ts";
import { FunctionWorld, functionAccount } from "../../support/functionWorld.ts";
import { aLambdaContext } from "../../support/lambdaContext.ts";
import { aSigner, type SigningIdentity } from "../../support/signer.ts";

const lack = whyNoDynamodbEngine();
const host = "abc123.lambda-url.us-east-1.on.aws";

let started: FunctionWorld | undefined;
let handler: FunctionUrl;

beforeAll(async () => {
  if (lack !== undefined) return;
  started = await FunctionWorld.start();
  ({ handler } = await import("../../../functions/api.ts"));
});

afterAll(async () => {
  await started?.stop();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** `it`, with the world of the function and a key that may do everything. */
const it = test.extend("world", async ({ skip }) => {
  skip(lack !== undefined, lack);
  if (started === undefined) throw new Error("expected the world to have been started");
  return { world: started, key: await started.createKey() };
});

const invoke = (request: UrlRequest, leftMs?: number) =>
  handler(
    functionUrlEvent({ ...request, headers: { host, ...request.headers } }),
    aLambdaContext(leftMs),
  );

/** A call of an action, signed for the host of the URL unless another is named. */
async function signed(key: SigningIdentity, action: string, input: unknown, signedHost = host) {
  const request = {
    method: "POST",
    path: "/",
    headers: {
      host: signedHost,
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${action}`,
    },
    body: JSON.stringify(input),
  };
  const { headers } = await aSigner(key).sign({ ...request, protocol: "https:", hostname: host });
  return { ...request, headers };
}

const errorOf = ({ statusCode, body }: { statusCode: number; body: string }) => ({
  statusCode,
  type: String(JSON.parse(body).__type).split("#").at(-1),
});

describe("the function api", () => {
  it("carries a message through its life for AWS's client", async ({ world: { key } }) => {
    const client = functionUrlClient(handler, { credentials: key });

    const { QueueUrl } = await client.createQueue({ QueueName: "life" });
    await client.sendMessage({ QueueUrl, MessageBody: "žluť 🎉" });
    const { Messages: [message] = [] } = await client.receiveMessage({ QueueUrl });
    await client.deleteMessage({ QueueUrl, ReceiptHandle: message?.ReceiptHandle });

    expect(QueueUrl).toBe(`https://${host}/${functionAccount}/life`);
    expect(message?.Body).toBe("žluť 🎉");
  });

  it("refuses a request without a signature", async () => {
    const headers = { "x-amz-target": "AmazonSQS.ListQueues" };

    const answer = await invoke({ method: "POST", path: "/", headers, body: "{}" });

    expect(errorOf(answer)).toEqual({ statusCode: 403, type: "AccessDeniedException" });
  });

  it("refuses a key that it does not know", async () => {
    const key = { accessKeyId: "MRAKAAAAAAAAAAAAAAAA", secretAccessKey: "x" };

    const answer = await invoke(await signed(key, "ListQueues", {}));

    expect(errorOf(answer)).toEqual({ statusCode: 403, type: "UnrecognizedClientException" });
  });

  it("refuses a wrong secret", async ({ world: { key } }) => {
    const wrong = { ...key, secretAccessKey: "wrong" };

    const answer = await invoke(await signed(wrong, "ListQueues", {}));

    expect(errorOf(answer)).toEqual({ statusCode: 403, type: "InvalidSignatureException" });
  });

  it("refuses what the policy of a key does not allow", async ({ world: { world } }) => {
    const policy = { actions: ["SendMessage"], queues: ["*"] };
    const key = await world.createKey({ policy });

    const answer = await invoke(await signed(key, "ListQueues", {}));

    expect(errorOf(answer)).toEqual({ statusCode: 403, type: "AccessDeniedException" });
  });

  it("refuses a signature for another host", async ({ world: { key } }) => {
    const elsewhere = await signed(key, "ListQueues", {}, "queues.example");

    const answer = await invoke({ ...elsewhere, headers: { ...elsewhere.headers, host } });

    expect(errorOf(answer)).toEqual({ statusCode: 403, type: "InvalidSignatureException" });
  });

  it("has its data key opened once", async ({ world: { world, key } }) => {
    const client = functionUrlClient(handler, { credentials: key });
    await client.listQueues({});
    const before = world.kms.calls.length;

    await functionUrlClient(handler, { credentials: await world.createKey() }).listQueues({});

    expect(world.kms.calls.length).toBe(before);
  });

  it("serves the Query protocol, whose bodies come as base64", async ({ world: { key } }) => {
    const request = {
      method: "POST",
      path: "/",
      headers: { host, "content-type": "application/x-www-form-urlencoded" },
      body: "Action=CreateQueue&Version=2012-11-05&QueueName=query",
    };
    const { headers } = await aSigner(key).sign({
      ...request,
      protocol: "https:",
      hostname: host,
    });

    const answer = await invoke({ ...request, headers });

    expect(answer.statusCode).toBe(200);
    expect(answer.headers["Content-Type"]).toContain("text/xml");
    expect(answer.body).toContain(`<QueueUrl>https://${host}/${functionAccount}/query</QueueUrl>`);
  });

  it("serves the REST API by a bearer key", async ({ world: { key } }) => {
    const headers = {
      authorization: `Bearer ${key.accessKeyId}.${key.secretAccessKey}`,
      "content-type": "application/json",
      cookie: "a=1; b=2",
    };

    const made = await invoke({
      method: "POST",
      path: "/v1/queues",
      headers,
      body: '{"queueName":"rest"}',
    });
    const query = "queueNamePrefix=re";
    const listed = await invoke({ method: "GET", path: "/v1/queues", query, headers });

    expect([made.statusCode, listed.statusCode]).toEqual([201, 200]);
    expect(JSON.parse(listed.body)).toEqual({
      queueUrls: [`https://${host}/${functionAccount}/rest`],
    });
  });

  it("refuses a wrong bearer key", async ({ world: { key } }) => {
    const headers = { authorization: `Bearer ${key.accessKeyId}.wrong` };

    const answer = await invoke({ method: "GET", path: "/v1/queues", headers });

    expect(answer.statusCode).toBe(401);
  });

  it("lets anybody ask for its health, and nothing else", async () => {
    const health = await invoke({ method: "GET", path: "/health" });
    const root = await invoke({ method: "GET", path: "/" });

    expect([health.statusCode, root.statusCode]).toEqual([200, 404]);
  });

  it.for([
    ["letters", "x"],
    ["quotes", '"'],
    ["letters of three bytes", "試"],
  ] as const)(
    "hands over ten messages of 1 MiB of %s, as many as an answer can carry",
    async ([_name, character], { world: { key } }) => {
      const client = functionUrlClient(handler, { credentials: key });
      const { QueueUrl } = await client.createQueue({ QueueName: `large-${randomUUID()}` });
      const bytes = Buffer.byteLength(character);
      const bodyOf = (index: number) =>
        `${index}`.padEnd(Math.floor((1024 * 1024 - 1) / bytes), character);
      for (let index = 0; index < 10; index += 1) {
        await client.sendMessage({ QueueUrl, MessageBody: bodyOf(index) });
      }

      const received: string[] = [];
      const counts = new Set<string | undefined>();
      for (let receives = 0; receives < 10 && received.length < 10; receives += 1) {
        const { Messages = [] } = await client.receiveMessage({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ["ApproximateReceiveCount"],
        });
        expect(Messages.length).toBeGreaterThan(1);
        for (const { Body = "", Attributes } of Messages) {
          received.push(Body);
          counts.add(Attributes?.ApproximateReceiveCount);
        }
      }

      expect(received.toSorted()).toEqual(Array.from({ length: 10 }, (_, index) => bodyOf(index)));
      expect([...counts]).toEqual(["1"]);
    },
  );

  it("answers a message that is too large as SQS does", async ({ world: { key } }) => {
    const client = functionUrlClient(handler, { credentials: key });
    const { QueueUrl } = await client.createQueue({ QueueName: "bound" });
    const MessageBody = "x".repeat(1024 * 1024 + 1);

    const single = client.sendMessage({ QueueUrl, MessageBody });
    const batch = client.sendMessageBatch({
      QueueUrl,
      Entries: [
        { Id: "a", MessageBody: MessageBody.slice(1) },
        { Id: "b", MessageBody: "x" },
      ],
    });

    await expect(single).rejects.toThrow("Message must be shorter than 1048576 bytes");
    await expect(batch).rejects.toMatchObject({ name: "BatchRequestTooLong" });
  });

  it("ends a long poll before the invocation runs out", async ({ world: { key } }) => {
    const client = functionUrlClient(handler, { credentials: key });
    const { QueueUrl } = await client.createQueue({ QueueName: "empty" });

    const answer = await invoke(
      await signed(key, "ReceiveMessage", { QueueUrl, WaitTimeSeconds: 20 }),
      2600,
    );

    expect(answer.statusCode).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({});
  });

  it("answers what would outlive the invocation so that SDKs try again", async ({
    world: { key },
  }) => {
    const answer = await invoke(await signed(key, "ListQueues", {}), 500);

    expect(answer).toMatchObject({ statusCode: 503, body: "" });
  });

  it("tells a caller nothing of what went wrong inside", async ({ world: { world } }) => {
    vi.resetModules();
    const fresh: { handler: FunctionUrl } = await import("../../../functions/api.ts");
    const key = await world.createKey();
    const lines: string[] = [];
    vi.spyOn(console, "error").mockImplementation((line) => lines.push(String(line)));
    world.kms.fail(new AwsRefusal("AccessDeniedException", "role r is not allowed"));

    const event = functionUrlEvent(await signed(key, "ListQueues", {}));
    const answer = await fresh.handler(event, aLambdaContext());

    world.kms.fail(undefined);
    expect(errorOf(answer)).toEqual({ statusCode: 500, type: "InternalFailure" });
    expect(answer.body).not.toMatch(/KMS|role r|sealed|secret/);
    expect(lines.join("")).toContain("role r is not allowed");
    expect(lines.join("")).not.toContain(key.secretAccessKey);
  });

  it("refuses an event that is no request, and logs that", async () => {
    const lines: string[] = [];
    vi.spyOn(console, "error").mockImplementation((line) => lines.push(String(line)));

    const answer = handler({ Records: [] }, aLambdaContext());

    await expect(answer).rejects.toThrow("expected the event of a function URL");
    expect(JSON.parse(lines.join(""))).toMatchObject({
      message: "function.failed",
      tenant: "acme",
      function_name: "millrace-test",
    });
  });
});
