import { randomUUID } from "node:crypto";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy, { type MiddlewareObj } from "@middy/core";
import errorLogger from "@middy/error-logger";
import type { Context } from "aws-lambda";
import type { QueueServiceOptions } from "#service/queueService.ts";
import type { Environment } from "#service/settings.ts";
import { type FunctionConfig, type NeededSetting, readFunctionConfig } from "./functionConfig.ts";
import { type FunctionLog, openFunctionLog } from "./functionLog.ts";
import { openQueueTable } from "./openQueueTable.ts";
import { clock, random } from "./platform.ts";
import { tracing } from "./tracing.ts";

/** What a function is made of, opened once for all its invocations. */
export interface OpenFunction extends FunctionLog {
  readonly config: FunctionConfig;
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
  return {
    config,
    logger,
    log,
    table: openQueueTable(config.store),
    clock,
    random,
    newId: randomUUID,
    handler: (work, { early, uses = [] } = {}) =>
      middy(early)
        .use(injectLambdaContext(logger))
        .use(errorLogger({ logger: ({ error }) => log.error("function.failed", { error }) }))
        .use([...traced, ...uses])
        .handler(work),
  };
}
