import { type Range, within } from "#contract/limits.ts";
import { type PollSettings, pollDefaults, pollLimits, settingsProblems } from "#poll/settings.ts";
import { type FlagTable, flagRows, readArguments, variableOf } from "./flags.ts";
import { type LogLevel, logLevelOf, logLevels } from "./log.ts";
import { booleanOf, type Environment, Settings } from "./settings.ts";

/** Who is given the messages: a command that is run, or a URL that is posted to. */
export type LocalWorker =
  | { readonly kind: "exec"; readonly command: string }
  | { readonly kind: "url"; readonly url: string };

/** What `millrace poll` is to do. */
export interface PollRequest {
  /** A name, or a queue's URL. */
  readonly queue: string;
  /** Where the queues are; `undefined` leaves it to AWS's own variables, or else is this machine. */
  readonly endpoint: string | undefined;
  readonly worker: LocalWorker;
  readonly settings: PollSettings;
  /** Whether to leave when the queue is empty. */
  readonly isOnce: boolean;
  /** For how long an invocation may run. */
  readonly timeoutSeconds: number;
  /** For how long running invocations may go on after a signal. */
  readonly graceSeconds: number;
  readonly logLevel: LogLevel;
}

export type PollCommand =
  | { readonly kind: "help" }
  | { readonly kind: "poll"; readonly request: PollRequest }
  /** Everything that is wrong with it, each in one line. */
  | { readonly kind: "refused"; readonly problems: readonly string[] };

const flags = {
  queue: { takes: "NAME", says: "the queue to receive from, or its URL" },
  exec: { takes: "COMMAND", says: "run this for each batch, with the event as JSON on stdin" },
  url: { takes: "URL", says: "or post the event there" },
  endpoint: { takes: "URL", says: "where SQS is (http://127.0.0.1:9324, or AWS_ENDPOINT_URL_SQS)" },
  "batch-size": { takes: "NUMBER", says: "messages in a batch, up to 10000; FIFO up to 10 (10)" },
  "batch-window": { takes: "SECONDS", says: "for how long to gather a batch, up to 300 (0)" },
  concurrency: { takes: "NUMBER", says: "batches at once, up to 1000 (5)" },
  visibility: {
    takes: "SECONDS",
    says: "visibility timeout, renewed while work lasts (the queue's)",
  },
  retry: { takes: "SECONDS", says: "when failed messages come back (after their timeout)" },
  wait: { takes: "SECONDS", says: "how long a receive waits, up to 20 (20; 1 with --once)" },
  timeout: { takes: "SECONDS", says: "how long one batch may take, up to 43200 (900)" },
  grace: { takes: "SECONDS", says: "how long running batches may go on after a signal (30)" },
  once: { takes: undefined, says: "empty the queue and leave, for cron" },
  "log-level": { takes: "LEVEL", says: "debug, info, warn, error or silent (info)" },
  help: { takes: undefined, says: "say this" },
} as const satisfies FlagTable<string>;

type PollFlag = keyof typeof flags;

const timeoutSeconds = { min: 1, max: 12 * 3600, default: 900 };
const graceSeconds = { min: 0, max: 900, default: 30 };
const waitSeconds = { forever: 20, once: 1 };
const retrySecondsMinOnce = 60;
const queueForm = /^(?:[\w-]{1,80}|[\w-]{1,75}\.fifo)$/;

/** The text of `millrace poll --help`. */
export function pollHelpText(): string {
  return `Usage: millrace poll --queue NAME --exec COMMAND [flags]
       millrace poll --queue NAME --url URL [flags]

Receives from a queue and hands its messages to a worker, in the form of Lambda's SQS events. Deletes
what succeeded. A command succeeds by exiting with 0, a URL by answering 2xx; either may answer
{"batchItemFailures":[{"itemIdentifier":"<messageId>"}]} to have some messages come again.

${flagRows(flags)}
Each flag may be given as a variable instead: --batch-size is ${variableOf("batch-size")}.
Credentials and region come from AWS's own variables; on this machine none are needed.
`;
}

