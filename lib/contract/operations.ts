import { blob, boolean, integer, list, map, type Of, string, structure } from "./shape.ts";

const nothing = structure({});

const attributes = map(string);
const tags = map(string);

/** A user attribute, or a system attribute on send. */
export const messageAttributeValue = structure({
  StringValue: string,
  BinaryValue: blob,
  StringListValues: list(string),
  BinaryListValues: list(blob),
  DataType: string,
});
export type MessageAttributeValue = Of<typeof messageAttributeValue>;

const messageAttributes = map(messageAttributeValue);

const failedEntry = structure({
  Id: string,
  SenderFault: boolean,
  Code: string,
  Message: string,
});
const idOnlyResult = structure({
  Successful: list(structure({ Id: string })),
  Failed: list(failedEntry),
});

/** The members that SendMessage and an entry of SendMessageBatch share. */
const outgoingMessage = {
  MessageBody: string,
  DelaySeconds: integer,
  MessageAttributes: messageAttributes,
  MessageSystemAttributes: messageAttributes,
  MessageDeduplicationId: string,
  MessageGroupId: string,
} as const;

const sentMessage = {
  MD5OfMessageBody: string,
  MD5OfMessageAttributes: string,
  MD5OfMessageSystemAttributes: string,
  MessageId: string,
  SequenceNumber: string,
} as const;

/**
 * The input and output of each action that Millrace serves, in SQS's own member names, the two
 * irregular ones (`tags` of CreateQueue, `queueUrls` of ListDeadLetterSourceQueues) included.
 * Source: the service model, spec section 11.
 */
export const operations = {
  AddPermission: {
    input: structure({
      QueueUrl: string,
      Label: string,
      AWSAccountIds: list(string),
      Actions: list(string),
    }),
    output: nothing,
  },
  CancelMessageMoveTask: {
    input: structure({ TaskHandle: string }),
    output: structure({ ApproximateNumberOfMessagesMoved: integer }),
  },
  ChangeMessageVisibility: {
    input: structure({ QueueUrl: string, ReceiptHandle: string, VisibilityTimeout: integer }),
    output: nothing,
  },
  ChangeMessageVisibilityBatch: {
    input: structure({
      QueueUrl: string,
      Entries: list(structure({ Id: string, ReceiptHandle: string, VisibilityTimeout: integer })),
    }),
    output: idOnlyResult,
  },
  CreateQueue: {
    input: structure({ QueueName: string, Attributes: attributes, tags }),
    output: structure({ QueueUrl: string }),
  },
  DeleteMessage: {
    input: structure({ QueueUrl: string, ReceiptHandle: string }),
    output: nothing,
  },
  DeleteMessageBatch: {
    input: structure({
      QueueUrl: string,
      Entries: list(structure({ Id: string, ReceiptHandle: string })),
    }),
    output: idOnlyResult,
  },
  DeleteQueue: { input: structure({ QueueUrl: string }), output: nothing },
  GetQueueAttributes: {
    input: structure({ QueueUrl: string, AttributeNames: list(string) }),
    output: structure({ Attributes: attributes }),
  },
  GetQueueUrl: {
    input: structure({ QueueName: string, QueueOwnerAWSAccountId: string }),
    output: structure({ QueueUrl: string }),
  },
  ListDeadLetterSourceQueues: {
    input: structure({ QueueUrl: string, NextToken: string, MaxResults: integer }),
    output: structure({ queueUrls: list(string), NextToken: string }),
  },
  ListMessageMoveTasks: {
    input: structure({ SourceArn: string, MaxResults: integer }),
    output: structure({
      Results: list(
        structure({
          TaskHandle: string,
          Status: string,
          SourceArn: string,
          DestinationArn: string,
          MaxNumberOfMessagesPerSecond: integer,
          ApproximateNumberOfMessagesMoved: integer,
          ApproximateNumberOfMessagesToMove: integer,
          FailureReason: string,
          StartedTimestamp: integer,
        }),
      ),
    }),
  },
  ListQueueTags: {
    input: structure({ QueueUrl: string }),
    output: structure({ Tags: tags }),
  },
  ListQueues: {
    input: structure({ QueueNamePrefix: string, NextToken: string, MaxResults: integer }),
    output: structure({ QueueUrls: list(string), NextToken: string }),
  },
  PurgeQueue: { input: structure({ QueueUrl: string }), output: nothing },
  ReceiveMessage: {
    input: structure({
      QueueUrl: string,
      AttributeNames: list(string),
      MessageSystemAttributeNames: list(string),
      MessageAttributeNames: list(string),
      MaxNumberOfMessages: integer,
      VisibilityTimeout: integer,
      WaitTimeSeconds: integer,
      ReceiveRequestAttemptId: string,
    }),
    output: structure({
      Messages: list(
        structure({
          MessageId: string,
          ReceiptHandle: string,
          MD5OfBody: string,
          Body: string,
          Attributes: attributes,
          MD5OfMessageAttributes: string,
          MessageAttributes: messageAttributes,
        }),
      ),
    }),
  },
  RemovePermission: { input: structure({ QueueUrl: string, Label: string }), output: nothing },
  SendMessage: {
    input: structure({ QueueUrl: string, ...outgoingMessage }),
    output: structure(sentMessage),
  },
  SendMessageBatch: {
    input: structure({
      QueueUrl: string,
      Entries: list(structure({ Id: string, ...outgoingMessage })),
    }),
    output: structure({
      Successful: list(structure({ Id: string, ...sentMessage })),
      Failed: list(failedEntry),
    }),
  },
  SetQueueAttributes: {
    input: structure({ QueueUrl: string, Attributes: attributes }),
    output: nothing,
  },
  StartMessageMoveTask: {
    input: structure({
      SourceArn: string,
      DestinationArn: string,
      MaxNumberOfMessagesPerSecond: integer,
    }),
    output: structure({ TaskHandle: string }),
  },
  TagQueue: { input: structure({ QueueUrl: string, Tags: tags }), output: nothing },
  UntagQueue: { input: structure({ QueueUrl: string, TagKeys: list(string) }), output: nothing },
} as const;

export type ActionName = keyof typeof operations;
export type Input<Action extends ActionName> = Of<(typeof operations)[Action]["input"]>;
export type Output<Action extends ActionName> = Of<(typeof operations)[Action]["output"]>;

/** Whether a name is that of an action which is served. */
export function isActionName(name: string): name is ActionName {
  return Object.hasOwn(operations, name);
}
