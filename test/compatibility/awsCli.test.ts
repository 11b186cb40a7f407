import assert from "node:assert/strict";
import { afterAll, describe, expect, test } from "vitest";
import { runAt, whyNoAwsCli } from "../support/otherClients.ts";
import { sqsClient } from "../support/sqsClient.ts";
import { MillraceProcess } from "../unit/bin/millraceProcess.ts";

const missing = whyNoAwsCli();
const account = "000000000000";
const server =
  missing === undefined ? new MillraceProcess(["--port", "0", "--data", ":memory:"]) : undefined;
const url = (await server?.url) ?? "";
const client = sqsClient(url);

afterAll(async () => {
  client.destroy();
  await server?.[Symbol.asyncDispose]();
});

/** What `aws sqs` prints, parsed; nothing for what prints nothing. */
async function aws(command: string, ...options: readonly string[]) {
  const args = ["--endpoint-url", url, "--output", "json", "sqs", command, ...options];
  const { code, stdout, stderr } = await runAt(url, "aws", args);
  assert.equal(stderr, "");
  assert.equal(code, 0);
  return stdout === "" ? undefined : JSON.parse(stdout);
}

/** The one line in which `aws sqs` complains. */
async function complaintOf(command: string, ...options: readonly string[]): Promise<string> {
  const args = ["--endpoint-url", url, "sqs", command, ...options];
  const { code, stderr } = await runAt(url, "aws", args);
  assert.notEqual(code, 0);
  return stderr.trim();
}

/** Makes a queue without the command line, which takes its time, and answers how to name it there. */
async function aQueue(name: string, attributes: Readonly<Record<string, string>> = {}) {
  const { QueueUrl = "" } = await client.createQueue({ QueueName: name, Attributes: attributes });
  return ["--queue-url", QueueUrl] as const;
}

const it = test.extend("cli", ({ skip }) => {
  skip(missing !== undefined, missing);
  return { aws, complaintOf };
});

