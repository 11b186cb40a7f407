import { randomUUID } from "node:crypto";
import type { Deployed } from "./resolve.ts";
import { type Fields, textOf } from "./template.ts";

/** A resource that is about to be deployed, its properties resolved. */
export interface Planned {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Fields;
  readonly stackName: string;
  readonly region: string;
  readonly account: string;
}

/**
 * The resources that a rehearsal only gives names, because no function can tell whether they are
 * there: people, alarms and IAM see them. What IAM's policies say is read all the same.
 */
const named: Readonly<Record<string, (planned: Planned, name: string) => Deployed>> = {
  "AWS::ApplicationAutoScaling::ScalableTarget": (_, name) => byName(name),
  "AWS::ApplicationAutoScaling::ScalingPolicy": (_, name) => byName(name),
  "AWS::CDK::Metadata": (_, name) => byName(name),
  "AWS::CloudWatch::Alarm": (planned, name) =>
    withArn(name, arnOf(planned, "cloudwatch", `alarm:${name}`)),
  "AWS::CloudWatch::CompositeAlarm": (planned, name) =>
    withArn(name, arnOf(planned, "cloudwatch", `alarm:${name}`)),
  "AWS::CloudWatch::Dashboard": (_, name) => byName(name),
  "AWS::IAM::ManagedPolicy": (planned, name) => {
    const arn = `arn:aws:iam::${planned.account}:policy/${name}`;
    return { ref: arn, attributes: { PolicyArn: arn } };
  },
  "AWS::IAM::Policy": (_, name) => byName(name),
  "AWS::IAM::Role": (planned, name) => ({
    ref: name,
    attributes: { Arn: `arn:aws:iam::${planned.account}:role/${name}`, RoleId: "AROAREHEARSAL" },
  }),
  "AWS::KMS::Alias": (_, name) => byName(name),
  "AWS::Lambda::EventInvokeConfig": (_, name) => byName(name),
  "AWS::Logs::LogGroup": (planned, name) =>
    withArn(name, `${arnOf(planned, "logs", `log-group:${name}`)}:*`),
  "AWS::Logs::MetricFilter": (_, name) => byName(name),
  "AWS::S3::BucketPolicy": (_, name) => byName(name),
  "AWS::SNS::Subscription": (_, name) => byName(name),
  "AWS::SNS::Topic": (planned, name) => {
    const arn = arnOf(planned, "sns", name);
    return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
  },
  "AWS::SNS::TopicPolicy": (_, name) => byName(name),
  "AWS::Scheduler::ScheduleGroup": (planned, name) =>
    withArn(name, arnOf(planned, "scheduler", `schedule-group/${name}`)),
};

/** What a resource is that needs no more than a name; `undefined` for all others. */
export function namedOnly(planned: Planned): Deployed | undefined {
  return named[planned.type]?.(planned, nameOf(planned));
}

/** The name of a resource: the one in its properties, or one as CloudFormation makes them. */
export function nameOf({ logicalId, properties, stackName }: Planned): string {
  const given = Object.entries(properties).find(
    ([property, value]) => nameProperties.has(property) && typeof value === "string",
  );
  return given === undefined
    ? `${stackName}-${logicalId}-${randomUUID().slice(0, 8)}`
    : textOf(given[1]);
}

const nameProperties = new Set([
  "AlarmName",
  "BucketName",
  "DashboardName",
  "FunctionName",
  "LogGroupName",
  "Name",
  "RoleName",
  "TableName",
  "TopicName",
]);

/** An ARN of this account and region. */
export function arnOf(
  { region, account }: Pick<Planned, "region" | "account">,
  service: string,
  resource: string,
): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}

function byName(name: string): Deployed {
  return { ref: name, attributes: {} };
}

function withArn(name: string, arn: string): Deployed {
  return { ref: name, attributes: { Arn: arn } };
}
