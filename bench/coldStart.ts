import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { SignatureV4 } from "@smithy/signature-v4";
import { everything } from "#auth/policy.ts";
import { openKmsKeyWrapper } from "#kms/kmsKeyWrapper.ts";
import { AccessKeyStore, type CreatedAccessKey } from "#service/accessKeyStore.ts";
import { SecretBox } from "#service/secretBox.ts";
import { WrappedSealingKeys } from "#service/wrappedSealingKeys.ts";
import { openDynamodbTable } from "#table/dynamodb/dynamodbTable.ts";
import { ensureTable } from "#table/dynamodb/ensureTable.ts";
import { Sha256 } from "#table/s3/sha256.ts";
import { clock, random } from "../bin/platform.ts";
import { startDynoxide } from "./dynoxide.ts";
import { startKmsStub } from "./kmsStub.ts";
import { spreadOf } from "./statistics.ts";
import { textTable } from "./textTable.ts";

/**
 * How long the function api takes from nothing: to import its bundle, to start as Lambda starts it,
 * and for its first requests, each in processor time, which leaves out the waiting for DynamoDB and
 * KMS. Medians over fresh processes. Build it first: `node build/functions.ts`.
 */
const processes = 11;
const requests = 5;

const bundle = pathToFileURL(resolve("dist/functions/api/index.mjs"));
const account = "111122223333";
const urlOf = (name: string): string => `https://localhost/${account}/${name}`;
const kmsKey = "arn:aws:kms:us-east-1:111122223333:key/cold";
const aws = { accessKeyId: "none", secretAccessKey: "none" };

/** What one process needed, in milliseconds of processor time. */
interface Start {
  readonly importMs: number;
  readonly requestsMs: readonly number[];
}

const dynamodb = await startDynoxide();
const kms = await startKmsStub();
const environment = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: aws.accessKeyId,
  AWS_SECRET_ACCESS_KEY: aws.secretAccessKey,
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
  AWS_ENDPOINT_URL_KMS: kms.endpoint,
  MILLRACE_TABLE: "cold",
  MILLRACE_ACCOUNT: account,
  MILLRACE_KMS_KEY: kmsKey,
};
try {
  const key = await makeAccessKey();
  const preparations = [
    eventOf(key, "CreateQueue", { QueueName: "sent" }),
    eventOf(key, "CreateQueue", { QueueName: "received" }),
    eventOf(key, "SendMessage", { QueueUrl: urlOf("received"), MessageBody: "hello" }),
  ];
  await startOnce(await Promise.all(preparations), environment);
  const rows: string[][] = [];
  for (const [action, input] of [
    ["SendMessage", { QueueUrl: urlOf("sent"), MessageBody: "hello" }],
    // The same message each time, so that every receive finds the queue as the one before did.
    ["ReceiveMessage", { QueueUrl: urlOf("received"), VisibilityTimeout: 0 }],
  ] as const) {
    const event = await eventOf(key, action, input);
    const events = Array.from({ length: requests }, () => event);
    const warmed = { ...environment, AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand" };
    rows.push(row(action, "no", await starts(events, environment)));
    rows.push(row(action, "yes", await starts(events, warmed)));
  }
  const heads = Array.from({ length: requests }, (_, at) => `request ${at + 1}`);
  console.log(textTable([["action", "warmed up", "import and start", ...heads], ...rows]));
} finally {
  await dynamodb.stop();
  await kms.close();
}

async function starts(
  events: readonly unknown[],
  env: Readonly<Record<string, string>>,
): Promise<readonly Start[]> {
  const all: Start[] = [];
  for (let done = 0; done < processes; done += 1) all.push(await startOnce(events, env));
  return all;
}

/** A fresh process that imports the bundle and hands it the events, one after the other. */
async function startOnce(
  events: readonly unknown[],
  env: Readonly<Record<string, string>>,
): Promise<Start> {
  const script = `
    // Only endpoints without TLS need it, which there are none of at AWS.
    await import("node:http");
    const cpuMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
    const before = cpuMs();
    const { handler } = await import(${JSON.stringify(bundle.href)});
    const importMs = cpuMs() - before;
    const requestsMs = [];
    for (const event of ${JSON.stringify(events)}) {
      const startedMs = cpuMs();
      const { statusCode } = await handler(event, { getRemainingTimeInMillis: () => 30000 });
      if (statusCode !== 200) throw new Error("got status " + statusCode);
      requestsMs.push(cpuMs() - startedMs);
    }
    process.stdout.write(JSON.stringify({ importMs, requestsMs }));
    process.exit();`;
  const command = ["--input-type=module", "--eval", script];
  // Not in one go: the stand-in for KMS lives in this process.
  const { stdout } = await promisify(execFile)(process.execPath, command, { env });
  return JSON.parse(stdout);
}

function row(action: string, isWarmed: string, all: readonly Start[]): string[] {
  const median = (values: readonly number[]) => spreadOf(values).median.toFixed(1);
  return [
    action,
    isWarmed,
    median(all.map(({ importMs }) => importMs)),
    ...Array.from({ length: requests }, (_, at) =>
      median(all.map(({ requestsMs }) => requestsMs[at] ?? 0)),
    ),
  ];
}

async function makeAccessKey(): Promise<CreatedAccessKey> {
  const endpoint = dynamodb.endpoint;
  const connection = {
    tableName: "cold",
    endpoint,
    region: "us-east-1",
    credentials: aws,
    random: Math.random,
  };
  await ensureTable(connection);
  const table = openDynamodbTable({ ...connection, newId: randomUUID });
  const wrapper = openKmsKeyWrapper({ keyArn: kmsKey, endpoint: kms.endpoint, credentials: aws });
  const box = new SecretBox(new WrappedSealingKeys(table, wrapper), random);
  const keys = new AccessKeyStore({ table, clock, random, box });
  return await keys.create({
    account,
    policy: everything,
    description: undefined,
    expiresInSeconds: undefined,
  });
}

async function eventOf({ key, secret }: CreatedAccessKey, action: string, input: object) {
  const signer = new SignatureV4({
    service: "sqs",
    region: "us-east-1",
    sha256: Sha256,
    applyChecksum: false,
    credentials: { accessKeyId: key.accessKeyId, secretAccessKey: secret },
  });
  const body = JSON.stringify(input);
  const { headers } = await signer.sign({
    method: "POST",
    protocol: "https:",
    hostname: "localhost",
    path: "/",
    query: {},
    headers: {
      host: "localhost",
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${action}`,
    },
    body,
  });
  const requestContext = { http: { method: "POST" } };
  return { version: "2.0", rawPath: "/", headers, requestContext, body, isBase64Encoded: false };
}
