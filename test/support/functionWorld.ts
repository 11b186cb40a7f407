import { randomUUID } from "node:crypto";
import { vi } from "vitest";
import type { AccessKeyStore, NewAccessKey } from "#service/accessKeyStore.ts";
import { ensureTable } from "#table/dynamodb/ensureTable.ts";
import { openAccessKeys } from "../../functions/shared/openAccessKeys.ts";
import { openQueueTable } from "../../functions/shared/openQueueTable.ts";
import type { AwsJsonServer } from "./awsJsonServer.ts";
import { type DynamodbEngine, startDynamodbEngine } from "./dynamodbEngine.ts";
import { kmsKeyArn, startFakeKms } from "./fakeKms.ts";
import { makeAccessKey } from "./makeAccessKey.ts";
import type { SigningIdentity } from "./signer.ts";

export const functionAccount = "111122223333";

/**
 * What a function finds around it, on this machine: an empty table on an engine that speaks DynamoDB's
 * API, a KMS, and an environment that names both. Import the function after it was started.
 */
export class FunctionWorld {
  readonly environment: Readonly<Record<string, string>>;
  readonly kms: AwsJsonServer;
  readonly keys: AccessKeyStore;
  readonly #engine: DynamodbEngine;

  private constructor(
    environment: Readonly<Record<string, string>>,
    kms: AwsJsonServer,
    engine: DynamodbEngine,
  ) {
    this.environment = environment;
    this.kms = kms;
    this.#engine = engine;
    const table = openQueueTable({
      kind: "dynamodb",
      table: environment["MILLRACE_TABLE"] ?? "",
      endpoint: undefined,
    });
    this.keys = openAccessKeys(table, { kmsKey: kmsKeyArn }).keys;
  }

  /** Starts all, and sets the environment of this process until the test file ends. */
  static async start(more: Readonly<Record<string, string>> = {}): Promise<FunctionWorld> {
    const [engine, kms] = await Promise.all([startDynamodbEngine(), startFakeKms()]);
    const environment = {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "function",
      AWS_SECRET_ACCESS_KEY: "function",
      AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
      AWS_ENDPOINT_URL_KMS: kms.endpoint,
      MILLRACE_TABLE: `test-${randomUUID()}`,
      MILLRACE_ACCOUNT: functionAccount,
      MILLRACE_TENANT: "acme",
      MILLRACE_KMS_KEY: kmsKeyArn,
      MILLRACE_LOG_LEVEL: "info",
      POWERTOOLS_DEV: "true",
      ...more,
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    await ensureTable({ tableName: environment.MILLRACE_TABLE, random: Math.random });
    return new FunctionWorld(environment, kms, engine);
  }

  /** Makes a key that may do everything, but for what is said. */
  async createKey(said: Partial<NewAccessKey> = {}): Promise<SigningIdentity> {
    return await makeAccessKey(this.keys, { account: functionAccount, ...said });
  }

  async stop(): Promise<void> {
    vi.unstubAllEnvs();
    await this.#engine.stop();
    await this.kms.stop();
  }
}
