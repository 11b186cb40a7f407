import { type ChildProcess, spawn } from "node:child_process";
import type { Worker, WorkerAnswer } from "#poll/worker.ts";
import { answerBytesMax, batchItemFailuresIn } from "./batchItemFailures.ts";

export interface ExecOptions {
  /** As one would type it in a shell. */
  readonly command: string;
  readonly timeoutMs: number;
}

/** Between asking a command to end and ending it. */
const killAfterMs = 2000;
/** For the rest of its stdout once it has ended: what it left running may keep that open for ever. */
const stdoutGraceMs = 500;

/**
 * A command that is run for each batch, with the event on its stdin. Exit code 0 is a success, and then
 * a report of failures on its stdout is honoured; whatever else it prints is printed.
 */
export function execWorker({ command, timeoutMs }: ExecOptions): Worker {
  return {
    invoke(event, signal) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      return run(command, event, within);
    },
  };
}

function run(command: string, event: string, signal: AbortSignal): Promise<WorkerAnswer> {
  return new Promise((resolve) => {
    // In a process group of its own a Ctrl-C for us is not one for it, and it ends with all it started.
    const child = spawn(command, {
      shell: true,
      detached: process.platform !== "win32",
      stdio: ["pipe", "pipe", "inherit"],
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let timer: NodeJS.Timeout | undefined;
    const closeSoon = (): void => {
      // What lies in the pipe by then is read first, however late the timer is.
      const close = (): void => void setImmediate(() => child.stdout.destroy());
      timer = setTimeout(close, stdoutGraceMs);
    };
    const end = (): void => {
      kill(child, "SIGTERM");
      timer = setTimeout(() => {
        kill(child, "SIGKILL");
        closeSoon();
      }, killAfterMs);
    };
    const settle = (answer: WorkerAnswer): void => {
      signal.removeEventListener("abort", end);
      clearTimeout(timer);
      resolve(answer);
    };
    signal.addEventListener("abort", end);
    if (signal.aborted) end();

    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= answerBytesMax) chunks.push(chunk);
    });
    child.once("error", (error) => settle({ kind: "failed", reason: error.message }));
    child.once("exit", () => {
      signal.removeEventListener("abort", end);
      // One that was told to end may have left some who were told too.
      if (!signal.aborted) closeSoon();
    });
    child.once("close", (code, killedBy) => {
      const stdout = Buffer.concat(chunks).toString();
      const report =
        code === 0 && bytes <= answerBytesMax ? batchItemFailuresIn(stdout) : undefined;
      if (report === undefined) process.stdout.write(stdout);
      if (code === 0) settle({ kind: "succeeded", payload: report ?? "" });
      else if (signal.aborted) settle({ kind: "failed", reason: "it took too long" });
      else settle({ kind: "failed", reason: `exit ${code ?? killedBy}` });
    });
    // A command need not read what it is told.
    child.stdin.on("error", () => {});
    child.stdin.end(event);
  });
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended by itself.
  }
}
