import type { Recorder } from "./access/recorder.ts";
import type { LambdaService } from "./lambdaService.ts";
import type { Invoked } from "./runtime/functionPool.ts";
import { fieldsOf, textOf } from "./template/template.ts";

/** A schedule of EventBridge, as a template describes it. */
export interface Schedule {
  readonly logicalId: string;
  readonly everyMs: number;
  readonly isEnabled: boolean;
  readonly functionArn: string;
  readonly roleArn: string;
  /** What the function is given; EventBridge has an event of its own where nothing is said. */
  readonly input: unknown;
  readonly retries: number;
}

/** Reads the resolved properties of an `AWS::Scheduler::Schedule`. */
export function scheduleOf(logicalId: string, properties: unknown): Schedule {
  const { ScheduleExpression, State, Target } = fieldsOf(properties, logicalId);
  const { Arn, RoleArn, Input, RetryPolicy } = fieldsOf(Target, "a target");
  const retries = RetryPolicy === undefined ? 185 : fieldsOf(RetryPolicy)["MaximumRetryAttempts"];
  return {
    logicalId,
    everyMs: intervalMsOf(textOf(ScheduleExpression)),
    isEnabled: State !== "DISABLED",
    functionArn: textOf(Arn),
    roleArn: textOf(RoleArn),
    input: Input === undefined ? {} : JSON.parse(textOf(Input)),
    retries: Number(retries ?? 185),
  };
}

const unitsMs: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

function intervalMsOf(expression: string): number {
  const [, count, unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const unitMs = unitsMs[unit];
  if (unitMs === undefined) throw new Error(`expected a rate, got ${expression}`);
  return Number(count) * unitMs;
}

/** Fires schedules, with the roles that their template gives them. */
export class Schedules {
  readonly all: Schedule[] = [];
  readonly #lambda: LambdaService;
  readonly #recorder: Recorder;

  constructor(lambda: LambdaService, recorder: Recorder) {
    this.#lambda = lambda;
    this.#recorder = recorder;
  }

  /** Fires one, now. */
  async fire({ functionArn, roleArn, input }: Schedule): Promise<Invoked> {
    this.#recorder.note(roleArn, "LAMBDA", {
      action: "lambda:InvokeFunction",
      resource: functionArn,
    });
    return await this.#lambda.invokeLater(functionArn, input, 0);
  }

  /** Fires every one that is due when so much time goes by, in order; answers how many. */
  async pass(fromMs: number, untilMs: number): Promise<number> {
    const due = this.all
      .filter(({ isEnabled }) => isEnabled)
      .flatMap((schedule) => timesOf(schedule, fromMs, untilMs).map((atMs) => ({ schedule, atMs })))
      .sort((one, other) => one.atMs - other.atMs);
    for (const { schedule } of due) await this.fire(schedule);
    return due.length;
  }
}

function timesOf({ everyMs }: Schedule, fromMs: number, untilMs: number): readonly number[] {
  const times: number[] = [];
  const first = (Math.floor(fromMs / everyMs) + 1) * everyMs;
  for (let atMs = first; atMs <= untilMs; atMs += everyMs) times.push(atMs);
  return times;
}
