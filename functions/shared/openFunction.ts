import { randomUUID } from "node:crypto";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy, { type MiddlewareObj } from "@middy/core";
import errorLogger from "@middy/error-logger";
import type { Context } from "aws-lambda";
import type { QueueServiceOptions } from "#service/queueService.ts";
import type { Environment } from "#service/settings.ts";
import { type FunctionConfig, type NeededSetting, readFunctionConfig } from "./functionConfig.ts";
import { openFunctionLog } from "./functionLog.ts";
import { openQueueTable, openWarmUpQueueTable } from "./openQueueTable.ts";
import { clock, random } from "./platform.ts";
import { tracing } from "./tracing.ts";

/** What a function is made of, opened once for all its invocations. */
export interface FunctionParts {
  readonly config: FunctionConfig;
  readonly log: QueueServiceOptions["log"];
  readonly table: QueueServiceOptions["table"];
  readonly clock: QueueServiceOptions["clock"];
  readonly random: QueueServiceOptions["random"];
  /** A fresh UUID at each call. */
  readonly newId: () => string;
  /**
   * The handler of the function, which does its work and what all functions do around it: lines of the
   * log tell the invocation, what is thrown is logged, traces are written where they are wanted.
   */
  handler<Result>(work: Work<Result>, around?: Around): Handler<Result>;
}

export interface OpenFunction extends FunctionParts {
  /**
   * The same function over an empty table in this process, of whose invocations no log and no trace
   * tells: for running through what invocations run through, before there is one.
   */
  forWarmUp(): FunctionParts;
}

type Work<Result> = (
  event: unknown,
  context: Context,
  more: { readonly signal: AbortSignal },
) => Promise<Result>;

type Handler<Result> = (event: unknown, context: Context) => Promise<Result>;

interface Around {
  /** When to abort the signal of the work and to answer in its place. Default: never. */
  readonly early?: { timeoutEarlyInMillis: number; timeoutEarlyResponse: () => unknown };
  /** Further middleware, within that of all functions: `logMetrics`, for one. */
  readonly uses?: readonly MiddlewareObj[];
}

/**
 * Opens the function with that name on an environment. Rejects with all that is wrong with the
 * environment; asks nothing of the network. `needed` are settings it needs beside the table.
 */
export async function openFunction(
  name: string,
  env: Environment,
  ...needed: readonly NeededSetting[]
): Promise<OpenFunction> {
  const config = readFunctionConfig(env, ...needed);
  const { logger, log } = openFunctionLog(name, config);
  const traced = await tracing(name, env);
  const around = [injectLambdaContext(logger), ...traced];
  return {
    ...partsOf(config, log, openQueueTable(config.store), around),
    forWarmUp: () => partsOf(config, log, openWarmUpQueueTable(config.store), []),
  };
}

function partsOf(
  config: FunctionConfig,
  log: FunctionParts["log"],
  table: FunctionParts["table"],
  around: readonly MiddlewareObj[],
): FunctionParts {
  return {
    config,
    log,
    table,
    clock,
    random,
    newId: randomUUID,
    handler: (work, { early, uses = [] } = {}) =>
      middy(early)
        .use([...around])
        .use(errorLogger({ logger: ({ error }) => log.error("function.failed", { error }) }))
        .use([...uses])
        .handler(work),
  };
}
