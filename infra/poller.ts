import { Duration } from "aws-cdk-lib";
import type { IRole } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { IScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { Construct } from "constructs";
import { ScheduleRole } from "./minuteSchedule.ts";
import { pollAccess } from "./tableAccess.ts";
import { type FunctionSettings, TenantFunction } from "./tenantFunction.ts";

export interface PollerProps extends FunctionSettings {
  /** Where the schedules of the triggers are. */
  readonly schedules: IScheduleGroup;
}

const timeout = Duration.minutes(15);

/** The function that receives for triggers and invokes their workers. Each trigger has a schedule. */
export class Poller extends Construct {
  readonly function: LambdaFunction;
  /** Each trigger adds the right to invoke its worker. */
  readonly role: IRole;
  readonly schedules: IScheduleGroup;
  readonly scheduleRole: ScheduleRole;
  readonly timeout = timeout;

  constructor(scope: Construct, id: string, { schedules, ...props }: PollerProps) {
    super(scope, id);
    const poll = new TenantFunction(this, "Poll", {
      ...props,
      name: "poll",
      access: pollAccess,
      description: `Triggers the workers of the tenant ${props.tenantName}`,
      memorySize: 512,
      timeout,
    });
    this.function = poll.function;
    this.role = poll.role;
    this.schedules = schedules;
    // The next minute does what this one could not.
    this.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    this.scheduleRole = new ScheduleRole(this, "ScheduleRole", {
      group: schedules,
      target: this.function,
    });
  }
}
