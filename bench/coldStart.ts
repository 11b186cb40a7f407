import { randomUUID } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { everything } from "#auth/policy.ts";
import { createEngine } from "#engine/createEngine.ts";
import { openKmsKeyWrapper } from "#kms/kmsKeyWrapper.ts";
import { AccessKeyStore, type CreatedAccessKey } from "#service/accessKeyStore.ts";
import { SecretBox } from "#service/secretBox.ts";
import { WrappedSealingKeys } from "#service/wrappedSealingKeys.ts";
import { openDynamodbTable } from "#table/dynamodb/dynamodbTable.ts";
import { ensureTable } from "#table/dynamodb/ensureTable.ts";
import { Sha256 } from "#table/s3/sha256.ts";
import { clock, random } from "../bin/platform.ts";
import { startDynoxide } from "./dynoxide.ts";
import { type Start, startFunction } from "./freshFunction.ts";
import { startJsonStub } from "./jsonStub.ts";
import { spreadOf } from "./statistics.ts";
import { textTable } from "./textTable.ts";

/**
 * How long the functions take from nothing: to import their bundles, to start as Lambda starts them, and
 * for their first invocations, each in processor time of the main thread, which leaves out the waiting
 * for DynamoDB and KMS. Medians over fresh processes, by turns with the warm-up and without. Build them
 * first: `node build/functions.ts`.
 *
 * The first invocation is held against the second twice: where each is of another queue, by another
 * access key, so that both make the same calls to the database; and where both are the same request,
 * for which the second need not look up queue and key any more.
 */
const processes = 11;
const invocations = 5;
/** The functions that do something about it while Lambda starts them. */
const warmsUp: ReadonlySet<string> = new Set(["api"]);

const account = "111122223333";
const urlOf = (name: string): string => `https://localhost/${account}/${name}`;
const kmsKey = "arn:aws:kms:us-east-1:111122223333:key/cold";
const aws = { accessKeyId: "none", secretAccessKey: "none" };

const dynamodb = await startDynoxide();
const dataKey = Buffer.alloc(32, 7).toString("base64");
const kms = await startJsonStub({ Plaintext: dataKey, CiphertextBlob: dataKey });
const worker = await startJsonStub({ batchItemFailures: [] });
const environment = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: aws.accessKeyId,
  AWS_SECRET_ACCESS_KEY: aws.secretAccessKey,
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
  AWS_ENDPOINT_URL_KMS: kms.endpoint,
  AWS_ENDPOINT_URL_LAMBDA: worker.endpoint,
  MILLRACE_TABLE: "cold",
  MILLRACE_ACCOUNT: account,
  MILLRACE_KMS_KEY: kmsKey,
};

const table = openDynamodbTable({ ...dynamodbConnection(), newId: randomUUID });
const engine = createEngine({ table, clock, random });
const caller = {
  account,
  region: "us-east-1",
  origin: "https://localhost",
  senderId: account,
  signal: new AbortController().signal,
};

/** Something that a fresh process is asked, one event for each of its first invocations. */
interface Occasion {
  readonly name: string;
  readonly function: string;
  readonly events: () => Promise<readonly unknown[]>;
}

