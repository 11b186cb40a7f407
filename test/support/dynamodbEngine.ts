import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../bench/freePort.ts";
import { dynamodbLocalFolder } from "./dynamodbLocalFolder.ts";

/** A database of its own, in memory, that speaks DynamoDB's API on this machine. */
export interface DynamodbEngine {
  readonly endpoint: string;
  stop(): Promise<void>;
}

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder?: string;
}

const java = "java";
const startsMax = 3;
const looksMax = 300;
const lookPauseMs = 100;

/** Why dynoxide cannot be started here, or `undefined` if it can. In CI that is an error. */
export function whyNoDynamodbEngine(): string | undefined {
  const binary = dynoxideBinary();
  return binary === undefined
    ? missing("dynoxide is not installed: the optional package @dynoxide/linux-x64 is missing")
    : undefined;
}

/**
 * Why DynamoDB Local cannot be started here, or `undefined` if it can. In CI that is an error.
 */
export function whyNoDynamodbLocal(): string | undefined {
  if (!existsSync(`${dynamodbLocalFolder}/DynamoDBLocal.jar`)) {
    return missing("DynamoDB Local is not here: get it with `npm run dynamodb-local`");
  }
  const { stderr } = spawnSync(java, ["-version"], { encoding: "utf8" });
  const version = Number(/version "(\d+)/.exec(stderr ?? "")?.[1] ?? 0);
  return version < 17 ? missing("DynamoDB Local needs Java 17 or later") : undefined;
}

/**
 * Starts dynoxide, a small engine that is ready in milliseconds. Stop it when done. With a `file`, it
 * goes on with what the last one of that file had; it is stopped as by a crash.
 */
export async function startDynamodbEngine(file?: string): Promise<DynamodbEngine> {
  const program = dynoxideBinary();
  if (program === undefined) throw new Error(whyNoDynamodbEngine());
  const kept = file === undefined ? [] : ["--db-path", file];
  return await start((port) => ({
    program,
    args: ["--host", "127.0.0.1", "--port", `${port}`, ...kept],
  }));
}

/** Starts Amazon's own DynamoDB Local, which is closer to the service and slower. */
export async function startDynamodbLocal(): Promise<DynamodbEngine> {
  return await start((port) => ({
    program: java,
    args: [
      "-Xmx1g",
      "-Djava.library.path=./DynamoDBLocal_lib",
      "-jar",
      "DynamoDBLocal.jar",
      "-inMemory",
      "-disableTelemetry",
      "-port",
      `${port}`,
    ],
    folder: dynamodbLocalFolder,
  }));
}

function dynoxideBinary(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve("@dynoxide/linux-x64/dynoxide");
  } catch {
    return undefined;
  }
}

function missing(reason: string): string {
  if (process.env["CI"] !== undefined) throw new Error(reason);
  return reason;
}

/** A port found free may be taken before the engine has it, so another is tried. */
async function start(commandFor: (port: number) => Command): Promise<DynamodbEngine> {
  let failure: unknown;
  for (let starts = 0; starts < startsMax; starts += 1) {
    const port = await freePort();
    const child = launch(commandFor(port));
    const endpoint = `http://127.0.0.1:${port}`;
    try {
      await untilReady(child, endpoint);
      return { endpoint, stop: () => stop(child) };
    } catch (error) {
      failure = error;
      await stop(child);
    }
  }
  throw new Error("the engine did not start", { cause: failure });
}

function launch({ program, args, folder }: Command): ChildProcess {
  const child = spawn(program, args, { cwd: folder, stdio: "ignore" });
  // Reads from this process until it ends, however it ends, and then takes the engine with it.
  const guard = spawn("sh", ["-c", `cat > /dev/null; kill ${child.pid} 2> /dev/null`], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.unref();
  child.once("exit", () => guard.kill());
  return child;
}

async function untilReady(child: ChildProcess, endpoint: string): Promise<void> {
  for (let looks = 0; looks < looksMax; looks += 1) {
    if (child.exitCode !== null) throw new Error(`the engine ended with ${child.exitCode}`);
    if (await answers(endpoint)) return;
    await sleep(lookPauseMs);
  }
  throw new Error(`nothing answers at ${endpoint}`);
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await (await fetch(endpoint)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
