import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./freePort.ts";

/** A small engine that speaks DynamoDB's API, in memory, in a process of its own. */
export interface Dynoxide {
  readonly endpoint: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const looksMax = 100;
const lookPauseMs = 50;

/** Starts the engine of the optional package `@dynoxide/linux-x64`; rejects where there is none. */
export async function startDynoxide(): Promise<Dynoxide> {
  const program = createRequire(import.meta.url).resolve("@dynoxide/linux-x64/dynoxide");
  const port = await freePort();
  const child = spawn(program, ["--host", "127.0.0.1", "--port", `${port}`], { stdio: "ignore" });
  const orphaned = () => child.kill("SIGKILL");
  process.once("exit", orphaned);
  const endpoint = `http://127.0.0.1:${port}`;
  await untilAnswered(endpoint);
  return {
    endpoint,
    pid: child.pid ?? 0,
    async stop() {
      process.removeListener("exit", orphaned);
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function untilAnswered(endpoint: string): Promise<void> {
  for (let looks = 0; looks < looksMax; looks += 1) {
    try {
      await (await fetch(endpoint)).arrayBuffer();
      return;
    } catch {
      await sleep(lookPauseMs);
    }
  }
  throw new Error(`nothing answers at ${endpoint}`);
}
