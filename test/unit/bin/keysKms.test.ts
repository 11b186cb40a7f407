import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AwsJsonServer } from "../../support/awsJsonServer.ts";
import {
  type DynamodbEngine,
  startDynamodbEngine,
  whyNoDynamodbEngine,
} from "../../support/dynamodbEngine.ts";
import { kmsKeyArn, startFakeKms } from "../../support/fakeKms.ts";
import { MillraceProcess } from "./millraceProcess.ts";

const lack = whyNoDynamodbEngine();
let engine: DynamodbEngine | undefined;
let kms: AwsJsonServer;

beforeAll(async () => {
  if (lack === undefined) engine = await startDynamodbEngine();
  kms = await startFakeKms();
});

afterAll(async () => {
  await engine?.stop();
  await kms.stop();
});

/** A command on a table, whose secrets KMS guards: as said by the variable. */
function millrace(...args: readonly string[]): MillraceProcess {
  const env = {
    ...process.env,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: engine?.endpoint,
    AWS_ENDPOINT_URL_KMS: kms.endpoint,
    MILLRACE_KMS_KEY: kmsKeyArn,
  };
  return new MillraceProcess([...args, "--table=queues"], { env });
}

async function create(): Promise<{ accessKeyId: string; secretAccessKey: string }> {
  await using made = millrace("keys", "create", "--json");
  const { stdout, stderr } = await made.exited;
  expect(stderr).toBe("millrace: the secret is shown this once; keep it now\n");
  const { AccessKeyId, SecretAccessKey } = JSON.parse(stdout);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
}

describe("millrace keys, with a key of KMS", () => {
  it("makes keys that a server of the same table accepts", async ({ skip }) => {
    skip(lack !== undefined, lack);
    const credentials = [await create(), await create()];
    await using server = millrace("--port=0", "--auth=required");
    const endpoint = await server.url;

    const answers = credentials.map(async (each) => {
      const client = new SQSClient({ endpoint, region: "us-east-1", credentials: each });
      try {
        return (await client.send(new ListQueuesCommand({}))).$metadata.httpStatusCode;
      } finally {
        client.destroy();
      }
    });

    expect(await Promise.all(answers)).toEqual([200, 200]);
    expect(kms.calls.map(({ action }) => action)).toEqual([
      "GenerateDataKey",
      "Decrypt",
      "Decrypt",
    ]);
  });
});
