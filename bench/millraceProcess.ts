import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../bin/millrace.ts", import.meta.url));
/** As in the script `start`. */
const startFlags = ["--max-semi-space-size=8"];
/** A machine that is busy with other tests takes its time. */
const readyMsMax = 120_000;

/** The server that `npm start` starts, in a process of its own, on a port of its own. */
export interface MillraceProcess {
  readonly url: string;
  readonly pid: number;
  /** Ends it as a crash would, with no time for anything. */
  kill(): Promise<void>;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
}

export interface MillraceProcessOptions {
  /** As on the command line, such as `--data`. */
  readonly flags: readonly string[];
  /** For Node itself, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts Millrace and waits until it is ready; rejects with what it said if it does not get there. */
export async function startMillrace(options: MillraceProcessOptions): Promise<MillraceProcess> {
  const { flags, nodeFlags = [], env = {} } = options;
  const child = spawn(
    process.execPath,
    [...startFlags, ...nodeFlags, program, "--port", "0", "--log-level", "warn", ...flags],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } },
  );
  const orphaned = () => child.kill("SIGKILL");
  process.once("exit", orphaned);
  child.once("exit", () => process.removeListener("exit", orphaned));
  const url = await readyAt(child);
  child.stderr?.pipe(process.stderr);
  return {
    url,
    pid: child.pid ?? 0,
    kill: () => end(child, "SIGKILL"),
    stop: () => end(child, "SIGTERM"),
  };
}

function readyAt(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const fail = (why: string) => {
      child.kill("SIGKILL");
      reject(new Error(`millrace ${why}: ${said}`));
    };
    const timer = setTimeout(() => fail("was not ready in time"), readyMsMax);
    const listen = (bytes: Buffer) => {
      said = `${said}${bytes}`.slice(-10_000);
      const url = /is ready at (http:\S+)/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code, signal) => fail(`ended with ${code ?? signal}`));
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}
