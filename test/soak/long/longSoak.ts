import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HttpConnection } from "../../../bench/httpConnection.ts";
import { createQueue, httpQueue } from "../../../bench/httpQueue.ts";
import { usageOf } from "../../../bench/processUsage.ts";
import {
  heldBeyond,
  type ProbedMillrace,
  startProbedMillrace,
} from "../../support/probedMillrace.ts";
import type { Holdings } from "../../support/serverProbe.ts";
import { runFreshServers } from "./freshServer.ts";
import { type SoakFaults, SoakLedger } from "./soakLedger.ts";
import { runSoakLoad, type Tides } from "./soakLoad.ts";
import { SoakMeter, type TimedKind } from "./soakMeter.ts";

export interface LongSoakOptions {
  /** For so long messages are sent; draining comes after that. */
  readonly seconds: number;
  readonly looks: number;
  /** How often the server beside it that never grows old is started anew. */
  readonly freshServers: number;
  readonly tides: Tides;
  readonly seed: number;
  /** Told of each look. */
  readonly progress: (look: Look) => void;
}

/** What was seen at one moment of a soak, and what had happened since the last. */
export interface Look {
  readonly atSeconds: number;
  readonly holdings: Holdings;
  readonly fileBytes: number;
  readonly callsPerSecond: number;
  /** Processor time of the server for each call. */
  readonly cpuMsPerCall: number;
  readonly p50Ms: ReadonlyMap<TimedKind, number>;
  readonly p99Ms: ReadonlyMap<TimedKind, number>;
  /** Messages that were sent and are not deleted. */
  readonly open: number;
}

export interface LongSoak {
  readonly looks: readonly Look[];
  readonly faults: SoakFaults;
  /** Messages that were sent, received and deleted. */
  readonly deleted: number;
  /** Messages that were never received, or came back for ever. */
  readonly left: number;
  /** What the server holds with no caller and no message, before everything and after it. */
  readonly idle: { readonly before: Holdings; readonly after: Holdings };
  readonly fileBytes: { readonly atHighTides: readonly number[]; readonly after: number };
}

const drainMsMax = 120_000;
const settleMsMax = 120_000;
const settlePauseMs = 100;
/** What a file that is empty keeps for its next backlog, and a little. */
export const emptyFileBytesMax = 40 * 2 ** 20;

/** Has a server on disk work for so long, looks at it meanwhile, drains it, and waits until it is idle. */
export async function runLongSoak(options: LongSoakOptions): Promise<LongSoak> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-soak-"));
  const server = await startProbedMillrace({ flags: ["--data", folder] });
  try {
    return await soak(server, join(folder, "millrace.db"), options);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

async function soak(
  server: ProbedMillrace,
  file: string,
  options: LongSoakOptions,
): Promise<LongSoak> {
  const before = await server.holdings();
  const [ledger, meter] = [new SoakLedger(), new SoakMeter()];
  const startedMs = performance.now();
  const sendUntilMs = startedMs + options.seconds * 1000;
  const mayReceive = () => {
    const nowMs = performance.now();
    return nowMs < sendUntilMs || (ledger.open > 0 && nowMs < sendUntilMs + drainMsMax);
  };
  const atHighTides: number[] = [];
  const atHighTide = async () => {
    atHighTides.push(await bytesOf(file));
  };
  const world = { origin: server.url, ledger, meter, sendUntilMs, atHighTide, mayReceive };
  const load = runSoakLoad(world, options.seed, options.tides);
  const looking = look(server, file, { ...options, ledger, meter, startedMs });
  const fresh = runFreshServers(meter, { untilMs: sendUntilMs, lives: options.freshServers });
  // Whichever fails first ends the soak.
  const [looks] = await Promise.all([looking, load, fresh]);
  await untilShrunk(server, file);
  const after = await settled(server, before);
  return {
    looks,
    faults: ledger.faults,
    deleted: ledger.deleted,
    left: ledger.open,
    idle: { before, after },
    fileBytes: { atHighTides, after: (await stat(file)).size },
  };
}

async function look(
  server: ProbedMillrace,
  file: string,
  {
    seconds,
    looks,
    progress,
    ledger,
    meter,
    startedMs,
  }: LongSoakOptions & { ledger: SoakLedger; meter: SoakMeter; startedMs: number },
): Promise<readonly Look[]> {
  const seen: Look[] = [];
  let lastMs = startedMs;
  let lastCpuMs = cpuMsOf(server);
  for (let number = 1; number <= looks; number += 1) {
    await sleep(Math.max(0, startedMs + (number * seconds * 1000) / looks - performance.now()));
    const [nowMs, cpuMs] = [performance.now(), cpuMsOf(server)];
    const { calls, tookMs } = meter.take();
    const each = (of: "p50" | "p99") =>
      new Map([...tookMs].map(([kind, percentiles]) => [kind, percentiles[of]]));
    const one: Look = {
      atSeconds: (nowMs - startedMs) / 1000,
      holdings: await server.holdings(),
      fileBytes: await bytesOf(file),
      callsPerSecond: (calls * 1000) / (nowMs - lastMs),
      cpuMsPerCall: (cpuMs - lastCpuMs) / calls,
      p50Ms: each("p50"),
      p99Ms: each("p99"),
      open: ledger.open,
    };
    lastCpuMs = cpuMs;
    lastMs = nowMs;
    seen.push(one);
    progress(one);
  }
  return seen;
}

/**
 * Waits until the file is as small as an empty one may be; not for ever. What is shortened in the log is so
 * in the file once enough is written, so a little is sent and deleted meanwhile.
 */
async function untilShrunk({ url }: ProbedMillrace, file: string): Promise<void> {
  const untilMs = performance.now() + settleMsMax;
  const connection = await HttpConnection.open(url);
  const queue = httpQueue(connection, await createQueue(connection, "small-change"));
  while ((await stat(file)).size > emptyFileBytesMax && performance.now() < untilMs) {
    await queue.send(["x".repeat(5000)]);
    const options = { most: 10, waitSeconds: 0, visibilityTimeoutSeconds: 600 };
    const deliveries = await queue.receive(options);
    if (deliveries.length > 0) await queue.delete(deliveries.map((each) => each.receiptHandle));
  }
  connection.close();
}

/** Waits until the server holds no more than before; not for ever. */
async function settled(server: ProbedMillrace, before: Holdings): Promise<Holdings> {
  const untilMs = performance.now() + settleMsMax;
  for (;;) {
    const now = await server.holdings();
    if (Object.keys(heldBeyond(before, now)).length === 0 || performance.now() > untilMs)
      return now;
    await sleep(settlePauseMs);
  }
}

/** How many timers, sockets and other things keep the server alive. */
export function resourcesOf({ resources }: Holdings): number {
  return Object.values(resources).reduce((sum, count) => sum + count, 0);
}

/** Of the database and the log beside it. */
async function bytesOf(file: string): Promise<number> {
  const sizes = await Promise.all(
    [file, `${file}-wal`].map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function cpuMsOf({ pid }: ProbedMillrace): number {
  return usageOf(pid)?.cpuMs ?? Number.NaN;
}