/** Reads what follows `poll` on a command line, and from the environment what that leaves open. */
export function readPollCommand(argv: readonly string[], env: Environment): PollCommand {
  const { given, words, unknown } = readArguments(argv, flags);
  if (given.has("help")) return { kind: "help" };
  const problems = [
    ...unknown.map((flag) => `expected a flag that poll --help names, got ${flag}`),
    ...words.map((word) => `expected flags only after poll, got ${word}`),
  ];
  const said = new Settings(given, env, problems);
  const isOnce = said.read("once", false, "true or false", booleanOf);
  const request: PollRequest = {
    queue: queueOf(said, problems),
    endpoint: endpointOf(said),
    worker: workerOf(said, problems),
    settings: pollSettingsOf(said, isOnce),
    isOnce,
    timeoutSeconds: numberOf(said, "timeout", timeoutSeconds, timeoutSeconds.default),
    graceSeconds: numberOf(said, "grace", graceSeconds, graceSeconds.default),
    logLevel: said.read("log-level", "info", `one of ${logLevels.join(", ")}`, logLevelOf),
  };
  const isFifo = request.queue.endsWith(".fifo");
  problems.push(...settingsProblems(request.settings, { isFifo }), ...endlessRetry(said, request));
  return problems.length > 0 ? { kind: "refused", problems } : { kind: "poll", request };
}

type Said = Settings<PollFlag>;

function pollSettingsOf(said: Said, isOnce: boolean): PollSettings {
  const { batchSize, batchWindowSeconds, concurrencyMax } = pollDefaults;
  const wait = isOnce ? waitSeconds.once : waitSeconds.forever;
  const visibility = numberOf(said, "visibility", pollLimits.visibilityTimeoutSeconds, undefined);
  const retry = numberOf(said, "retry", pollLimits.retrySeconds, undefined);
  return {
    batchSize: numberOf(said, "batch-size", pollLimits.batchSize, batchSize),
    batchWindowSeconds: numberOf(
      said,
      "batch-window",
      pollLimits.batchWindowSeconds,
      batchWindowSeconds,
    ),
    concurrencyMax: numberOf(said, "concurrency", pollLimits.concurrencyMax, concurrencyMax),
    reportsBatchItemFailures: true,
    waitSeconds: numberOf(said, "wait", pollLimits.waitSeconds, wait),
    ...(visibility !== undefined && { visibilityTimeoutSeconds: visibility }),
    ...(retry !== undefined && { retrySeconds: retry }),
  };
}

/** What fails each time and comes again at once would keep a run from ever finding the queue empty. */
function endlessRetry(said: Said, { isOnce, settings }: PollRequest): readonly string[] {
  const { retrySeconds = Infinity } = settings;
  if (!isOnce || retrySeconds >= retrySecondsMinOnce) return [];
  const [retry, once] = [said.find("retry")?.name, said.find("once")?.name];
  return [
    `expected ${retry} to be at least ${retrySecondsMinOnce} with ${once}, got ${retrySeconds}`,
  ];
}

function queueOf(said: Said, problems: string[]): string {
  const expected = "the name of a queue, or its URL";
  if (said.find("queue") === undefined) {
    problems.push(`expected --queue to be ${expected}, got nothing`);
  }
  return said.read("queue", "", expected, (value) =>
    queueForm.test(value) || isHttp(value) ? value : undefined,
  );
}

/** Where nothing is said of it, the URL of a queue says where it is. */
function endpointOf(said: Said): string | undefined {
  const queue = said.find("queue")?.value ?? "";
  return said.read("endpoint", isHttp(queue) ? new URL(queue).origin : undefined, urlRule, urlOf);
}

function workerOf(said: Said, problems: string[]): LocalWorker {
  const [exec, posted] = [said.find("exec"), said.find("url")];
  if (exec === undefined && posted === undefined) {
    problems.push("expected one of --exec and --url, got neither");
  } else if (exec !== undefined && posted !== undefined) {
    problems.push(`expected one of ${exec.name} and ${posted.name}, got both`);
  }
  if (exec === undefined) return { kind: "url", url: said.read("url", "", urlRule, urlOf) };
  return { kind: "exec", command: said.read("exec", "", "a command", commandOf) };
}

function numberOf<Otherwise>(
  said: Said,
  flag: PollFlag,
  range: Range,
  otherwise: Otherwise,
): number | Otherwise {
  return said.read<number | Otherwise>(flag, otherwise, `${range.min} to ${range.max}`, (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    return within(range, number) ? number : undefined;
  });
}

const urlRule = "an http or https URL";

function urlOf(value: string): string | undefined {
  return isHttp(value) ? value : undefined;
}

function commandOf(value: string): string | undefined {
  return value.trim() === "" ? undefined : value;
}

function isHttp(value: string): boolean {
  return /^https?:$/.test(URL.parse(value)?.protocol ?? "");
}
