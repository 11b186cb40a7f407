import { type PollSummary, poll } from "#poll/poll.ts";
import type { PolledQueue } from "#poll/queue.ts";
import type { Worker } from "#poll/worker.ts";
import { jsonLog } from "#service/log.ts";
import type { LocalWorker, PollRequest } from "#service/pollCommand.ts";
import { execWorker } from "./execWorker.ts";
import { clock, random } from "./platform.ts";
import { stopOnSignal } from "./stopOnSignal.ts";
import { urlWorker } from "./urlWorker.ts";

/** Beyond the grace period, for giving back what is still held. */
const letGoMs = 5000;

/**
 * Does what `millrace poll` asks for, until the queue is empty or a signal ends it, and says so line by
 * line. Rejects if there is no such queue.
 */
export async function runPollCommand(
  request: PollRequest,
  say: (line: string) => void,
): Promise<void> {
  // SQS's client is large, and nothing else here needs it.
  const { openSqsQueue } = await import("./sqsQueue.ts");
  const opened = await openSqsQueue(request.queue, request.endpoint);
  const stop = new AbortController();
  const graceMs = request.graceSeconds * 1000;
  const done = pollUntil(stop.signal, request, opened.queue)
    .then((summary) => say(summaryOf(summary)))
    .finally(() => opened.close());
  const poller = {
    async close() {
      stop.abort();
      await done;
    },
  };
  stopOnSignal(poller, graceMs + letGoMs);
  say(`millrace polls ${opened.url}`);
  await done;
}

function pollUntil(
  stop: AbortSignal,
  request: PollRequest,
  queue: PolledQueue,
): Promise<PollSummary> {
  return poll({
    queue,
    worker: workerOf(request.worker, request.timeoutSeconds * 1000),
    clock,
    random,
    log: jsonLog({
      level: request.logLevel,
      clock,
      write: (line) => process.stderr.write(line),
    }),
    settings: request.settings,
    endsWhen: request.isOnce ? "empty" : "stopped",
    stop,
    finishMsMax: request.graceSeconds * 1000,
  });
}

function summaryOf({ received, succeeded, failed, givenBack }: PollSummary): string {
  return `millrace received ${received}: ${succeeded} succeeded, ${failed} failed, ${givenBack} given back`;
}

function workerOf(worker: LocalWorker, timeoutMs: number): Worker {
  return worker.kind === "exec"
    ? execWorker({ command: worker.command, timeoutMs })
    : urlWorker({ url: worker.url, timeoutMs });
}
