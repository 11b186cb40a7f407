import { Logger } from "@aws-lambda-powertools/logger";
import type { Config } from "#service/config.ts";
import { type Log, type LogEvent, type LogFields, printable } from "#service/log.ts";

/** The log of a function: what `lib` writes to, and what middy's middleware adds the invocation to. */
export interface FunctionLog {
  readonly log: Log;
  readonly logger: Logger;
}

const levels = {
  debug: "DEBUG",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
  silent: "SILENT",
} as const;

/** Opens the log of the function with that name. Every line says the event, and the tenant if known. */
export function openFunctionLog(
  name: string,
  { logLevel, tenant }: Pick<Config, "logLevel" | "tenant">,
): FunctionLog {
  const logger = new Logger({
    serviceName: `millrace-${name}`,
    logLevel: levels[logLevel],
    ...(tenant !== undefined && { persistentKeys: { tenant } }),
  });
  const eventsOf =
    (level: keyof Log): LogEvent =>
    (event, fields = {}) =>
      logger[level](event, plain(fields));
  return {
    logger,
    log: {
      debug: eventsOf("debug"),
      info: eventsOf("info"),
      warn: eventsOf("warn"),
      error: eventsOf("error"),
    },
  };
}

/** By themselves Powertools print whatever an error carries, and a database's may carry messages. */
function plain(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, printable(name, value)]),
  );
}
