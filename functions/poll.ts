import { LambdaClient } from "@aws-sdk/client-lambda";
import { poll } from "#poll/poll.ts";
import { pollLimits } from "#poll/settings.ts";
import { readTrigger } from "#poll/trigger.ts";
import { openPolledQueue } from "#service/openPolledQueue.ts";
import { TriggerTurn } from "#service/triggerTurn.ts";
import { lambdaWorker } from "./shared/lambdaWorker.ts";
import { openFunction } from "./shared/openFunction.ts";

const {
  config,
  log,
  table,
  clock,
  random,
  handler: handle,
} = await openFunction("poll", process.env);
const region = process.env["AWS_REGION"] ?? "us-east-1";

// An invocation that lost its answer must not be made again: the function may have run.
const client = new LambdaClient({
  maxAttempts: 1,
  requestHandler: { httpsAgent: { maxSockets: pollLimits.concurrencyMax.max } },
});

/** What is left of the time for letting go of everything. */
const marginMs = 2000;

/** Polls the queue of one trigger until it is empty, or until the time of this invocation runs out. */
export const handler = handle(async (event, context) => {
  const trigger = readTrigger(event);
  const timeMs = context.getRemainingTimeInMillis() - marginMs;
  // The last third is for invocations that run by then.
  const finishMsMax = Math.max(0, timeMs / 3);
  const stop = new AbortController();
  const cancelStop = clock.after(Math.max(0, timeMs - finishMsMax), () => stop.abort());
  const { queue, close } = openPolledQueue({
    table,
    clock,
    random,
    log,
    region,
    account: config.account,
    queueName: trigger.queue,
  });
  const turn = new TriggerTurn({
    table,
    clock,
    random,
    log,
    account: config.account,
    triggerName: trigger.name,
    onLost: () => stop.abort(),
  });
  let unreachable: unknown;
  try {
    const summary = await poll({
      queue,
      worker: lambdaWorker({
        client,
        functionName: trigger.worker,
        onUnreachable: (error) => {
          unreachable = error;
          log.error("worker.unreachable", { trigger: trigger.name, error });
        },
      }),
      clock,
      random,
      log,
      settings: trigger.settings,
      endsWhen: "empty",
      stop: stop.signal,
      mayBegin: () => turn.take(),
      finishMsMax,
    });
    if (summary.received > 0) log.info("poll.ended", { trigger: trigger.name, ...summary });
    // Nobody would hear of a worker that is not there if the invocation succeeded.
    if (unreachable !== undefined && summary.givenBack > 0) {
      throw new Error(`expected to reach the worker ${trigger.worker}, got ${unreachable}`, {
        cause: unreachable,
      });
    }
    return summary;
  } finally {
    cancelStop();
    await turn.end();
    await close();
  }
});
