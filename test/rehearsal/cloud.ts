import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DynamodbEngine, startDynamodbEngine } from "../support/dynamodbEngine.ts";
import { startFakeKms } from "../support/fakeKms.ts";
import { startFakeSecretsManager } from "../support/fakeSecretsManager.ts";
import { type S3Server, s3Credentials, startS3Server } from "../support/s3Server.ts";
import { Recorder } from "./access/recorder.ts";
import { LambdaService } from "./lambdaService.ts";

/**
 * The account of AWS that a stack is deployed to, as far as it can be had on this machine: DynamoDB and
 * S3 by engines that speak their API, KMS and Secrets Manager by fakes, and Lambda by our own.
 */
export interface Cloud {
  readonly region: string;
  readonly account: string;
  /** Where code is unpacked. */
  readonly folder: string;
  readonly dynamodb: DynamodbEngine;
  readonly s3: S3Server;
  readonly lambda: LambdaService;
  readonly recorder: Recorder;
  /** The value of each secret that has one, by ARN. */
  readonly secretValues: ReadonlyMap<string, string>;
  addKey(arn: string): void;
  addSecret(arn: string): void;
  /** The credentials that Lambda gives a function. */
  readonly credentials: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export const region = "us-east-1";
export const account = "111122223333";

export async function openCloud(): Promise<Cloud> {
  const keys: string[] = [];
  const secrets: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), "millrace-rehearsal-"));
  const [dynamodb, s3, kms, secretsManager, lambda] = await Promise.all([
    startDynamodbEngine(),
    startS3Server(),
    startFakeKms(keys),
    startFakeSecretsManager(secrets),
    LambdaService.listen(),
  ]);
  const recorder = new Recorder(
    {
      DYNAMODB: dynamodb.endpoint,
      S3: s3.endpoint,
      KMS: kms.endpoint,
      SECRETS_MANAGER: secretsManager.endpoint,
      LAMBDA: lambda.endpoint,
    },
    { region, account },
  );
  return {
    region,
    account,
    folder,
    dynamodb,
    s3,
    lambda,
    recorder,
    secretValues: secretsManager.values,
    addKey: (arn) => keys.push(arn),
    addSecret: (arn) => secrets.push(arn),
    // The S3 server takes no others, and it verifies what is signed with them.
    credentials: {
      AWS_ACCESS_KEY_ID: s3Credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3Credentials.secretAccessKey,
      AWS_SESSION_TOKEN: "a session token",
    },
    async close() {
      lambda.close();
      recorder.close();
      await Promise.all([dynamodb.stop(), s3.stop(), kms.stop(), secretsManager.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
