import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import { runAt, whyNoAwsCli, whyNoBoto3 } from "../support/otherClients.ts";
import { SignedServer } from "../support/signedServer.ts";

const table = openSqliteTable({ path: ":memory:", clock: { nowMs: () => 0 } });
const lacksBoto3 = whyNoBoto3();
const lacksCli = whyNoAwsCli();
let server: SignedServer;

beforeAll(async () => {
  server = await SignedServer.start(table);
});
afterAll(async () => {
  await server.close();
  await table.close();
});

/** Runs a client that signs by a temporary key of its own. */
async function runSigned(program: string, args: readonly string[]) {
  const { accessKeyId, secretAccessKey, sessionToken } = await server.createKey({
    expiresInSeconds: 60,
  });
  return await runAt(server.origin, program, args, {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  });
}

describe("access keys", { timeout: 60_000 }, () => {
  test("are what boto3 signs by", async ({ skip }) => {
    skip(lacksBoto3 !== undefined, lacksBoto3);

    const ended = await runSigned("python3", ["test/compatibility/boto3/signed.py"]);

    expect(ended).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("are what the AWS CLI signs by", async ({ skip }) => {
    skip(lacksCli !== undefined, lacksCli);
    const create = ["sqs", "create-queue", "--queue-name", "cli"];

    const ended = await runSigned("aws", ["--endpoint-url", server.origin, ...create]);

    expect(ended.stderr).toBe("");
    expect(JSON.parse(ended.stdout)).toEqual({
      QueueUrl: `${server.origin}/111122223333/cli`,
    });
  });
});
