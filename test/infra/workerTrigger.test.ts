import { App, Duration, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { describe, expect, it } from "vitest";
import { Queue } from "../../infra/queue.ts";
import {
  WorkerTrigger,
  type WorkerTriggerProps,
  workerActions,
} from "../../infra/workerTrigger.ts";
import { aTenant } from "./aTenant.ts";

const workerArn = "arn:aws:lambda:eu-central-1:111122223333:function:ship-orders";

function triggerIn(
  stack: Stack,
  props: Pick<WorkerTriggerProps, "tenant"> & Partial<WorkerTriggerProps>,
): WorkerTrigger {
  return new WorkerTrigger(stack, "ShipOrders", {
    queue: "orders",
    worker: LambdaFunction.fromFunctionArn(stack, "Worker", workerArn),
    ...props,
  });
}

function aTrigger(props: Partial<WorkerTriggerProps> = {}): Template {
  const app = new App();
  const stack = new Stack(app, "Workers", { env: { region: "eu-central-1" } });
  triggerIn(stack, { tenant: aTenant({}, app), ...props });
  return Template.fromStack(stack);
}

/** What the schedule of a trigger hands to the poller. */
function inputOf(template: Template): unknown {
  const [schedule] = Object.values(template.findResources("AWS::Scheduler::Schedule"));
  return JSON.parse(schedule?.["Properties"].Target.Input);
}

describe("WorkerTrigger", () => {
  it("is a schedule that tells the tenant's poller each minute what there is to do", () => {
    const template = aTrigger();

    template.hasResourceProperties("AWS::Scheduler::Schedule", {
      ScheduleExpression: "rate(1 minute)",
      State: "ENABLED",
      Target: {
        Arn: { "Fn::ImportValue": Match.stringLikeRegexp("PollerPollFunction.*Arn") },
        RoleArn: { "Fn::ImportValue": Match.stringLikeRegexp("PollerScheduleRole.*Arn") },
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
      },
    });
    expect(inputOf(template)).toEqual({
      trigger: {
        name: expect.stringMatching(/^Workers-ShipOrders-[0-9A-F]+$/),
        queue: "orders",
        worker: workerArn,
        batchSize: 10,
        batchWindowSeconds: 0,
        concurrencyMax: 5,
        reportsBatchItemFailures: false,
        waitSeconds: 0,
      },
    });
  });

  it("passes on what it is told", () => {
    const template = aTrigger({
      batchSize: 500,
      maxBatchingWindow: Duration.minutes(1),
      maxConcurrency: 50,
      reportBatchItemFailures: true,
      waitTime: Duration.seconds(20),
      enabled: false,
    });

    template.hasResourceProperties("AWS::Scheduler::Schedule", { State: "DISABLED" });
    expect(inputOf(template)).toMatchObject({
      trigger: {
        batchSize: 500,
        batchWindowSeconds: 60,
        concurrencyMax: 50,
        reportsBatchItemFailures: true,
        waitSeconds: 20,
      },
    });
  });

  it("lets the poller invoke this worker, and nothing else", () => {
    aTrigger().hasResourceProperties("AWS::IAM::Policy", {
      Roles: [{ "Fn::ImportValue": Match.stringLikeRegexp("PollerPollRole") }],
      PolicyDocument: {
        Statement: [{ Effect: "Allow", Action: workerActions[0], Resource: workerArn }],
      },
    });
  });

  it("waits for the queue and for its right", () => {
    const app = new App();
    const tenant = aTenant({}, app);
    const stack = new Stack(app, "Workers", { env: { region: "eu-central-1" } });
    triggerIn(stack, { tenant, queue: new Queue(stack, "Orders", { tenant }) });

    Template.fromStack(stack).hasResource("AWS::Scheduler::Schedule", {
      DependsOn: [Match.stringLikeRegexp("^Orders"), Match.stringLikeRegexp("^ShipOrdersInvoke")],
    });
  });

  it("says everything that is wrong at once", () => {
    const wrong = () =>
      aTrigger({
        queue: "orders.fifo",
        batchSize: 11,
        maxBatchingWindow: Duration.minutes(6),
        maxConcurrency: 0,
        waitTime: Duration.seconds(21),
      });

    expect(wrong).toThrow(
      [
        "ShipOrders: batchSize: expected 1 to 10, of a FIFO queue, got 11",
        "ShipOrders: maxBatchingWindow: expected 0 to 300 seconds, got 360",
        "ShipOrders: maxBatchingWindow: expected none for a FIFO queue",
        "ShipOrders: maxConcurrency: expected 1 to 1000, got 0",
        "ShipOrders: waitTime: expected 0 to 20 seconds, got 21",
      ].join("\n"),
    );
  });
});
