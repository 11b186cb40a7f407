import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

/** What one process needed, in milliseconds of its main thread's processor time. */
export interface Start {
  /** To import the function, with all that it does at its start. */
  readonly importMs: number;
  /** For each event, in their order. */
  readonly eventsMs: readonly number[];
}

/** A fresh process that imports a bundled function and hands it the events, one after the other. */
export async function startFunction(
  name: string,
  events: readonly unknown[],
  env: Readonly<Record<string, string>>,
): Promise<Start> {
  const bundle = pathToFileURL(resolve("dist", "functions", name, "index.mjs"));
  const script = `
    // Only endpoints without TLS need it, which there are none of at AWS.
    await import("node:http");
    const cpuMs = () => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000; };
    const before = cpuMs();
    const { handler } = await import(${JSON.stringify(bundle.href)});
    const importMs = cpuMs() - before;
    const eventsMs = [];
    for (const event of ${JSON.stringify(events)}) {
      const startedMs = cpuMs();
      const answer = await handler(event, { getRemainingTimeInMillis: () => 30000 });
      eventsMs.push(cpuMs() - startedMs);
      if (answer.statusCode >= 300) throw new Error("got status " + answer.statusCode);
    }
    process.stdout.write("\\n" + JSON.stringify({ importMs, eventsMs }));
    process.exit();`;
  const command = ["--input-type=module", "--eval", script];
  // Not in one go: what stands for services of AWS lives in this process.
  const { stdout } = await promisify(execFile)(process.execPath, command, { env });
  // The lines before it are metrics.
  return JSON.parse(stdout.slice(stdout.lastIndexOf("\n")));
}
