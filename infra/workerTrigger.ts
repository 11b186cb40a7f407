import { Duration, Names } from "aws-cdk-lib";
import { Policy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { waitTimeSeconds, within } from "#contract/limits.ts";
import { MinuteSchedule } from "./minuteSchedule.ts";
import type { Queue } from "./queue.ts";
import { brokenRules, type Rule } from "./rules.ts";
import type { Tenant } from "./tenant.ts";

export interface WorkerTriggerProps {
  /** Whose queue it is. */
  readonly tenant: Tenant;

  /** The queue, or the name of one that exists. */
  readonly queue: Queue | string;

  /** The function that is invoked with messages, in the form of Lambda's own SQS events. */
  readonly worker: IFunction;

  /**
   * How many messages an invocation gets at most: 1 to 10000, and to 10 of a FIFO queue.
   *
   * @default 10
   */
  readonly batchSize?: number | undefined;

  /**
   * For how long messages are gathered until a batch is full: up to 5 minutes, and not of a FIFO queue.
   *
   * @default Duration.seconds(0)
   */
  readonly maxBatchingWindow?: Duration | undefined;

  /**
   * How many invocations the trigger has at once at most: 1 to 1000. Of runs that overlap, one at a time
   * takes messages. What a worker's own reserved concurrency refuses counts as no receive.
   *
   * @default 5
   */
  readonly maxConcurrency?: number | undefined;

  /**
   * Whether the worker answers which messages failed, as `batchItemFailures`. Otherwise a batch fails
   * or succeeds as a whole.
   *
   * @default false
   */
  readonly reportBatchItemFailures?: boolean | undefined;

  /**
   * For how long a run that finds the queue empty waits for messages before it ends: up to 20 seconds.
   * A message that comes while none waits is seen within a minute. Waiting is paid for.
   *
   * @default Duration.seconds(0)
   */
  readonly waitTime?: Duration | undefined;

  /** @default true */
  readonly enabled?: boolean | undefined;
}

const rules: readonly Rule<{
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly maxConcurrency: number;
  readonly waitSeconds: number;
  readonly isFifo: boolean;
}>[] = [
  {
    broken: ({ batchSize, isFifo }) => !within({ min: 1, max: isFifo ? 10 : 10_000 }, batchSize),
    says: ({ batchSize, isFifo }) =>
      `batchSize: expected 1 to ${isFifo ? "10, of a FIFO queue" : "10000"}, got ${batchSize}`,
  },
  {
    broken: ({ windowSeconds }) => !within({ min: 0, max: 300 }, windowSeconds),
    says: ({ windowSeconds }) =>
      `maxBatchingWindow: expected 0 to 300 seconds, got ${windowSeconds}`,
  },
  {
    broken: ({ windowSeconds, isFifo }) => isFifo && windowSeconds > 0,
    says: () => "maxBatchingWindow: expected none for a FIFO queue",
  },
  {
    broken: ({ maxConcurrency }) => !within({ min: 1, max: 1000 }, maxConcurrency),
    says: ({ maxConcurrency }) => `maxConcurrency: expected 1 to 1000, got ${maxConcurrency}`,
  },
  {
    broken: ({ waitSeconds }) => !within(waitTimeSeconds, waitSeconds),
    says: ({ waitSeconds }) =>
      `waitTime: expected 0 to ${waitTimeSeconds.max} seconds, got ${waitSeconds}`,
  },
];

/**
 * Invokes a worker with the messages of a queue. A schedule asks each minute; a run goes on until the
 * queue is empty. The worker needs no access key: it is handed the messages, and the poller deletes
 * those that succeeded.
 */
export class WorkerTrigger extends Construct {
  constructor(scope: Construct, id: string, props: WorkerTriggerProps) {
    super(scope, id);
    const { tenant, queue, worker } = props;
    const { batchSize = 10, maxConcurrency = 5, reportBatchItemFailures = false } = props;
    const windowSeconds = (props.maxBatchingWindow ?? Duration.seconds(0)).toSeconds();
    const waitSeconds = (props.waitTime ?? Duration.seconds(0)).toSeconds();
    const queueName = typeof queue === "string" ? queue : queue.queueName;
    const isFifo = queueName.endsWith(".fifo");
    const given = { batchSize, windowSeconds, maxConcurrency, waitSeconds, isFifo };
    const broken = brokenRules(rules, given);
    if (broken.length > 0) throw new Error(broken.map((rule) => `${id}: ${rule}`).join("\n"));

    const mayInvoke = new Policy(this, "InvokeWorker", {
      statements: [
        new PolicyStatement({ actions: [...workerActions], resources: [worker.functionArn] }),
      ],
      roles: [tenant.poller.role],
    });
    const schedule = new MinuteSchedule(this, "EachMinute", {
      description: `Triggers a worker with the queue ${queueName}`,
      group: tenant.poller.schedules,
      role: tenant.poller.scheduleRole,
      target: tenant.poller.function,
      input: {
        trigger: {
          name: Names.uniqueResourceName(this, { maxLength: 64, separator: "-" }),
          queue: queueName,
          worker: worker.functionArn,
          batchSize,
          batchWindowSeconds: windowSeconds,
          concurrencyMax: maxConcurrency,
          reportsBatchItemFailures: reportBatchItemFailures,
          waitSeconds,
        },
      },
      isEnabled: props.enabled ?? true,
    });
    schedule.node.addDependency(mayInvoke);
    if (typeof queue !== "string") schedule.node.addDependency(queue);
  }
}

/** What the poller calls on a worker. */
export const workerActions = ["lambda:InvokeFunction"] as const;
