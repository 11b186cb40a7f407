import { randomBytes, randomUUID } from "node:crypto";
import type { RehearsalClock } from "../rehearsalClock.ts";
import { FunctionProcess, type Outcome } from "./functionProcess.ts";

/** A function as its template describes it, with its code unpacked. */
export interface FunctionDescription {
  readonly name: string;
  readonly arn: string;
  readonly folder: string;
  /** As `index.handler`. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface FunctionPoolOptions {
  readonly function: FunctionDescription;
  readonly region: string;
  /** What Lambda adds to the environment: credentials, and where the services are. */
  readonly environment: Readonly<Record<string, string>>;
  /** How many requests may run at once; what comes on top is throttled. */
  readonly concurrencyMax: number;
  /** Time moved by hand. Default: this machine's. */
  readonly clock?: RehearsalClock | undefined;
}

/** What became of an invocation, or why there was none. */
export type Invoked = Outcome | { readonly kind: "throttled" };

const linesMax = 2000;

/**
 * The processes of one function. As in Lambda, a process has one request at a time, a request that
 * finds none free has one started, and one that would be too many is throttled.
 */
export class FunctionPool {
  readonly options: FunctionPoolOptions;
  /** The latest of what the processes wrote. */
  readonly lines: string[] = [];
  /** Invocations by what became of them. */
  readonly outcomes: Invoked["kind"][] = [];
  #processes: FunctionProcess[] = [];
  #starting = 0;
  #starts = 0;
  #isClosed = false;

  constructor(options: FunctionPoolOptions) {
    this.options = options;
  }

  /** How many processes were started so far: cold starts. */
  get starts(): number {
    return this.#starts;
  }

  /** How many requests run now. */
  get running(): number {
    return this.#processes.filter(({ isFree, hasEnded }) => !isFree && !hasEnded).length;
  }

  /** Has a process that is free do it, the one that has been there longest. */
  async invoke(event: unknown): Promise<Invoked> {
    const invoked = await this.#invoke(JSON.stringify(event));
    this.outcomes.push(invoked.kind);
    return invoked;
  }

  /** Kills a process: one that is busy, if any is. Answers whether there was one. */
  killOne(below: (below: number) => number): boolean {
    const living = this.#processes.filter(({ hasEnded }) => !hasEnded);
    const busy = living.filter(({ isFree }) => !isFree);
    const among = busy.length > 0 ? busy : living;
    const victim = among[below(Math.max(1, among.length))];
    victim?.kill();
    return victim !== undefined;
  }

  /** Kills every process. The next request has a cold start. */
  killAll(): void {
    for (const each of this.#processes) each.kill();
    this.#processes = [];
  }

  /** Kills every process and takes no more requests. */
  close(): void {
    this.#isClosed = true;
    this.killAll();
  }

  async #invoke(event: string): Promise<Invoked> {
    const free = this.#processes.find(({ isFree }) => isFree);
    if (free !== undefined) return await this.#run(free, event);
    const count = this.#processes.length + this.#starting;
    if (this.#isClosed || count >= this.options.concurrencyMax) return { kind: "throttled" };
    const { ended } = await this.#start(event);
    return await ended;
  }

  /** Starts a process and has it do its first thing, before anybody else can take it. */
  async #start(event: string): Promise<{ readonly ended: Promise<Outcome> }> {
    const { clock } = this.options;
    this.#starts += 1;
    this.#starting += 1;
    try {
      const started = await FunctionProcess.start({
        folder: this.options.function.folder,
        environment: this.#environment(),
        startMs: clock?.nowMs(),
        onLine: (line) => this.#keep(line),
        onTimers: (timers) => clock?.learn(started, timers),
        onEnd: () => {
          this.#processes = this.#processes.filter((each) => each !== started);
        },
      });
      this.#processes.push(started);
      if (this.#isClosed) started.kill();
      return { ended: this.#run(started, event) };
    } finally {
      this.#starting -= 1;
    }
  }

  async #run(taken: FunctionProcess, event: string): Promise<Outcome> {
    const { function: described, clock } = this.options;
    const nowMs = clock?.nowMs();
    const timeoutMs = described.timeoutSeconds * 1000;
    const invocation = {
      requestId: randomUUID(),
      event,
      functionArn: described.arn,
      traceId: newTraceId(),
      deadlineMs: (nowMs ?? Date.now()) + timeoutMs,
      nowMs,
    };
    const hasRun = clock?.run(taken);
    try {
      return await taken.invoke(invocation, timeoutMs);
    } finally {
      hasRun?.();
      clock?.look();
    }
  }

  /** The variables that Lambda sets; those of the template come on top. */
  #environment(): Readonly<Record<string, string>> {
    const { function: described, region, environment } = this.options;
    const { name, handler, memoryMb, folder } = described;
    return {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      LANG: "en_US.UTF-8",
      TZ: ":UTC",
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: folder,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: `[$LATEST]${randomBytes(16).toString("hex")}`,
      AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
      ...environment,
      ...described.environment,
    };
  }

  #keep(line: string): void {
    this.lines.push(line);
    if (this.lines.length > linesMax) this.lines.splice(0, this.lines.length - linesMax);
  }
}

function newTraceId(): string {
  const hex = (bytes: number) => randomBytes(bytes).toString("hex");
  return `Root=1-${hex(4)}-${hex(12)};Parent=${hex(8)};Sampled=0`;
}
