import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  /** Which file is the command. Defaults to that of the source. */
  readonly entry?: string;
  readonly nodeArgs?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** The command, run as users run it. */
export class MillraceProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #stdout = "";
  readonly exited: Promise<Exit>;
  /** The address in the line that says it is ready; rejects if it ends before. */
  readonly url: Promise<string>;

  constructor(
    args: readonly string[],
    { entry = "bin/millrace.ts", nodeArgs = [], env = process.env }: ProcessOptions = {},
  ) {
    const child = spawn(process.execPath, [...nodeArgs, entry, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env,
    });
    this.#child = child;
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    this.exited = new Promise((resolve) => {
      child.once("close", (code) => resolve({ code, stdout: this.#stdout, stderr }));
    });
    this.url = new Promise((resolve, reject) => {
      child.stdout.on("data", (text) => {
        this.#stdout += text;
        const [, url] = /^millrace is ready at (\S+) /m.exec(this.#stdout) ?? [];
        if (url !== undefined) resolve(url);
      });
      child.once("close", () => reject(new Error(`ended before it was ready: ${stderr}`)));
    });
    // Whoever awaits the exit only is not interested in the address.
    this.url.catch(() => {});
  }

  /** Resolves once it has written such a line. */
  said(line: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (line.test(this.#stdout)) resolve();
      };
      this.#child.stdout?.on("data", look);
      this.#child.once("close", () => reject(new Error(`ended before it said ${line}`)));
      look();
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited;
  }
}

/** A folder that is gone after the test. */
export async function aFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "millrace-bin-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** Calls an action as an SDK does, and gives its answer, an error too. */
export async function call(url: string, action: string, input: object): Promise<unknown> {
  const headers = { "X-Amz-Target": `AmazonSQS.${action}` };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(input) });
  return await response.json();
}
