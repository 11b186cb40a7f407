import { type Duration, Token } from "aws-cdk-lib";
import {
  delaySeconds,
  maximumMessageBytes,
  maxReceiveCount,
  type Range,
  retentionSeconds,
  sourceQueueArnsMax,
  visibilityTimeoutSeconds,
  waitTimeSeconds,
  within,
} from "#contract/limits.ts";
import { isQueueName } from "#contract/names.ts";
import { brokenRules, type Rule } from "./rules.ts";

/** What a queue may be told of itself, by the names that `aws-cdk-lib/aws-sqs` gives it. */
export interface QueueAttributeProps {
  /**
   * Whether order is kept within a message group.
   *
   * @default - true if the queue's name ends with `.fifo`
   */
  readonly fifo?: boolean | undefined;

  /**
   * Whether the deduplication id is a digest of the body where none is given. FIFO queues only.
   *
   * @default false
   */
  readonly contentBasedDeduplication?: boolean | undefined;

  /**
   * Whether a deduplication id counts in the whole queue or in its message group. FIFO queues only.
   *
   * @default "queue"
   */
  readonly deduplicationScope?: "queue" | "messageGroup" | undefined;

  /**
   * What the limit of throughput is for, as SQS says it. FIFO queues only.
   *
   * @default "perQueue"
   */
  readonly fifoThroughputLimit?: "perQueue" | "perMessageGroupId" | undefined;

  /**
   * For how long a message is hidden after it was sent: up to 15 minutes.
   *
   * @default Duration.seconds(0)
   */
  readonly deliveryDelay?: Duration | undefined;

  /**
   * The largest message: 1024 to 1048576 bytes.
   *
   * @default 1048576
   */
  readonly maxMessageSizeBytes?: number | undefined;

  /**
   * For how long a receive waits that does not say: up to 20 seconds.
   *
   * @default Duration.seconds(0)
   */
  readonly receiveMessageWaitTime?: Duration | undefined;

  /**
   * For how long a message is kept: 1 minute to 14 days.
   *
   * @default Duration.days(4)
   */
  readonly retentionPeriod?: Duration | undefined;

  /**
   * For how long a received message is hidden: up to 12 hours. Longer than the work on it takes.
   *
   * @default Duration.seconds(30)
   */
  readonly visibilityTimeout?: Duration | undefined;

  /**
   * Which queues may use this one as their dead-letter queue.
   *
   * @default - all of the tenant
   */
  readonly redriveAllowPolicy?: RedriveAllowPolicy | undefined;
}

/** Which queues may use a queue as their dead-letter queue. */
export type RedriveAllowPolicy =
  | { readonly redrivePermission: "allowAll" | "denyAll" }
  /** At most 10, by ARN. A queue that names this one as its dead-letter queue cannot be named here. */
  | { readonly redrivePermission: "byQueue"; readonly sourceQueueArns: readonly string[] };

interface Declared extends QueueAttributeProps {
  readonly queueName: string;
  readonly fifo: boolean;
  readonly deadLetters: { readonly fifo: boolean; readonly maxReceiveCount: number } | undefined;
}

const rules: readonly Rule<Declared>[] = [
  {
    broken: ({ queueName, fifo }) =>
      !Token.isUnresolved(queueName) &&
      (!isQueueName(queueName) || queueName.endsWith(".fifo") !== fifo),
    says: ({ queueName, fifo }) =>
      `queueName: expected letters, digits, - and _, at most 80${fifo ? ", with .fifo at the end" : ""}, got ${queueName}`,
  },
  lasting("deliveryDelay", delaySeconds),
  lasting("receiveMessageWaitTime", waitTimeSeconds),
  lasting("retentionPeriod", retentionSeconds),
  lasting("visibilityTimeout", visibilityTimeoutSeconds),
  {
    broken: ({ maxMessageSizeBytes: bytes }) =>
      bytes !== undefined && !within(maximumMessageBytes, bytes),
    says: ({ maxMessageSizeBytes: bytes }) =>
      `maxMessageSizeBytes: expected ${said(maximumMessageBytes)}, got ${bytes}`,
  },
  {
    broken: ({ deadLetters }) =>
      deadLetters !== undefined && !within(maxReceiveCount, deadLetters.maxReceiveCount),
    says: ({ deadLetters }) =>
      `deadLetterQueue.maxReceiveCount: expected ${said(maxReceiveCount)}, got ${deadLetters?.maxReceiveCount}`,
  },
  {
    broken: ({ fifo, deadLetters }) => deadLetters !== undefined && deadLetters.fifo !== fifo,
    says: ({ fifo }) => `deadLetterQueue.queue: expected ${fifo ? "a FIFO" : "a standard"} queue`,
  },
  forFifo("contentBasedDeduplication"),
  forFifo("deduplicationScope"),
  forFifo("fifoThroughputLimit"),
  {
    broken: ({ redriveAllowPolicy: policy }) =>
      policy?.redrivePermission === "byQueue" &&
      !within({ min: 1, max: sourceQueueArnsMax }, policy.sourceQueueArns.length),
    says: () => `redriveAllowPolicy.sourceQueueArns: expected 1 to ${sourceQueueArnsMax} queues`,
  },
];

/** SQS's attributes of a queue but those that name other queues. Throws one error with every broken rule, each after `path`. */
export function attributesOf(path: string, declared: Declared): Readonly<Record<string, string>> {
  const broken = brokenRules(rules, declared);
  if (broken.length > 0) throw new Error(broken.map((rule) => `${path}: ${rule}`).join("\n"));
  const { fifo, contentBasedDeduplication } = declared;
  const attributes: Readonly<Record<string, string | undefined>> = {
    FifoQueue: fifo ? "true" : undefined,
    ContentBasedDeduplication: contentBasedDeduplication?.toString(),
    DeduplicationScope: declared.deduplicationScope,
    FifoThroughputLimit: declared.fifoThroughputLimit,
    DelaySeconds: seconds(declared.deliveryDelay),
    MaximumMessageSize: declared.maxMessageSizeBytes?.toString(),
    ReceiveMessageWaitTimeSeconds: seconds(declared.receiveMessageWaitTime),
    MessageRetentionPeriod: seconds(declared.retentionPeriod),
    VisibilityTimeout: seconds(declared.visibilityTimeout),
  };
  const given = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(given);
}

function lasting(
  name: "deliveryDelay" | "receiveMessageWaitTime" | "retentionPeriod" | "visibilityTimeout",
  range: Range,
): Rule<Declared> {
  return {
    broken: ({ [name]: given }) => given !== undefined && !within(range, given.toSeconds()),
    says: ({ [name]: given }) => `${name}: expected ${said(range)} seconds, got ${seconds(given)}`,
  };
}

function forFifo(
  name: "contentBasedDeduplication" | "deduplicationScope" | "fifoThroughputLimit",
): Rule<Declared> {
  return {
    broken: ({ [name]: given, fifo }) => given !== undefined && !fifo,
    says: ({ [name]: given }) => `${name}: expected none for a standard queue, got ${given}`,
  };
}

function said({ min, max }: Range): string {
  return `${min} to ${max}`;
}

function seconds(duration: Duration | undefined): string | undefined {
  return duration?.toSeconds().toString();
}
