import { afterAll, describe, expect, it } from "vitest";
import {
  type DynamodbEngine,
  startDynamodbEngine,
  whyNoDynamodbEngine,
} from "../../support/dynamodbEngine.ts";
import { call, MillraceProcess } from "./millraceProcess.ts";

const lack = whyNoDynamodbEngine();
const env = {
  ...process.env,
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
};

const toTable = (endpoint: string): string[] => [
  "--port=0",
  "--table=queues",
  `--dynamodb-endpoint=${endpoint}`,
];

describe("millrace on a table of DynamoDB", () => {
  let engine: DynamodbEngine | undefined;

  afterAll(async () => {
    await engine?.stop();
  });

  it("makes the table, and serves it together with others", async ({ skip }) => {
    if (lack !== undefined) skip(lack);
    engine = await startDynamodbEngine();
    await using one = new MillraceProcess(toTable(engine.endpoint), { env });
    const urlOne = await one.url;
    await using two = new MillraceProcess(toTable(engine.endpoint), { env });
    const urlTwo = await two.url;

    await call(urlOne, "CreateQueue", { QueueName: "orders" });
    await call(urlOne, "SendMessage", { QueueUrl: "orders", MessageBody: "hello" });
    const received = await call(urlTwo, "ReceiveMessage", {
      QueueUrl: "orders",
      WaitTimeSeconds: 5,
    });

    expect(received).toMatchObject({ Messages: [{ Body: "hello" }] });
  });

  it("says in one line that it cannot reach it", async () => {
    await using started = new MillraceProcess(toTable("http://127.0.0.1:1"), { env });

    expect(await started.exited).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "millrace: cannot start: table queues of DynamoDB: connect ECONNREFUSED 127.0.0.1:1\n",
    });
  });
});
