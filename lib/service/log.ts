import type { Clock } from "#engine/clock.ts";

/** From the most to the least talkative. `silent` writes nothing at all. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Reads a level. */
export function logLevelOf(value: string): LogLevel | undefined {
  return logLevels.find((level) => level === value);
}

/** What a line says beside its event. Never a message body, never a credential. */
export type LogFields = Readonly<Record<string, unknown>>;

/** An event has a name that stays the same, as `request.failed`; what varies is in the fields. */
export type LogEvent = (event: string, fields?: LogFields) => void;

export interface Log {
  readonly debug: LogEvent;
  readonly info: LogEvent;
  readonly warn: LogEvent;
  readonly error: LogEvent;
}

export interface JsonLogOptions {
  /** The least important level that is written. */
  readonly level: LogLevel;
  readonly clock: Pick<Clock, "nowMs">;
  /** Takes one line, its line feed included. */
  readonly write: (line: string) => void;
  /** What every line says. */
  readonly always?: LogFields;
}

/** A log of one JSON object a line: `time`, `level`, `event`, then the fields. */
export function jsonLog({ level, clock, write, always }: JsonLogOptions): Log {
  const least = logLevels.indexOf(level);
  const eventsOf = (own: LogLevel): LogEvent => {
    if (logLevels.indexOf(own) < least) return () => {};
    return (event, fields) => {
      const time = new Date(clock.nowMs()).toISOString();
      write(`${JSON.stringify({ time, level: own, event, ...always, ...fields }, printable)}\n`);
    };
  };
  return {
    debug: eventsOf("debug"),
    info: eventsOf("info"),
    warn: eventsOf("warn"),
    error: eventsOf("error"),
  };
}

/** What is printed of a value: itself, or the part of an error that holds no messages. */
export function printable(_name: string, value: unknown): unknown {
  return value instanceof Error ? plainError(value, causesMax) : value;
}

const causesMax = 5;

/**
 * The stack holds name and message too. Other members stay out, but for a code: a database puts the
 * items it refused on its errors, and those hold message bodies.
 */
function plainError(error: Error, causesLeft: number): LogFields {
  const { name, message, stack, cause } = error;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const isChained = cause instanceof Error && causesLeft > 0;
  return {
    name,
    message,
    code,
    stack,
    cause: isChained ? plainError(cause, causesLeft - 1) : undefined,
  };
}
