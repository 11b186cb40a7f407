import { Duration } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { IScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import type { Declarations } from "./declarations.ts";
import { tenantMetric } from "./metrics.ts";
import type { Poller } from "./poller.ts";
import type { QueueApi } from "./queueApi.ts";
import type { ServedTable } from "./queueTable.ts";
import type { Sweeper } from "./sweeper.ts";

/** When people are called, and who. */
export interface AlarmOptions {
  /**
   * Who is written to. The address is asked once whether it wants that.
   *
   * @default - nobody: subscribe to the topic
   */
  readonly email?: string | undefined;

  /**
   * From which age on the oldest message of any queue is too old.
   *
   * @default Duration.minutes(15)
   */
  readonly oldestMessageAge?: Duration | undefined;

  /**
   * From how many requests at once on the account's concurrency is thought to be in danger.
   *
   * @default - four fifths of the reserved concurrency, or else 800, four fifths of what AWS gives
   */
  readonly concurrency?: number | undefined;
}

/** The parts of a tenant that are watched. */
export interface Watched {
  readonly tenantName: string;
  readonly api: QueueApi;
  readonly sweeper: Sweeper;
  readonly poller: Poller;
  readonly declarations: Declarations;
  readonly table: ServedTable;
  readonly schedules: IScheduleGroup;
}

interface TenantAlarmsProps extends AlarmOptions, Watched {}

/** What must not be, for how many of the last minutes. */
interface Threshold {
  readonly says: string;
  readonly metric: IMetric;
  readonly atLeast: number;
  readonly minutes: { readonly bad: number; readonly of: number };
}

/** Alarms for a person on call, and the topic through which they speak. They say when it is over, too. */
export class TenantAlarms extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: TenantAlarmsProps) {
    super(scope, id);
    const topic = new Topic(this, "Topic", { enforceSSL: true });
    if (props.email !== undefined) topic.addSubscription(new EmailSubscription(props.email));
    this.topic = topic;
    this.#queueAlarms(props);
    this.#functionAlarms(props);
    this.#concurrencyAlarm(props);
  }

  #queueAlarms({ tenantName, table, schedules, sweeper, ...props }: TenantAlarmsProps): void {
    const age = props.oldestMessageAge ?? Duration.minutes(15);
    this.#alarm("OldestMessage", {
      says: "A message has been waiting for longer than it should. Are the workers running?",
      metric: tenantMetric(tenantName, "ApproximateAgeOfOldestMessage"),
      atLeast: age.toSeconds(),
      minutes: { bad: 3, of: 3 },
    });
    this.#alarm("DeadLetters", {
      says: "Messages lie in dead-letter queues. Look at one, mend the cause, start a message move task.",
      metric: tenantMetric(tenantName, "DeadLetterMessages"),
      atLeast: 1,
      minutes: { bad: 1, of: 1 },
    });
    this.#alarm("TableThrottles", {
      says: "DynamoDB refuses requests. Calls are tried again and become slow.",
      metric: throttles(table),
      atLeast: 1,
      minutes: { bad: 3, of: 5 },
    });
    this.#alarm("Schedules", {
      says: "Schedules do not reach their functions.",
      metric: new MathExpression({
        expression: "FILL(errors, 0) + FILL(dropped, 0)",
        usingMetrics: {
          errors: ofSchedules(schedules, "TargetErrorCount"),
          dropped: ofSchedules(schedules, "InvocationDroppedCount"),
        },
        period: Duration.minutes(1),
      }),
      atLeast: 1,
      minutes: { bad: 3, of: 5 },
    });
    this.#alarm("SweepMissing", {
      says: "The sweep has not run. Nothing moves dead letters, and the other alarms are blind.",
      metric: new MathExpression({
        expression: "IF(FILL(runs, 0) < 1, 1, 0)",
        usingMetrics: { runs: sweeper.function.metricInvocations(eachMinute) },
        period: Duration.minutes(1),
      }),
      atLeast: 1,
      minutes: { bad: 5, of: 5 },
    });
  }

  #functionAlarms({ api, sweeper, poller, declarations }: TenantAlarmsProps): void {
    for (const [name, { function: watched, timeout }] of Object.entries({
      Api: api,
      Sweep: sweeper,
      Poll: poller,
      Resource: declarations,
    })) {
      this.#alarm(`${name}Errors`, {
        says: `The function ${name} failed. Its log says why.`,
        metric: watched.metricErrors(eachMinute),
        atLeast: 1,
        minutes: { bad: 2, of: 5 },
      });
      this.#alarm(`${name}Throttles`, {
        says: `The function ${name} was not started, for want of concurrency.`,
        metric: watched.metricThrottles(eachMinute),
        atLeast: 1,
        minutes: { bad: 2, of: 5 },
      });
      if (name === "Poll") continue;
      this.#alarm(`${name}Duration`, {
        says: `The function ${name} comes near its timeout.`,
        metric: watched.metricDuration({ ...eachMinute, statistic: Stats.MAXIMUM }),
        atLeast: timeout.toMilliseconds() * 0.9,
        minutes: { bad: 3, of: 5 },
      });
    }
    this.#alarm("ApiFaults", {
      says: "Callers are answered with 5xx.",
      metric: urlMetric(api.function, "Url5xxCount"),
      atLeast: 1,
      minutes: { bad: 3, of: 5 },
    });
  }

  #concurrencyAlarm({ api, concurrency }: TenantAlarmsProps): void {
    const { reservedConcurrency } = api;
    this.#alarm("Concurrency", {
      says: "Nearly all of the concurrency is taken. A long poll takes one for as long as it waits.",
      metric: api.function.metric("ConcurrentExecutions", {
        ...eachMinute,
        statistic: Stats.MAXIMUM,
      }),
      atLeast: concurrency ?? Math.ceil((reservedConcurrency ?? accountConcurrency) * 0.8),
      minutes: { bad: 3, of: 5 },
    });
  }

  #alarm(id: string, { says, metric, atLeast, minutes }: Threshold): Alarm {
    const alarm = new Alarm(this, id, {
      alarmDescription: says,
      metric,
      threshold: atLeast,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: minutes.bad,
      evaluationPeriods: minutes.of,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}

const eachMinute = { period: Duration.minutes(1) } as const;

/** What an account may run at once unless AWS raised it. New accounts have less. */
const accountConcurrency = 1000;

/** Reads and writes that DynamoDB refused. */
export function throttles({ tableName }: ServedTable): IMetric {
  const of = (metricName: string) =>
    new Metric({
      namespace: "AWS/DynamoDB",
      metricName,
      dimensionsMap: { TableName: tableName },
      statistic: Stats.SUM,
      ...eachMinute,
    });
  return new MathExpression({
    label: "throttled",
    expression: "FILL(reads, 0) + FILL(writes, 0)",
    usingMetrics: { reads: of("ReadThrottleEvents"), writes: of("WriteThrottleEvents") },
    ...eachMinute,
  });
}

/** What Lambda counts of a function's URL. */
export function urlMetric(of: LambdaFunction, name: "Url4xxCount" | "Url5xxCount"): Metric {
  return of.metric(name, { ...eachMinute, statistic: Stats.SUM });
}

function ofSchedules({ scheduleGroupName }: IScheduleGroup, metricName: string): Metric {
  return new Metric({
    namespace: "AWS/Scheduler",
    metricName,
    dimensionsMap: { ScheduleGroup: scheduleGroupName },
    statistic: Stats.SUM,
    ...eachMinute,
  });
}
