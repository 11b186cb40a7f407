import { randomBytes } from "node:crypto";
import type { Message, SQS } from "@aws-sdk/client-sqs";
import { account, region } from "./cloud.ts";
import type { Rehearsed } from "./workedQueues.ts";

/** Text of so many bytes that hardly gets smaller. */
const randomText = (bytes: number): string => randomBytes(bytes).toString("base64").slice(0, bytes);

const arnOf = (name: string): string => `arn:aws:sqs:${region}:${account}:${name}`;

/**
 * Does to queues what makes the service call every action of AWS that it may: small and large messages,
 * batches that lie in one item and in many, lost contents, dead letters, move tasks, FIFO groups, and the
 * end of all.
 */
export async function tourOfQueues({ client, clock, tenant }: Rehearsed): Promise<void> {
  const name = "tour";
  const { QueueUrl: dead } = await client.createQueue({ QueueName: `${name}-dead` });
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: arnOf(`${name}-dead`),
    maxReceiveCount: 1,
  });
  const { QueueUrl } = await client.createQueue({ QueueName: name, Attributes: { RedrivePolicy } });
  const receive = async (QueueUrl?: string, seconds = 30): Promise<Message[]> => {
    const options = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: seconds };
    const { Messages = [] } = await client.receiveMessage(options);
    return Messages;
  };
  const entries = (messages: readonly Message[]) =>
    messages.map(({ ReceiptHandle }, place) => ({ Id: `${place}`, ReceiptHandle }));

  const bodies = [20, 3000, 3000, 6000, 20_000, 20_000].map(randomText);
  await client.sendMessageBatch({
    QueueUrl,
    Entries: bodies.map((MessageBody, place) => ({
      Id: `${place}`,
      MessageBody,
      DelaySeconds: place % 3,
    })),
  });
  for (const MessageBody of bodies) await client.sendMessage({ QueueUrl, MessageBody });
  clock.advance(5000);
  const some = await receive(QueueUrl);
  await client.changeMessageVisibilityBatch({
    QueueUrl,
    Entries: entries(some).map((entry) => ({ ...entry, VisibilityTimeout: 40 })),
  });
  await client.deleteMessageBatch({ QueueUrl, Entries: entries(some.slice(0, 8)) });
  clock.advance(60_000);
  // The second receive is one too many: what is left goes to the dead-letter queue, and comes back.
  for (let receives = 0; receives < 4; receives += 1) {
    await receive(QueueUrl, 0);
    clock.advance(1000);
  }
  await client.startMessageMoveTask({ SourceArn: arnOf(`${name}-dead`) });
  for (let asks = 0; asks < 20; asks += 1) {
    await client.listMessageMoveTasks({ SourceArn: arnOf(`${name}-dead`) });
  }
  clock.advance(60_000);
  await client.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] });
  for (const bytes of [600_000, 1_000_000]) {
    await client.sendMessage({ QueueUrl, MessageBody: randomText(bytes) });
    await client.deleteMessageBatch({ QueueUrl, Entries: entries(await receive(QueueUrl)) });
  }
  await client.sendMessage({ QueueUrl, MessageBody: randomText(1_000_000) });
  await tenant.deployment.cloud.s3.loseAll();
  await receive(QueueUrl);
  await client.tagQueue({ QueueUrl, Tags: { a: "b" } });
  await client.listQueues({});
  await tourOfGroups(client, receive, entries);
  await client.purgeQueue({ QueueUrl });
  for (const url of [QueueUrl, dead]) await client.deleteQueue({ QueueUrl: url });
}

async function tourOfGroups(
  client: SQS,
  receive: (QueueUrl?: string) => Promise<Message[]>,
  entries: (messages: readonly Message[]) => { Id: string; ReceiptHandle: string | undefined }[],
): Promise<void> {
  const { QueueUrl } = await client.createQueue({
    QueueName: "tour.fifo",
    Attributes: { FifoQueue: "true", ContentBasedDeduplication: "true" },
  });
  for (let rounds = 0; rounds < 3; rounds += 1) {
    await client.sendMessageBatch({
      QueueUrl,
      Entries: Array.from({ length: 10 }, (_, place) => ({
        Id: `${place}`,
        MessageBody: randomText(place * 400 + 10),
        MessageGroupId: `${place % 4}`,
      })),
    });
  }
  for (let rounds = 0; rounds < 4; rounds += 1) {
    const some = await receive(QueueUrl);
    const Entries = entries(some);
    if (Entries.length > 0) await client.deleteMessageBatch({ QueueUrl, Entries });
  }
  await client.deleteQueue({ QueueUrl });
}
