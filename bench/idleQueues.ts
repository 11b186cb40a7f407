import { setTimeout as sleep } from "node:timers/promises";
import type { BenchedServer } from "./benchedServer.ts";
import { HttpConnection } from "./httpConnection.ts";
import { createQueue, httpQueue } from "./httpQueue.ts";
import { usageOf } from "./processUsage.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import { figure, textTable } from "./textTable.ts";
import { runTraffic, type TrafficOptions } from "./traffic.ts";

export interface IdleQueuesOptions extends Omit<TrafficOptions, "origin" | "pid" | "progress"> {
  readonly quietQueues: number;
  readonly runs: number;
}

/** What a busy queue costs a server that has many quiet ones, beside a server that has none. */
export interface IdleQueuesResult {
  readonly table: string;
  readonly quietQueues: number;
  readonly cpuMicrosPerMessage: { readonly among: Spread; readonly alone: Spread };
  /** With the quiet queues, of what it is without, run by run. */
  readonly cpuRatio: Spread;
  /** Of one core, with no request at all. */
  readonly idleCpuPercent: { readonly among: number; readonly alone: number };
  /** What each quiet queue adds to the server's resident memory. */
  readonly bytesPerQueue: number;
}

const idleMs = 10_000;
/** What traffic leaves behind is done by then. */
const calmMs = 2000;
const visibilityTimeoutSeconds = 600;

/** Runs the same load by turns at a server with quiet queues and at one without. */
export async function runIdleQueues(
  among: BenchedServer,
  alone: BenchedServer,
  options: IdleQueuesOptions,
): Promise<Omit<IdleQueuesResult, "table">> {
  const before = usageIn(among).residentBytes;
  await makeQuietQueues(among.url, options.quietQueues);
  const bytesPerQueue = (usageIn(among).residentBytes - before) / options.quietQueues;
  const pairs: { readonly among: number; readonly alone: number }[] = [];
  const micros = async ({ url: origin, pid }: BenchedServer) => {
    const run = await runTraffic("life", { ...options, origin, pid, progress: () => undefined });
    return run.cpuMicrosPerMessage ?? Number.NaN;
  };
  for (let run = 0; run <= options.runs; run += 1) {
    process.stderr.write(`queues, batch ${options.batch}: run ${run} of ${options.runs}\n`);
    const pair = { among: await micros(among), alone: await micros(alone) };
    // The first one is the warm-up.
    if (run > 0) pairs.push(pair);
  }
  await sleep(calmMs);
  const idleFrom = [usageIn(among).cpuMs, usageIn(alone).cpuMs] as const;
  await sleep(idleMs);
  const percent = (server: BenchedServer, fromMs: number) =>
    ((usageIn(server).cpuMs - fromMs) / idleMs) * 100;
  return {
    quietQueues: options.quietQueues,
    cpuMicrosPerMessage: {
      among: spreadOf(pairs.map((pair) => pair.among)),
      alone: spreadOf(pairs.map((pair) => pair.alone)),
    },
    cpuRatio: spreadOf(pairs.map((pair) => pair.among / pair.alone)),
    idleCpuPercent: { among: percent(among, idleFrom[0]), alone: percent(alone, idleFrom[1]) },
    bytesPerQueue,
  };
}

/** Queues that a message has been through, so that all there is to know of them is known. */
async function makeQuietQueues(origin: string, count: number): Promise<void> {
  const connection = await HttpConnection.open(origin);
  for (let number = 0; number < count; number += 1) {
    const queue = httpQueue(connection, await createQueue(connection, `quiet-${number}`));
    await queue.send(["hello"]);
    const got = await queue.receive({ most: 1, visibilityTimeoutSeconds, waitSeconds: 1 });
    await queue.delete(got.map(({ receiptHandle }) => receiptHandle));
  }
  connection.close();
}

function usageIn({ pid }: BenchedServer) {
  const usage = pid === undefined ? undefined : usageOf(pid);
  return usage ?? { cpuMs: Number.NaN, residentBytes: Number.NaN };
}

/** The results as a table; a ratio of 1 is what issue 5 asks for. */
export function idleQueuesTable(results: readonly IdleQueuesResult[]): string {
  return textTable([
    ["table", "quiet queues", "server CPU µs/message", "one queue alone", "ratio (1)"].concat(
      "min – max",
      "idle CPU %",
      "idle alone %",
      "KB/queue",
    ),
    ...results.map((result) => {
      const { table, quietQueues, cpuMicrosPerMessage, cpuRatio, idleCpuPercent } = result;
      return [
        table,
        quietQueues.toLocaleString("en-US"),
        figure(cpuMicrosPerMessage.among.median),
        figure(cpuMicrosPerMessage.alone.median),
        figure(cpuRatio.median),
        `${figure(cpuRatio.min)} – ${figure(cpuRatio.max)}`,
        figure(idleCpuPercent.among),
        figure(idleCpuPercent.alone),
        figure(result.bytesPerQueue / 1024),
      ];
    }),
  ]);
}
