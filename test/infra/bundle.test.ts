import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it as test } from "vitest";
import {
  bundleFunction,
  functionNames,
  startBytes,
  startSources,
} from "../../build/functionBundle.ts";
import { startAwsJsonServer } from "../support/awsJsonServer.ts";
import { whyNoDynamodbEngine } from "../support/dynamodbEngine.ts";
import { functionUrlEvent } from "../support/functionUrlEvent.ts";
import { FunctionWorld } from "../support/functionWorld.ts";
import { aSigner, type SigningIdentity } from "../support/signer.ts";

/** What is larger would be felt at every cold start. */
const apiBytesMax = 600_000;

const lack = whyNoDynamodbEngine();
const host = "abc123.lambda-url.us-east-1.on.aws";
const names = await functionNames();

let folder: string;
let started: FunctionWorld | undefined;
const bytes = new Map<string, number>();
const sources = new Map<string, readonly string[]>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-functions-"));
  for (const name of names) {
    const metafile = await bundleFunction(name, join(folder, name));
    bytes.set(name, startBytes(metafile));
    sources.set(name, startSources(metafile));
  }
  if (lack === undefined) started = await FunctionWorld.start();
});

afterAll(async () => {
  await started?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** `it`, with the world of the functions and a key that may do everything. */
const it = test.extend("world", async ({ skip }) => {
  skip(lack !== undefined, lack);
  if (started === undefined) throw new Error("expected the world to have been started");
  const { environment, kms } = started;
  return { environment, kms, key: await started.createKey() };
});

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs lines of code in a process that has imported a bundle's `handler`, as Lambda does. */
function runIn(name: string, code: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const url = pathToFileURL(join(folder, name, "index.mjs"));
  const script = `const { handler } = await import("${url}");\n${code}`;
  const command = ["--input-type=module", "--eval", script];
  return new Promise((done) => {
    execFile(process.execPath, command, { env, cwd: folder }, (_error, stdout, stderr) =>
      done({ stdout, stderr }),
    );
  });
}

/** A line that prints what the handler answers. */
const printAnswer = (event: unknown): string =>
  `console.log(JSON.stringify(await handler(${JSON.stringify(event)}, ` +
  "{ getRemainingTimeInMillis: () => 30000 })));";

async function signedEvent(key: SigningIdentity, action: string, input: unknown) {
  const request = {
    method: "POST",
    path: "/",
    headers: {
      host,
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${action}`,
    },
    body: JSON.stringify(input),
  };
  const { headers } = await aSigner(key).sign({ ...request, protocol: "https:", hostname: host });
  return functionUrlEvent({ ...request, headers });
}

/** What is in the body of an answer that was printed. */
function bodyOf(line = ""): unknown {
  const { statusCode, body } = JSON.parse(line);
  return statusCode === 200 ? JSON.parse(body) : { statusCode, body };
}

describe("the bundle of functions/api.ts", () => {
  it("is small", () => {
    expect(bytes.get("api")).toBeLessThan(apiBytesMax);
  });

  it("serves queues without anything beside it", async ({ world: { environment, key } }) => {
    const QueueUrl = `https://${host}/111122223333/orders`;
    const events = [
      await signedEvent(key, "CreateQueue", { QueueName: "orders" }),
      await signedEvent(key, "SendMessage", { QueueUrl, MessageBody: "žluť" }),
      await signedEvent(key, "ReceiveMessage", { QueueUrl, WaitTimeSeconds: 1 }),
    ];

    const { stdout, stderr } = await runIn("api", events.map(printAnswer).join("\n"), environment);

    expect(stderr).toBe("");
    const [created, sent, received] = stdout.split("\n");
    expect(bodyOf(created)).toEqual({ QueueUrl });
    expect(bodyOf(sent)).toMatchObject({ MessageId: expect.any(String) });
    expect(bodyOf(received)).toMatchObject({ Messages: [{ Body: "žluť" }] });
  });

  it("opens its data key while Lambda starts it, once", async ({
    world: { environment, kms, key },
  }) => {
    const env = { ...environment, AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand" };
    const before = kms.calls.length;
    const request = printAnswer(await signedEvent(key, "ListQueues", {}));

    const { stdout, stderr } = await runIn("api", `console.log("started");\n${request}`, env);

    expect(stderr).toBe("");
    const [first, answer] = stdout.split("\n");
    expect(first).toBe("started");
    expect(JSON.parse(answer ?? "")).toMatchObject({ statusCode: 200 });
    expect(kms.calls.slice(before).map(({ action }) => action)).toEqual(["Decrypt"]);
  });

  it("asks its table for nothing but the data key while Lambda starts it, and says nothing", async ({
    world: { environment },
  }) => {
    const dynamodb = await startAwsJsonServer({ GetItem: () => ({}) });
    const env = {
      ...environment,
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
      MILLRACE_LOG_LEVEL: "debug",
      POWERTOOLS_LOGGER_LOG_EVENT: "true",
    };

    const { stdout, stderr } = await runIn("api", "console.log(typeof handler)", env);

    await dynamodb.stop();
    expect({ stdout, stderr }).toEqual({ stdout: "function\n", stderr: "" });
    expect(dynamodb.calls.map(({ action, input }) => [action, input["Key"]])).toEqual([
      ["GetItem", expect.objectContaining({ pk: { S: "sealing" } })],
    ]);
  });

  it("runs through the SDK's calls while Lambda starts it", async ({ world: { environment } }) => {
    const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...unable } = environment;
    const env = { ...unable, AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand" };

    const { stdout, stderr } = await runIn("api", "console.log(typeof handler)", env);

    // Which it would not, could it sign them: that of the data key, and the first of the warm-up's own.
    expect(stdout + stderr).toContain("DynamoDB GetItem failed: CredentialsProviderError");
    expect(stdout + stderr).toContain(
      "DynamoDB TransactWriteItems failed: CredentialsProviderError",
    );
  });

  it("starts although nothing answers that it tries while it starts", async ({
    world: { environment },
  }) => {
    const nothing = "http://127.0.0.1:1";
    const env = {
      ...environment,
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_ENDPOINT_URL_DYNAMODB: nothing,
      AWS_ENDPOINT_URL_KMS: nothing,
    };

    const { stdout } = await runIn("api", "console.log(typeof handler); process.exit()", env);

    expect(stdout.trimEnd().split("\n").at(-1)).toBe("function");
  });

  it("refuses to start on a wrong environment and says everything that is wrong", async () => {
    const { stderr } = await runIn("api", "", {
      MILLRACE_ACCOUNT: "1",
      MILLRACE_LOG_LEVEL: "loud",
    });

    expect(stderr).toContain("expected MILLRACE_TABLE to name the queue table, got nothing");
    expect(stderr).toContain("expected MILLRACE_KMS_KEY to name the KMS key");
    expect(stderr).toContain("expected MILLRACE_ACCOUNT to be twelve digits, got 1");
    expect(stderr).toContain("expected MILLRACE_LOG_LEVEL to be one of debug");
  });
});

describe.each(names)("the bundle of functions/%s.ts", (name) => {
  const environment = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "none",
    AWS_SECRET_ACCESS_KEY: "none",
    MILLRACE_TABLE: "none",
    MILLRACE_KMS_KEY: "arn:aws:kms:us-east-1:000000000000:key/none",
  };

  it("exports a handler", async () => {
    const { stdout, stderr } = await runIn(name, "console.log(typeof handler)", environment);

    expect({ stdout, stderr }).toEqual({ stdout: "function\n", stderr: "" });
  });

  it("writes traces where it is told to", async () => {
    const traced = {
      ...environment,
      POWERTOOLS_TRACE_ENABLED: "true",
      AWS_LAMBDA_FUNCTION_NAME: "f",
    };

    const { stdout, stderr } = await runIn(name, "console.log(typeof handler)", traced);

    expect({ stdout, stderr }).toEqual({ stdout: "function\n", stderr: "" });
  });
});

/** Commands that the SDK's client of DynamoDB brings along by itself. */
const broughtAlong = ["DescribeEndpoints", "Scan"];
const ofTables = [
  "BatchExecuteStatement",
  "BatchGetItem",
  "BatchWriteItem",
  "DeleteItem",
  "GetItem",
  "PutItem",
  "Query",
  "TransactWriteItems",
  "UpdateItem",
  ...broughtAlong,
];
const ofKms = ["Decrypt", "GenerateDataKey"];

/** Rooms that some functions need and others do not. */
const rooms = ["lib/auth", "lib/kms", "lib/poll", "lib/protocol", "lib/transport"];

describe("what a function loads when it starts", () => {
  it.each([
    ["api", [...ofTables, ...ofKms], ["lib/auth", "lib/kms", "lib/protocol", "lib/transport"]],
    ["poll", [...ofTables, "Invoke"], ["lib/auth", "lib/poll"]],
    ["resource", [...ofTables, ...ofKms, "PutSecretValue"], ["lib/auth", "lib/kms"]],
    ["sweep", ofTables, ["lib/auth"]],
  ])("is, of %s, no command and no room that it does not use", (name, commands, used) => {
    const loaded = sources.get(name) ?? [];

    const ofSdk = loaded.flatMap(
      (path) => /client-[^/]+\/.*\/(\w+)Command\.js$/.exec(path)?.[1] ?? [],
    );
    expect(ofSdk.sort()).toEqual([...commands].sort());
    expect(rooms.filter((room) => loaded.some((path) => path.startsWith(`${room}/`)))).toEqual(
      used,
    );
  });

  it.each(names)("is, of %s, no database of one machine and no tracer", (name) => {
    const loaded = sources.get(name) ?? [];

    expect(
      loaded.filter((path) => /^lib\/table\/(?:memory|sqlite)\/|tracer|xray/.test(path)),
    ).toEqual([]);
  });
});