try {
  const rows: string[][] = [];
  for (const { name, function: asked, events } of await occasions()) {
    const cold: Start[] = [];
    const warmed: Start[] = [];
    for (let done = 0; done < processes; done += 1) {
      const lambda = { AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand" };
      cold.push(await startFunction(asked, await events(), environment));
      if (!warmsUp.has(asked)) continue;
      warmed.push(await startFunction(asked, await events(), { ...environment, ...lambda }));
    }
    rows.push(row(name, "no", cold));
    if (warmed.length > 0) rows.push(row(name, "yes", warmed));
  }
  const heads = Array.from({ length: invocations }, (_, at) => `${at + 1}`);
  console.log(textTable([["", "warmed up", "start", ...heads, "1 : 2 (≤ 1.3)"], ...rows]));
} finally {
  await engine.close();
  await dynamodb.stop();
  kms.close();
  worker.close();
}

function row(name: string, isWarmed: string, starts: readonly Start[]): string[] {
  const median = (of: (start: Start) => number) => spreadOf(starts.map(of)).median;
  return [
    name,
    isWarmed,
    median(({ importMs }) => importMs).toFixed(1),
    ...Array.from({ length: invocations }, (_, at) =>
      median(({ eventsMs }) => eventsMs[at] ?? 0).toFixed(1),
    ),
    median(({ eventsMs: [first = 0, second = 0] }) => first / second).toFixed(2),
  ];
}

async function occasions(): Promise<readonly Occasion[]> {
  await ensureTable(dynamodbConnection());
  const keys = await makeAccessKeys();
  for (const kind of ["sent", "received", "deleted", "polled"]) {
    await forEach((at) => engine.operate("CreateQueue", { QueueName: `${kind}-${at}` }, caller));
  }
  await forEach((at) => send(`received-${at}`));
  const sent = (at: number) =>
    eventOf(keys[at], "SendMessage", { QueueUrl: urlOf(`sent-${at}`), MessageBody: "hello" });
  // The same message each time, so that every receive finds the queue as the one before did.
  const received = (at: number) =>
    eventOf(keys[at], "ReceiveMessage", {
      QueueUrl: urlOf(`received-${at}`),
      VisibilityTimeout: 0,
    });
  const deleted = async (at: number) => {
    const ReceiptHandle = await sendAndReceive(`deleted-${at}`);
    return eventOf(keys[at], "DeleteMessage", { QueueUrl: urlOf(`deleted-${at}`), ReceiptHandle });
  };
  const polled = async (at: number) => {
    await send(`polled-${at}`);
    return { trigger: { name: `trigger-${at}`, queue: `polled-${at}`, worker: "worker" } };
  };
  return [
    { name: "SendMessage", function: "api", events: () => forEach(sent) },
    { name: "ReceiveMessage", function: "api", events: () => forEach(received) },
    { name: "DeleteMessage", function: "api", events: () => forEach(deleted) },
    { name: "SendMessage, the same", function: "api", events: () => forEach(() => sent(0)) },
    { name: "ReceiveMessage, the same", function: "api", events: () => forEach(() => received(0)) },
    { name: "poll", function: "poll", events: () => forEach(polled) },
    { name: "sweep", function: "sweep", events: () => forEach(async () => ({})) },
  ];
}

/** Once for each of the first invocations. */
async function forEach<Made>(make: (at: number) => Promise<Made>): Promise<readonly Made[]> {
  return await Promise.all(Array.from({ length: invocations }, (_, at) => make(at)));
}

async function send(QueueUrl: string): Promise<void> {
  await engine.operate("SendMessage", { QueueUrl, MessageBody: "hello" }, caller);
}

async function sendAndReceive(QueueUrl: string): Promise<string | undefined> {
  await send(QueueUrl);
  const { Messages } = await engine.operate("ReceiveMessage", { QueueUrl }, caller);
  return Messages?.[0]?.ReceiptHandle;
}

function dynamodbConnection() {
  return {
    tableName: "cold",
    endpoint: dynamodb.endpoint,
    region: "us-east-1",
    credentials: aws,
    random: Math.random,
  };
}

/** An access key for each of the first invocations. */
async function makeAccessKeys(): Promise<readonly CreatedAccessKey[]> {
  const wrapper = openKmsKeyWrapper({ keyArn: kmsKey, endpoint: kms.endpoint, credentials: aws });
  const box = new SecretBox(new WrappedSealingKeys(table, wrapper), random);
  const keys = new AccessKeyStore({ table, clock, random, box });
  const said = { account, policy: everything, description: undefined, expiresInSeconds: undefined };
  return await forEach(() => keys.create(said));
}

async function eventOf(made: CreatedAccessKey | undefined, action: string, input: object) {
  if (made === undefined) throw new Error("expected an access key for each invocation");
  const { key, secret } = made;
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
