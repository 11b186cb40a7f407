import { parseArgs } from "node:util";
import { type PollSettings, pollDefaults, pollLimits, settingsProblems } from "#poll/settings.ts";
import { flagRows } from "./flags.ts";
import { type LogLevel, logLevels } from "./log.ts";

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
} as const satisfies Record<string, { takes: string | undefined; says: string }>;

type PollFlag = keyof typeof flags;

const options = Object.fromEntries(
  Object.entries(flags).map(([flag, { takes }]) => [
    flag,
    { type: takes === undefined ? ("boolean" as const) : ("string" as const) },
  ]),
);

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
Credentials and region come from AWS's own variables; on this machine none are needed.
`;
}

/** Reads what follows `poll` on a command line. */
export function readPollCommand(argv: readonly string[]): PollCommand {
  const line = new PollLine(argv);
  if (line.has("help")) return { kind: "help" };
  const isOnce = line.has("once");
  const request: PollRequest = {
    queue: line.queue(),
    endpoint: line.endpoint(),
    worker: line.worker(),
    settings: {
      batchSize: line.number("batch-size", pollLimits.batchSize, pollDefaults.batchSize),
      batchWindowSeconds: line.number(
        "batch-window",
        pollLimits.batchWindowSeconds,
        pollDefaults.batchWindowSeconds,
      ),
      concurrencyMax: line.number(
        "concurrency",
        pollLimits.concurrencyMax,
        pollDefaults.concurrencyMax,
      ),
      reportsBatchItemFailures: true,
      waitSeconds: line.number(
        "wait",
        pollLimits.waitSeconds,
        isOnce ? waitSeconds.once : waitSeconds.forever,
      ),
      ...(line.has("visibility") && {
        visibilityTimeoutSeconds: line.number("visibility", pollLimits.visibilityTimeoutSeconds, 0),
      }),
      ...(line.has("retry") && {
        retrySeconds: line.number("retry", pollLimits.retrySeconds, 0),
      }),
    },
    isOnce,
    timeoutSeconds: line.number("timeout", timeoutSeconds, timeoutSeconds.default),
    graceSeconds: line.number("grace", graceSeconds, graceSeconds.default),
    logLevel: line.logLevel(),
  };
  const isFifo = request.queue.endsWith(".fifo");
  const problems = [
    ...line.problems,
    ...settingsProblems(request.settings, { isFifo }),
    ...endlessRetry(request),
  ];
  return problems.length > 0 ? { kind: "refused", problems } : { kind: "poll", request };
}

/** What fails each time and comes again at once would keep a run from ever finding the queue empty. */
function endlessRetry({ isOnce, settings }: PollRequest): readonly string[] {
  const { retrySeconds = Infinity } = settings;
  if (!isOnce || retrySeconds >= retrySecondsMinOnce) return [];
  return [
    `expected --retry to be at least ${retrySecondsMinOnce} with --once, got ${retrySeconds}`,
  ];
}

/** A command line, read flag by flag; collects what is wrong with it. */
class PollLine {
  readonly problems: string[] = [];
  /** A flag that was given with no value holds nothing. */
  readonly #given = new Map<string, string>();

  constructor(argv: readonly string[]) {
    const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
    for (const token of tokens) {
      if (token.kind === "positional") {
        this.problems.push(`expected flags only after poll, got ${token.value}`);
      } else if (token.kind === "option" && Object.hasOwn(flags, token.name)) {
        this.#given.set(token.name, token.value ?? "");
      } else if (token.kind === "option") {
        this.problems.push(`expected a flag that poll --help names, got ${token.rawName}`);
      }
    }
  }

  has(flag: PollFlag): boolean {
    return this.#given.has(flag);
  }

  queue(): string {
    const value = this.#given.get("queue");
    if (value !== undefined && (queueForm.test(value) || isHttp(value))) return value;
    return this.#refuse("queue", "the name of a queue, or its URL", value) ?? "";
  }

  endpoint(): string | undefined {
    const value = this.#given.get("endpoint");
    if (value === undefined) {
      const queue = this.#given.get("queue") ?? "";
      return isHttp(queue) ? new URL(queue).origin : undefined;
    }
    return isHttp(value) ? value : this.#refuse("endpoint", "an http or https URL", value);
  }

  worker(): LocalWorker {
    const [command, url] = [this.#given.get("exec"), this.#given.get("url")];
    if ((command === undefined) === (url === undefined)) {
      const got = url === undefined ? "neither" : "both";
      this.problems.push(`expected one of --exec and --url, got ${got}`);
    } else if (command !== undefined && command.trim() === "") {
      this.#refuse("exec", "a command", command);
    } else if (url !== undefined && !isHttp(url)) {
      this.#refuse("url", "an http or https URL", url);
    }
    return url === undefined ? { kind: "exec", command: command ?? "" } : { kind: "url", url };
  }

  number(
    flag: PollFlag,
    { min, max }: { readonly min: number; readonly max: number },
    otherwise: number,
  ): number {
    const value = this.#given.get(flag);
    if (value === undefined) return otherwise;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    this.#refuse(flag, `${min} to ${max}`, value);
    return otherwise;
  }

  logLevel(): LogLevel {
    const value = this.#given.get("log-level") ?? "info";
    const level = logLevels.find((each) => each === value);
    if (level === undefined) this.#refuse("log-level", `one of ${logLevels.join(", ")}`, value);
    return level ?? "info";
  }

  #refuse(flag: PollFlag, expected: string, value: string | undefined): undefined {
    this.problems.push(`expected --${flag} to be ${expected}, got ${value || "nothing"}`);
  }
}

function isHttp(value: string): boolean {
  return /^https?:$/.test(URL.parse(value)?.protocol ?? "");
}
