import { randomBytes, randomInt, randomUUID } from "node:crypto";
import middy from "@middy/core";
import { anyCredentials } from "#service/authenticate.ts";
import { type Config, type DynamodbStore, readConfig } from "#service/config.ts";
import { variableOf } from "#service/flags.ts";
import { jsonLog } from "#service/log.ts";
import { createQueueService } from "#service/queueService.ts";
import type { Environment } from "#service/settings.ts";
import { openDynamodbTable } from "#table/dynamodb/dynamodbTable.ts";
import { openS3Blobs } from "#table/s3/s3Blobs.ts";
import { serveFunctionUrl } from "#transport/lambda.ts";

const { account, logLevel, isRelaxed, publicUrl, store } = configFrom(process.env);

const clock = {
  nowMs: () => Date.now(),
  after: (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

const random = {
  hex: (bytes: number) => randomBytes(bytes).toString("hex"),
  below: (below: number) => randomInt(below),
};

const log = jsonLog({ level: logLevel, clock, write: (line) => process.stdout.write(line) });

const table = openDynamodbTable({
  tableName: store.table,
  ...(store.endpoint === undefined ? {} : { endpoint: store.endpoint }),
  random: () => Math.random(),
  newId: () => randomUUID(),
  blobs: store.bucket && openS3Blobs({ ...store.bucket, random: () => Math.random() }),
});

const { handle } = createQueueService({
  table,
  clock,
  random,
  isRelaxed,
  // The URL has let in only callers that IAM permits to invoke this function; all are one account.
  authenticate: anyCredentials({ account }),
  newRequestId: () => randomUUID(),
  log,
  publicUrl,
});

const serve = serveFunctionUrl(handle);

/** Ends a request that would outlive its invocation in a way that SQS clients try again. */
const outOfTime = {
  timeoutEarlyInMillis: 1000,
  timeoutEarlyResponse: () => ({ statusCode: 503, headers: {}, body: "", isBase64Encoded: false }),
};

/** Answers every request of an SQS client. */
export const handler = middy(outOfTime).handler((event: unknown, _context, { signal }) =>
  serve(event, signal),
);

interface ApiConfig extends Config {
  readonly store: DynamodbStore;
}

/** Throws one error that names everything that is wrong. */
function configFrom(env: Environment): ApiConfig {
  const table = variableOf("table");
  const problems = env[table] ? [] : [`expected ${table} to name the queue table, got nothing`];
  const command = readConfig([], env);
  if (command.kind === "refused") problems.push(...command.problems);
  if (problems.length === 0 && command.kind === "start") {
    const { store } = command.config;
    if (store.kind === "dynamodb") return { ...command.config, store };
  }
  throw new Error(problems.join("; "));
}
