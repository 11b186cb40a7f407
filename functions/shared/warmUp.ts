import type { Context } from "aws-lambda";
import type { QueueServiceOptions } from "#service/queueService.ts";
import type { Environment } from "#service/settings.ts";

/** What a start may take longer for it. */
const warmUpMsMax = 2000;

/** A part of a warm-up. Once `stop` is aborted it begins nothing more. */
type WarmUpPart = (stop: AbortSignal) => Promise<void>;

/**
 * Runs, while Lambda starts the function, what the first request would else be the first to run: there
 * the function has a whole processor, code is compiled when it is called first, and connections and
 * the data key have to be opened some time. Whatever comes of it, the function starts, and within 2
 * seconds: what is wrong now is a warning, and the first request that meets it says so. Nothing is run
 * for whoever else imports a function.
 */
export async function warmUp(
  env: Environment,
  log: Pick<QueueServiceOptions["log"], "warn">,
  ...parts: readonly WarmUpPart[]
): Promise<void> {
  // Lambda says how it starts a function.
  if (env["AWS_LAMBDA_INITIALIZATION_TYPE"] === undefined) return;
  const late = Promise.withResolvers<void>();
  const stop = new AbortController();
  const timer = setTimeout(late.resolve, warmUpMsMax);
  const ended = parts.map(async (part) => {
    try {
      await part(stop.signal);
    } catch (error) {
      log.warn("warmUp.failed", { error });
    }
  });
  await Promise.race([Promise.all(ended), late.promise]);
  clearTimeout(timer);
  stop.abort();
}

/** The context of an invocation that Lambda knows nothing of. */
export const warmUpContext: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: "",
  functionVersion: "",
  invokedFunctionArn: "",
  memoryLimitInMB: "",
  awsRequestId: "",
  logGroupName: "",
  logStreamName: "",
  getRemainingTimeInMillis: () => 30_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};
