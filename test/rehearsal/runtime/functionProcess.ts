import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TimeMessage, TimersMessage } from "./movedTime.ts";
import { guardProcess } from "./processGuard.ts";
import { type Invocation, RuntimeApi, type Told } from "./runtimeApi.ts";

/** What became of an invocation. */
export type Outcome =
  | Told
  /** The process ended before it answered. */
  | { readonly kind: "crashed"; readonly why: string }
  | { readonly kind: "timedOut" };

export interface FunctionProcessOptions {
  /** Where the code was unpacked. */
  readonly folder: string;
  /** All that the process finds in its environment, but for the address of its runtime API. */
  readonly environment: Readonly<Record<string, string>>;
  /** The time to begin with, if time is moved by hand. */
  readonly startMs: number | undefined;
  onLine(line: string): void;
  onTimers(timers: TimersMessage): void;
  onEnd(): void;
}

interface Given {
  readonly requestId: string;
  readonly end: (outcome: Outcome) => void;
}

/** Ten seconds in Lambda; more here, where many processes share few processors. */
const loadMsMax = 60_000;

const bootstrap = join(import.meta.dirname, "bootstrap.ts");

/**
 * One process of a function. It has one invocation at a time, and between two it is frozen:
 *
 * ```
 *   starting ──asks──► frozen ◄──asks── busy ──killed, ended──► ended
 *                         └───invoke─────►
 * ```
 */
export class FunctionProcess {
  readonly #child: ChildProcess;
  readonly #api: RuntimeApi;
  #given: Given | undefined;
  #hasEnded = false;
  #isFrozen = false;
  #timeoutMs = 0;
  #initFault: string | undefined;

  private constructor(child: ChildProcess, api: RuntimeApi, options: FunctionProcessOptions) {
    this.#child = child;
    this.#api = api;
    child.once("exit", (code, signal) => this.#end(signal ?? `exit code ${code}`, options.onEnd));
    // A message to a process that is being killed may fail.
    child.on("error", () => undefined);
    child.on("message", (timers: TimersMessage) => options.onTimers(timers));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on("line", options.onLine);
    }
  }

  /** Starts the process; resolves before it has loaded its module. */
  static async start(options: FunctionProcessOptions): Promise<FunctionProcess> {
    // Nothing comes in before the process runs, and that is when there is `started`.
    const api = await RuntimeApi.listen({
      onIdle: () => started.#freeze(),
      onGiven: (requestId) => started.#limit(requestId, started.#timeoutMs),
      onTold: (requestId, told) => started.#told(requestId, told),
      onInitFault: (payload) => started.#failInit(payload),
    });
    const { startMs } = options;
    const child = spawn(
      process.execPath,
      [bootstrap, ...(startMs === undefined ? [] : [String(startMs)])],
      {
        cwd: options.folder,
        env: { ...options.environment, AWS_LAMBDA_RUNTIME_API: api.host },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      },
    );
    guardProcess(child);
    const started = new FunctionProcess(child, api, options);
    return started;
  }

  get isFree(): boolean {
    return this.#given === undefined && !this.#hasEnded;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Has it do one thing. A process that takes longer than it may is killed. */
  invoke(invocation: Invocation, timeoutMs: number): Promise<Outcome> {
    if (!this.isFree) throw new Error("expected the process to be free");
    const { requestId } = invocation;
    const ended = Promise.withResolvers<Outcome>();
    this.#given = { requestId, end: ended.resolve };
    if (this.#isFrozen) this.#child.kill("SIGCONT");
    this.#isFrozen = false;
    this.#timeoutMs = timeoutMs;
    // Loading the module has a time of its own, and the first invocation waits for it.
    this.#limit(requestId, timeoutMs + loadMsMax);
    this.#api.give(invocation);
    return ended.promise;
  }

  /** Tells it the time, now or when it is thawed. */
  tell(message: TimeMessage): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Ends it at once, whatever it is doing. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #limit(requestId: string, timeoutMs: number): void {
    const timer = setTimeout(() => {
      if (this.#given?.requestId !== requestId) return;
      this.#finish({ kind: "timedOut" });
      this.kill();
    }, timeoutMs);
    timer.unref();
  }

  #freeze(): void {
    this.#isFrozen = true;
    this.#child.kill("SIGSTOP");
  }

  #told(requestId: string, told: Told): void {
    if (this.#given?.requestId === requestId) this.#finish(told);
  }

  #failInit(payload: string): void {
    this.#initFault = payload;
  }

  #finish(outcome: Outcome): void {
    const given = this.#given;
    this.#given = undefined;
    given?.end(outcome);
  }

  #end(why: string, onEnd: () => void): void {
    this.#hasEnded = true;
    this.#api.close();
    const payload = this.#initFault;
    this.#finish(payload === undefined ? { kind: "crashed", why } : { kind: "fault", payload });
    onEnd();
  }
}