describe("the AWS CLI", { concurrent: true, timeout: 120_000 }, () => {
  it("takes a message through its life", async ({ cli: { aws } }) => {
    const { QueueUrl } = await aws(
      "create-queue",
      ...["--queue-name", "life", "--attributes", "VisibilityTimeout=60,DelaySeconds=0"],
    );
    const queue = ["--queue-url", QueueUrl];
    const attribute = { DataType: "Number.int", StringValue: "7" };

    const sent = await aws(
      "send-message",
      ...queue,
      "--message-body",
      "Grüße, 世界 😀",
      "--message-attributes",
      JSON.stringify({ k: attribute }),
    );
    const { Messages: messages } = await aws(
      "receive-message",
      ...queue,
      ...["--attribute-names", "All", "--message-attribute-names", "All"],
    );
    const [message] = messages;
    const nothing = await aws("receive-message", ...queue);
    await aws("delete-message", ...queue, "--receipt-handle", message.ReceiptHandle);
    const { Attributes: counts } = await aws(
      "get-queue-attributes",
      ...queue,
      ...["--attribute-names", "ApproximateNumberOfMessages", "VisibilityTimeout"],
    );

    expect(QueueUrl).toBe(`${url}/${account}/life`);
    expect(sent.MD5OfMessageBody).toBe("93db5baa80a64ccbd08617f4ebcb96a5");
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: "Grüße, 世界 😀",
      MD5OfBody: "93db5baa80a64ccbd08617f4ebcb96a5",
      Attributes: { ApproximateReceiveCount: "1", SenderId: account },
      MessageAttributes: { k: attribute },
    });
    expect(nothing).toBeUndefined();
    expect(counts).toEqual({ ApproximateNumberOfMessages: "0", VisibilityTimeout: "60" });
  });

  it("sends, hides and deletes in batches", async ({ cli: { aws } }) => {
    const queue = await aQueue("batches");
    const entries = [
      { Id: "good", MessageBody: "hello" },
      { Id: "bad", MessageBody: "x", DelaySeconds: 901 },
    ];
    const json = (value: object) => ["--entries", JSON.stringify(value)];

    const sent = await aws("send-message-batch", ...queue, ...json(entries));
    const { Messages: [first] = [] } = await client.receiveMessage({ QueueUrl: queue[1] });
    const hidden = await aws(
      "change-message-visibility-batch",
      ...queue,
      ...json([{ Id: "a", ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 }]),
    );
    const { Messages: second } = await aws(
      "receive-message",
      ...queue,
      ...["--max-number-of-messages", "10"],
    );
    const deleted = await aws(
      "delete-message-batch",
      ...queue,
      ...json([{ Id: "a", ReceiptHandle: second[0].ReceiptHandle }]),
    );

    expect(sent.Successful).toMatchObject([{ Id: "good" }]);
    expect(sent.Failed).toEqual([
      {
        Id: "bad",
        SenderFault: true,
        Code: "InvalidParameterValue",
        Message:
          "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
      },
    ]);
    expect(hidden).toEqual({ Successful: [{ Id: "a" }] });
    expect(second).toMatchObject([{ Body: "hello" }]);
    expect(deleted).toEqual({ Successful: [{ Id: "a" }] });
  });

  it("sets and gets attributes and tags", async ({ cli: { aws } }) => {
    const queue = await aQueue("attributes");

    await aws("set-queue-attributes", ...queue, "--attributes", "VisibilityTimeout=7");
    await aws("tag-queue", ...queue, "--tags", "stage=test,team=a");
    const { Attributes: all } = await aws(
      "get-queue-attributes",
      ...queue,
      "--attribute-names",
      "All",
    );
    const { Tags: tags } = await aws("list-queue-tags", ...queue);
    await aws("untag-queue", ...queue, "--tag-keys", "stage", "team");

    expect(Object.keys(all)).toHaveLength(12);
    expect(all.VisibilityTimeout).toBe("7");
    expect(tags).toEqual({ team: "a", stage: "test" });
    expect(await aws("list-queue-tags", ...queue)).toBeUndefined();
  });

  it("pages through queues, and lists the sources of a dead-letter queue", async ({
    cli: { aws },
  }) => {
    const dead = await aQueue("paged-dead");
    const policy = JSON.stringify({
      deadLetterTargetArn: `arn:aws:sqs:us-east-1:${account}:paged-dead`,
      maxReceiveCount: "3",
    });
    const sources = await Promise.all([
      aQueue("paged-source-1", { RedrivePolicy: policy }),
      aQueue("paged-source-2", { RedrivePolicy: policy }),
    ]);
    const urls = sources.map(([, queueUrl]) => queueUrl);

    const listed = await aws("list-queues", "--queue-name-prefix", "paged-", "--page-size", "1");
    const found = await aws("list-dead-letter-source-queues", ...dead, "--page-size", "1");

    expect(listed.QueueUrls).toEqual([dead[1], ...urls]);
    expect(found.queueUrls).toEqual(urls);
  });

  it("waits for a message", async ({ cli: { aws } }) => {
    const queue = await aQueue("waiting");

    const [received] = await Promise.all([
      aws("receive-message", ...queue, "--wait-time-seconds", "20"),
      aws("send-message", ...queue, "--message-body", "hello"),
    ]);

    expect(received.Messages).toMatchObject([{ Body: "hello" }]);
  });

  it("deletes a queue, and finds it no longer", async ({ cli: { aws, complaintOf } }) => {
    const queue = await aQueue("deleted");

    await aws("delete-queue", ...queue);

    expect(await complaintOf("create-queue", "--queue-name", "deleted")).toContain(
      "An error occurred (AWS.SimpleQueueService.QueueDeletedRecently) when calling the CreateQueue operation: You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    );
  });

  it("prints code and text of an error", async ({ cli: { complaintOf } }) => {
    const queue = await aQueue("errors");
    await client.purgeQueue({ QueueUrl: queue[1] });

    const complaints = await Promise.all([
      complaintOf("get-queue-url", "--queue-name", "nobody"),
      complaintOf("receive-message", ...queue, "--max-number-of-messages", "11"),
      complaintOf("delete-message", ...queue, "--receipt-handle", "garbage"),
      complaintOf("purge-queue", ...queue),
    ]);

    expect(complaints.map((line) => line.replace(/^.*An error/s, "An error"))).toEqual([
      "An error occurred (AWS.SimpleQueueService.NonExistentQueue) when calling the GetQueueUrl operation: The specified queue does not exist.",
      "An error occurred (InvalidParameterValue) when calling the ReceiveMessage operation: Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
      'An error occurred (ReceiptHandleIsInvalid) when calling the DeleteMessage operation: The input receipt handle "garbage" is not a valid receipt handle.',
      "An error occurred (AWS.SimpleQueueService.PurgeQueueInProgress) when calling the PurgeQueue operation: Only one PurgeQueue operation on errors is allowed every 60 seconds.",
    ]);
  });
});
