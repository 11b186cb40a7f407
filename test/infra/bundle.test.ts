import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { App } from "aws-cdk-lib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureTable } from "#table/dynamodb/ensureTable.ts";
import { QueueServiceStack } from "../../infra/queueServiceStack.ts";
import {
  type DynamodbEngine,
  startDynamodbEngine,
  whyNoDynamodbEngine,
} from "../support/dynamodbEngine.ts";
import { dynamodbOptions } from "../support/dynamodbFreshTable.ts";

/** What is larger would be felt at every cold start. */
const bundleBytesMax = 768 * 1024;

const lack = whyNoDynamodbEngine();
let engine: DynamodbEngine | undefined;
let assembly: string;
let bundle: string;

beforeAll(async () => {
  assembly = await mkdtemp(join(tmpdir(), "millrace-cdk-"));
  const app = new App({ outdir: assembly });
  new QueueServiceStack(app, "Test");
  app.synth();
  const names = await readdir(assembly);
  const asset = names.find((name) => name.startsWith("asset."));
  bundle = join(assembly, asset ?? "no asset", "index.mjs");
});

beforeAll(async () => {
  if (lack === undefined) engine = await startDynamodbEngine();
});

afterAll(async () => {
  await engine?.stop();
  await rm(assembly, { recursive: true, force: true });
});

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs lines of code in a process that has imported the bundle's `handler`, as Lambda does. */
function runInBundle(code: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const script = `const { handler } = await import("${pathToFileURL(bundle)}");\n${code}`;
  const command = ["--input-type=module", "--eval", script];
  return new Promise((done) => {
    execFile(process.execPath, command, { env, cwd: assembly }, (_error, stdout, stderr) =>
      done({ stdout, stderr }),
    );
  });
}

/** The event of a request to the URL; a call of an action if one is named. */
function anEvent(fields: { path?: string; action?: string; input?: unknown }): string {
  const { path = "/", action, input } = fields;
  const called = { "x-amz-target": `AmazonSQS.${action}`, "content-type": json };
  return JSON.stringify({
    version: "2.0",
    rawPath: path,
    rawQueryString: "",
    headers: { host: "queues.example", ...(action === undefined ? {} : called) },
    requestContext: { http: { method: action === undefined ? "GET" : "POST" } },
    body: action === undefined ? undefined : JSON.stringify(input),
    isBase64Encoded: false,
  });
}

const json = "application/x-amz-json-1.0";

/** A line that prints what the handler answers; `context` is code as well. */
const printAnswer = (event: string, context = "{}"): string =>
  `console.log(JSON.stringify(await handler(${event}, ${context})));`;

const environment = {
  MILLRACE_TABLE: "millrace",
  MILLRACE_ACCOUNT: "123456789012",
  AWS_REGION: "eu-central-1",
};

/** The environment of a function whose table is at the engine and empty. */
async function environmentWithTable(): Promise<Readonly<Record<string, string>>> {
  const options = dynamodbOptions(engine?.endpoint ?? "");
  await ensureTable(options);
  return {
    ...environment,
    MILLRACE_TABLE: options.tableName,
    MILLRACE_DYNAMODB_ENDPOINT: engine?.endpoint ?? "",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
}

/** What is in the body of an answer that was printed. */
function bodyOf(line: string): unknown {
  const { statusCode, body } = JSON.parse(line);
  return statusCode === 200 ? JSON.parse(body) : { statusCode, body };
}

describe("the bundle of functions/api.ts", () => {
  it("is one small file", async () => {
    const { size } = await stat(bundle);

    expect(size).toBeLessThan(bundleBytesMax);
  });

  it("answers a request without anything beside it", async () => {
    const health = printAnswer(anEvent({ path: "/health" }));

    const { stdout, stderr } = await runInBundle(health, environment);

    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ statusCode: 200, body: '{"status":"ok"}' });
  });

  it("serves queues in a DynamoDB table", async ({ skip }) => {
    skip(lack !== undefined, lack);
    const served = await environmentWithTable();
    const QueueUrl = "https://queues.example/123456789012/orders";
    const calls = [
      anEvent({ action: "CreateQueue", input: { QueueName: "orders" } }),
      anEvent({ action: "SendMessage", input: { QueueUrl, MessageBody: "žluť" } }),
      anEvent({ action: "ReceiveMessage", input: { QueueUrl, WaitTimeSeconds: 1 } }),
    ];

    const { stdout, stderr } = await runInBundle(
      calls.map((call) => printAnswer(call)).join("\n"),
      served,
    );

    expect(stderr).toBe("");
    const [created = "", sent = "", received = ""] = stdout.split("\n");
    expect(bodyOf(created)).toEqual({ QueueUrl });
    expect(bodyOf(sent)).toMatchObject({ MessageId: expect.any(String) });
    expect(bodyOf(received)).toMatchObject({ Messages: [{ Body: "žluť" }] });
  });

  it("lets go of a long poll before the invocation runs out", async ({ skip }) => {
    skip(lack !== undefined, lack);
    const served = await environmentWithTable();
    const QueueUrl = "https://queues.example/123456789012/empty";
    const create = anEvent({ action: "CreateQueue", input: { QueueName: "empty" } });
    const poll = anEvent({ action: "ReceiveMessage", input: { QueueUrl, WaitTimeSeconds: 20 } });
    const almostOver = "{ getRemainingTimeInMillis: () => 1250 }";

    const { stdout, stderr } = await runInBundle(
      [printAnswer(create), printAnswer(poll, almostOver)].join("\n"),
      served,
    );

    expect(stderr).toBe("");
    expect(bodyOf(stdout.split("\n")[1] ?? "")).toEqual({ statusCode: 503, body: "" });
  });

  it("refuses to start on a wrong environment and says everything that is wrong", async () => {
    const { stderr } = await runInBundle("", { MILLRACE_ACCOUNT: "1", MILLRACE_LOG_LEVEL: "loud" });

    expect(stderr).toContain("expected MILLRACE_TABLE to name the queue table, got nothing");
    expect(stderr).toContain("expected MILLRACE_ACCOUNT to be twelve digits, got 1");
    expect(stderr).toContain("expected MILLRACE_LOG_LEVEL to be one of debug");
  });
});
