import type { SQS } from "@aws-sdk/client-sqs";
import { Duration } from "aws-cdk-lib";
import { Queue } from "../../infra/queue.ts";
import type { TenantStack } from "../../infra/tenantStack.ts";
import { WorkerTrigger } from "../../infra/workerTrigger.ts";
import { declareWorker } from "./declareWorker.ts";
import type { RehearsalClock } from "./rehearsalClock.ts";
import type { RehearsedTenant } from "./tenant.ts";

/** A deployed tenant, who calls it, and the time there. */
export interface Rehearsed {
  readonly tenant: RehearsedTenant;
  readonly client: SQS;
  readonly clock: RehearsalClock;
}

/** Of what is larger, contents go to the bucket; what is below fills two items of the table. */
export const bucketThreshold = 700_000;

/** A queue, a FIFO queue, their dead-letter queues, and a worker that is triggered by both. */
export async function declareWorkedQueues(tenant: TenantStack, folder: string): Promise<void> {
  const worker = await declareWorker(tenant, "failsOdd", folder);
  const dead = new Queue(tenant, "Dead", { tenant, queueName: "dead" });
  const visibilityTimeout = Duration.seconds(30);
  const queue = new Queue(tenant, "Numbers", {
    tenant,
    queueName: "numbers",
    visibilityTimeout,
    deadLetterQueue: { queue: dead, maxReceiveCount: 5 },
  });
  const deadSteps = new Queue(tenant, "DeadSteps", { tenant, queueName: "dead-steps.fifo" });
  const steps = new Queue(tenant, "Steps", {
    tenant,
    queueName: "steps.fifo",
    contentBasedDeduplication: true,
    visibilityTimeout,
    deadLetterQueue: { queue: deadSteps, maxReceiveCount: 1 },
  });
  for (const [id, each] of Object.entries({ Trigger: queue, StepsTrigger: steps })) {
    new WorkerTrigger(tenant, id, { tenant, queue: each, worker, reportBatchItemFailures: true });
  }
}

/** Lets time go by as people see it: what is scheduled meanwhile is fired. */
export async function passSeconds(
  { tenant, clock }: Pick<Rehearsed, "tenant" | "clock">,
  seconds: number,
): Promise<void> {
  const fromMs = clock.nowMs();
  clock.advance(seconds * 1000);
  await tenant.deployment.schedules.pass(fromMs, clock.nowMs());
}

/** The same, while time goes on at many times its speed, so that nobody waits for ever. */
export async function passQuickly(
  rehearsed: Pick<Rehearsed, "tenant" | "clock">,
  seconds: number,
): Promise<void> {
  const ticking = setInterval(() => rehearsed.clock.advance(1000), 50);
  try {
    await passSeconds(rehearsed, seconds);
  } finally {
    clearInterval(ticking);
  }
}
