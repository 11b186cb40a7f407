import type { ActionName } from "#contract/operations.ts";
import type { WireInput } from "../support/wireCalls.ts";

/** Everything by which a queue, its messages and its tasks can be named. */
export interface Names {
  readonly account: string;
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly receiptHandle: string;
  readonly taskHandle: string;
}

/** The intruder's own queue, which may be named beside somebody else's; it is a dead-letter queue. */
export type Own = Pick<Names, "name" | "url" | "arn">;

/**
 * What an intruder may ask for with the names of something that is not its own, action by action. A
 * new action does not compile until it has its row here.
 */
export const attempts: {
  readonly [Action in ActionName]: (at: Names, own: Own) => readonly WireInput[];
} = {
  AddPermission: ({ url }) => [
    { QueueUrl: url, Label: "more", AWSAccountIds: ["444455556666"], Actions: ["*"] },
  ],
  CancelMessageMoveTask: ({ taskHandle }) => [{ TaskHandle: taskHandle }],
  ChangeMessageVisibility: (at, own) =>
    handlesOf(at, own).map((input) => ({ ...input, VisibilityTimeout: 0 })),
  ChangeMessageVisibilityBatch: (at, own) =>
    handlesOf(at, own).map(({ QueueUrl, ReceiptHandle }) => ({
      QueueUrl,
      Entries: [{ Id: "1", ReceiptHandle, VisibilityTimeout: 0 }],
    })),
  CreateQueue: ({ arn }) => [{ QueueName: "new", Attributes: { RedrivePolicy: redrive(arn) } }],
  DeleteMessage: handlesOf,
  DeleteMessageBatch: (at, own) =>
    handlesOf(at, own).map(({ QueueUrl, ReceiptHandle }) => ({
      QueueUrl,
      Entries: [{ Id: "1", ReceiptHandle }],
    })),
  DeleteQueue: ({ url }) => [{ QueueUrl: url }],
  GetQueueAttributes: ({ url }) => [{ QueueUrl: url, AttributeNames: ["All"] }],
  GetQueueUrl: ({ name, account }) => [
    { QueueName: name },
    { QueueName: name, QueueOwnerAWSAccountId: account },
  ],
  ListDeadLetterSourceQueues: ({ url }) => [{ QueueUrl: url }],
  ListMessageMoveTasks: ({ arn }) => [{ SourceArn: arn }],
  ListQueueTags: ({ url }) => [{ QueueUrl: url }],
  ListQueues: ({ name }) => [{ QueueNamePrefix: name }],
  PurgeQueue: ({ url }) => [{ QueueUrl: url }],
  ReceiveMessage: ({ url }) => [{ QueueUrl: url, MaxNumberOfMessages: 10 }],
  RemovePermission: ({ url }) => [{ QueueUrl: url, Label: "l" }],
  SendMessage: ({ url }) => [{ QueueUrl: url, MessageBody: "x" }],
  SendMessageBatch: ({ url }) => [{ QueueUrl: url, Entries: [{ Id: "1", MessageBody: "x" }] }],
  SetQueueAttributes: ({ url, arn }, own) => [
    { QueueUrl: url, Attributes: { DelaySeconds: "1" } },
    { QueueUrl: own.url, Attributes: { RedrivePolicy: redrive(arn) } },
  ],
  StartMessageMoveTask: ({ arn }, own) => [
    { SourceArn: arn },
    { SourceArn: arn, DestinationArn: own.arn },
    { SourceArn: own.arn, DestinationArn: arn },
  ],
  TagQueue: ({ url }) => [{ QueueUrl: url, Tags: { a: "b" } }],
  UntagQueue: ({ url }) => [{ QueueUrl: url, TagKeys: ["a"] }],
};

/** A receipt handle on the queue that it is of, and on one of the intruder's own. */
function handlesOf({ url, receiptHandle }: Names, own: Own) {
  return [
    { QueueUrl: url, ReceiptHandle: receiptHandle },
    { QueueUrl: own.url, ReceiptHandle: receiptHandle },
  ];
}

function redrive(arn: string): string {
  return JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 1 });
}
