import { randomBytes, randomUUID } from "node:crypto";
import type { SQS } from "@aws-sdk/client-sqs";
import { lanesOf } from "#engine/lanes.ts";
import { queueKey, readQueueItem } from "#engine/queue.ts";
import { gone, slotAttribute, writeSlot } from "#engine/slot.ts";
import { openDynamodbTable } from "#table/dynamodb/dynamodbTable.ts";
import { account, region } from "./cloud.ts";
import type { Deployment } from "./deployment.ts";
import { until } from "./killing.ts";
import { textOf } from "./template/template.ts";
import { passQuickly, passSeconds, type Rehearsed } from "./workedQueues.ts";

/** Large messages: one in two items of the table, one in the bucket. The worker fails both once. */
const twoItemsBytes = 600_000;
const objectBytes = 1_000_000;

/** Text of so many bytes that hardly gets smaller, and ends as an odd number does. */
const oddText = (bytes: number): string =>
  `${randomBytes(bytes)
    .toString("base64")
    .slice(0, bytes - 1)}1`;

/**
 * Gives the sweep to do what makes it call every action of AWS that it may: segments that a crash left
 * empty, and a move task that nobody runs, with messages in the table, in the bucket and in neither any
 * more. Answers how many messages were where: swept to the dead-letter queue, and moved back.
 */
export async function tourOfSweep(
  rehearsed: Rehearsed,
): Promise<{ readonly swept: readonly number[]; readonly moved: readonly number[] }> {
  const { tenant, client } = rehearsed;
  const { deployment } = tenant;
  const SourceArn = `arn:aws:sqs:${region}:${account}:dead`;
  const { QueueUrl: dead } = await client.getQueueUrl({ QueueName: "dead" });
  const { QueueUrl } = await client.createQueue({
    QueueName: "left",
    Attributes: {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: SourceArn, maxReceiveCount: 1 }),
    },
  });
  const counts = () => Promise.all([QueueUrl, dead].map((url) => countIn(client, url)));
  const receiveAll = async (bodies: readonly string[]): Promise<void> => {
    for (const MessageBody of bodies) {
      await client.sendMessage({ QueueUrl, MessageBody });
      await client.receiveMessage({ QueueUrl, VisibilityTimeout: 5 });
    }
  };
  await receiveAll(["small", oddText(objectBytes)]);
  await deployment.cloud.s3.loseAll();
  await receiveAll([twoItemsBytes, objectBytes].map(oddText));
  for (const MessageBody of ["two", "empty"]) await client.sendMessage({ QueueUrl, MessageBody });
  await emptyUnreceived(deployment, "left");

  await passSeconds(rehearsed, 60);
  const swept = await counts();
  // One a second: the process that begins the task has no time for the large ones, and dies.
  await client.startMessageMoveTask({ SourceArn, MaxNumberOfMessagesPerSecond: 1 });
  deployment.functionNamed("QueueApi").pool.killAll();
  let moved: readonly number[] = [];
  const isOver = () => moved.at(-1) === 0;
  await until(isOver, async () => {
    await passQuickly(rehearsed, 60);
    moved = await counts();
  });
  await client.deleteQueue({ QueueUrl });
  return { swept, moved };
}

/**
 * Gives the poller to do what makes it call every action of AWS that it may: one segment and several,
 * contents that are lost, and large messages of a FIFO queue which go to its dead-letter queue. Answers
 * how many arrived there.
 */
export async function tourOfPoll(rehearsed: Rehearsed): Promise<number> {
  const { tenant, client, clock } = rehearsed;
  const { deployment } = tenant;
  const poll = async (queue: string): Promise<void> => {
    const schedules = deployment.schedules.all.filter(({ input }) =>
      JSON.stringify(input).includes(`"queue":"${queue}"`),
    );
    for (const schedule of schedules) await deployment.schedules.fire(schedule);
  };
  const { QueueUrl } = await client.getQueueUrl({ QueueName: "numbers" });
  await client.sendMessage({ QueueUrl, MessageBody: "0" });
  await poll("numbers");
  await client.sendMessage({ QueueUrl, MessageBody: oddText(objectBytes) });
  await deployment.cloud.s3.loseAll();
  for (const MessageBody of ["2", "4"]) await client.sendMessage({ QueueUrl, MessageBody });
  await poll("numbers");

  const { QueueUrl: steps } = await client.getQueueUrl({ QueueName: "steps.fifo" });
  for (const bytes of [twoItemsBytes, objectBytes]) {
    const MessageGroupId = `${bytes}`;
    await client.sendMessage({ QueueUrl: steps, MessageBody: oddText(bytes), MessageGroupId });
  }
  await poll("steps.fifo");
  // What failed may be received again, once too often.
  clock.advance(60_000);
  await poll("steps.fifo");
  const { QueueUrl: dead } = await client.getQueueUrl({ QueueName: "dead-steps.fifo" });
  return await countIn(client, dead);
}

async function countIn(client: SQS, QueueUrl: string | undefined): Promise<number> {
  const AttributeNames = ["ApproximateNumberOfMessages" as const];
  const { Attributes } = await client.getQueueAttributes({ QueueUrl, AttributeNames });
  return Number(Attributes?.ApproximateNumberOfMessages);
}

/** Takes the new messages out of their segments as one who dies just before it drops those. */
async function emptyUnreceived({ cloud, outputs }: Deployment, queueName: string): Promise<void> {
  const table = openDynamodbTable({
    tableName: textOf(outputs["TableName"]),
    endpoint: cloud.dynamodb.endpoint,
    region,
    credentials: { accessKeyId: "operator", secretAccessKey: "operator" },
    random: Math.random,
    newId: randomUUID,
  });
  try {
    const item = await table.get(queueKey(account, queueName));
    const entry = item && readQueueItem(item, account);
    if (entry?.kind !== "live") throw new Error(`expected a queue ${queueName}, found none`);
    for (const { partition: pk } of lanesOf(entry.queue)) {
      const { items } = await table.query({ pk, from: "", to: "~", limit: 10 });
      for (const { sk } of items) {
        const attribute = slotAttribute(0);
        const set = { [attribute]: writeSlot(gone) ?? "" };
        const when = [{ attribute, is: "absent" }] as const;
        await table.write({ kind: "patch", key: { pk, sk }, set, when });
      }
    }
  } finally {
    await table.close();
  }
}
