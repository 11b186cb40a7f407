import { Stack } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { CfnSchedule, type IScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { Construct } from "constructs";

/** What may fire schedules: it invokes one function, and that alone. */
export class ScheduleRole extends Construct {
  readonly roleArn: string;

  constructor(
    scope: Construct,
    id: string,
    { group, target }: { readonly group: IScheduleGroup; readonly target: LambdaFunction },
  ) {
    super(scope, id);
    const role = new Role(this, "Role", {
      // Only the tenant's own schedules may use the role.
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: {
          StringEquals: {
            "aws:SourceAccount": Stack.of(this).account,
            "aws:SourceArn": group.scheduleGroupArn,
          },
        },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [target.functionArn] }),
    );
    this.roleArn = role.roleArn;
  }
}

interface MinuteScheduleProps {
  readonly description: string;
  readonly group: IScheduleGroup;
  readonly role: ScheduleRole;
  readonly target: LambdaFunction;
  /** What the function is given, if it is to be told something. */
  readonly input?: unknown;
  readonly isEnabled?: boolean;
}

/**
 * Invokes a function each minute. A minute that fails is not made up for and goes to no dead-letter
 * queue: the next one does the same work. That they fail is what alarms are for.
 */
export class MinuteSchedule extends Construct {
  constructor(scope: Construct, id: string, props: MinuteScheduleProps) {
    super(scope, id);
    const { input, isEnabled = true } = props;
    new CfnSchedule(this, "Schedule", {
      description: props.description,
      groupName: props.group.scheduleGroupName,
      scheduleExpression: "rate(1 minute)",
      flexibleTimeWindow: { mode: "OFF" },
      state: isEnabled ? "ENABLED" : "DISABLED",
      target: {
        arn: props.target.functionArn,
        roleArn: props.role.roleArn,
        retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 },
        ...(input !== undefined && { input: Stack.of(this).toJsonString(input) }),
      },
    });
  }
}
