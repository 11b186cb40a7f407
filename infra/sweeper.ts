import { Duration } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { IScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { Construct } from "constructs";
import { MinuteSchedule, ScheduleRole } from "./minuteSchedule.ts";
import { sweepAccess } from "./tableAccess.ts";
import { type FunctionSettings, TenantFunction } from "./tenantFunction.ts";

export interface SweeperProps extends FunctionSettings {
  /** Where its schedule is. */
  readonly schedules: IScheduleGroup;
}

const timeout = Duration.minutes(1);

/** The function that does each minute what no request does: dead letters, move tasks, metrics. */
export class Sweeper extends Construct {
  readonly function: LambdaFunction;
  readonly timeout = timeout;

  constructor(scope: Construct, id: string, { schedules, ...props }: SweeperProps) {
    super(scope, id);
    const sweep = new TenantFunction(this, "Sweep", {
      ...props,
      name: "sweep",
      access: sweepAccess,
      description: `Does the scheduled work of the tenant ${props.tenantName}`,
      memorySize: 512,
      timeout,
    });
    this.function = sweep.function;
    // The next minute does what this one could not.
    this.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    new MinuteSchedule(this, "EachMinute", {
      description: `Sweeps the queues of the tenant ${props.tenantName}`,
      group: schedules,
      role: new ScheduleRole(this, "ScheduleRole", { group: schedules, target: this.function }),
      target: this.function,
    });
  }
}
