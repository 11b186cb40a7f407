import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bodiesOf } from "./bodies.ts";
import { HttpConnection } from "./httpConnection.ts";
import { createQueue, httpQueue } from "./httpQueue.ts";
import { numbersTo } from "./load.ts";
import { type MillraceProcess, startMillrace } from "./millraceProcess.ts";
import { usageOf } from "./processUsage.ts";
import type { QueueClient } from "./queueClient.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import { figure, textTable } from "./textTable.ts";

export interface BacklogOptions {
  /** Messages that lie in the queue all the time. */
  readonly backlog: number;
  readonly bodyBytes: number;
  /** Messages a call, 1 to 10. */
  readonly batches: readonly number[];
  /** Messages a run that are sent, received and deleted. */
  readonly messages: number;
  readonly runs: number;
}

/** What a server on disk needs with a backlog, beside one that has none. */
export interface BacklogResult {
  readonly backlog: number;
  readonly fillSeconds: number;
  /** From the start of the process to when it is ready, with nothing and with the backlog. */
  readonly startMs: { readonly empty: number; readonly full: number };
  readonly residentBytes: {
    readonly filled: number;
    readonly restarted: number;
    /** After all runs. */
    readonly worked: number;
  };
  readonly batches: readonly {
    readonly batch: number;
    /** With the backlog, of the rate and the processor time without, run by run. */
    readonly rateRatio: Spread;
    readonly cpuRatio: Spread;
    readonly messagesPerSecond: { readonly empty: Spread; readonly full: Spread };
  }[];
}

/** A queue at a server of its own. */
interface Place {
  readonly server: MillraceProcess;
  readonly clients: readonly QueueClient[];
  close(): void;
}

const queueName = "backlog";
const clientsAtOnce = 8;
const batchMost = 10;
const progressEvery = 50_000;
const visibilityTimeoutSeconds = 600;

/** Fills a queue on disk, starts its server anew, and works at it and at an empty one in turns. */
export async function runBacklog(options: BacklogOptions): Promise<BacklogResult> {
  const folders = await Promise.all([newFolder(), newFolder()]);
  const servers: MillraceProcess[] = [];
  const start = async (folder: string) => {
    const startedMs = performance.now();
    const server = await startMillrace({ flags: ["--data", folder] });
    servers.push(server);
    return { server, startMs: performance.now() - startedMs };
  };
  try {
    const first = await start(folders[0]);
    const filled = await fill(first.server, options);
    await first.server.stop();
    const [full, empty] = [await start(folders[0]), await start(folders[1])];
    const restarted = residentBytesOf(full.server);
    const batches = await workInTurns(full.server, empty.server, options);
    return {
      backlog: options.backlog,
      fillSeconds: filled.seconds,
      startMs: { empty: empty.startMs, full: full.startMs },
      residentBytes: {
        filled: filled.residentBytes,
        restarted,
        worked: residentBytesOf(full.server),
      },
      batches,
    };
  } finally {
    for (const server of servers) await server.stop();
    for (const folder of folders) await rm(folder, { recursive: true });
  }
}

function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "millrace-backlog-"));
}

async function openPlace(server: MillraceProcess): Promise<Place> {
  const connections = await Promise.all(
    Array.from({ length: clientsAtOnce }, () => HttpConnection.open(server.url)),
  );
  const [first] = connections;
  assert(first !== undefined);
  const url = await createQueue(first, queueName);
  return {
    server,
    clients: connections.map((connection) => httpQueue(connection, url)),
    close() {
      for (const connection of connections) connection.close();
    },
  };
}

async function fill(server: MillraceProcess, { backlog, bodyBytes }: BacklogOptions) {
  const { clients, close } = await openPlace(server);
  const bodyOf = bodiesOf(bodyBytes);
  const numbers = numbersTo(backlog);
  const startedMs = performance.now();
  const send = async (client: QueueClient) => {
    for (;;) {
      const some = numbers.next(batchMost);
      const [first] = some;
      if (first === undefined) return;
      await client.send(some.map(bodyOf));
      if (first % progressEvery === 0) process.stderr.write(`backlog: ${first} messages\n`);
    }
  };
  await Promise.all(clients.map(send));
  const seconds = (performance.now() - startedMs) / 1000;
  close();
  return { seconds, residentBytes: residentBytesOf(server) };
}

async function workInTurns(
  fullServer: MillraceProcess,
  emptyServer: MillraceProcess,
  options: BacklogOptions,
): Promise<BacklogResult["batches"]> {
  const batches: BacklogResult["batches"][number][] = [];
  for (const batch of options.batches) {
    const pairs: { readonly full: Work; readonly empty: Work }[] = [];
    for (let run = 0; run <= options.runs; run += 1) {
      process.stderr.write(`backlog, batch ${batch}: run ${run} of ${options.runs}\n`);
      const pair = {
        empty: await workAt(emptyServer, batch, options),
        full: await workAt(fullServer, batch, options),
      };
      // The first one is the warm-up.
      if (run > 0) pairs.push(pair);
    }
    const ratio = (of: (work: Work) => number) =>
      spreadOf(pairs.map((pair) => of(pair.full) / of(pair.empty)));
    const rate = (of: "full" | "empty") => spreadOf(pairs.map((pair) => pair[of].perSecond));
    batches.push({
      batch,
      rateRatio: ratio(({ perSecond }) => perSecond),
      cpuRatio: ratio(({ cpuMs }) => cpuMs),
      messagesPerSecond: { empty: rate("empty"), full: rate("full") },
    });
  }
  return batches;
}

/** On connections of its own: while the other server has its turn, one without a request is cut off. */
async function workAt(
  server: MillraceProcess,
  batch: number,
  options: BacklogOptions,
): Promise<Work> {
  const place = await openPlace(server);
  try {
    return await work(place, batch, options);
  } finally {
    place.close();
  }
}

interface Work {
  readonly perSecond: number;
  readonly cpuMs: number;
}

/** Sends as many as it then receives and deletes, so that the backlog stays what it is. */
async function work(place: Place, batch: number, options: BacklogOptions): Promise<Work> {
  const { clients, server } = place;
  const { messages, bodyBytes } = options;
  const bodyOf = bodiesOf(bodyBytes);
  const numbers = numbersTo(messages);
  let deleted = 0;
  const live = async (client: QueueClient) => {
    for (;;) {
      const some = numbers.next(batch);
      if (some.length === 0) return;
      await client.send(some.map(bodyOf));
      for (let left = some.length; left > 0; ) {
        const got = await client.receive({ most: left, visibilityTimeoutSeconds, waitSeconds: 1 });
        // What is not there for one now was received, and will be deleted, by another.
        if (got.length === 0) break;
        await client.delete(got.map(({ receiptHandle }) => receiptHandle));
        deleted += got.length;
        left -= got.length;
      }
    }
  };
  const [startedMs, cpuBeforeMs] = [performance.now(), cpuMsOf(server)];
  await Promise.all(clients.map(live));
  const seconds = (performance.now() - startedMs) / 1000;
  assert.equal(deleted, messages, "expected as many deletes as sends");
  return { perSecond: messages / seconds, cpuMs: cpuMsOf(server) - cpuBeforeMs };
}

function cpuMsOf({ pid }: MillraceProcess): number {
  return usageOf(pid)?.cpuMs ?? Number.NaN;
}

function residentBytesOf({ pid }: MillraceProcess): number {
  return usageOf(pid)?.residentBytes ?? Number.NaN;
}

/** The result as tables, with their bounds. */
export function backlogTable(result: BacklogResult): string {
  const { backlog, startMs, residentBytes, fillSeconds, batches } = result;
  const megabytes = (bytes: number) => figure(bytes / 2 ** 20);
  const whole = textTable([
    ["backlog on disk", "filled in s", "MB once filled", "restarted", "worked (≤ 300)"].concat(
      "start ms (≤ 2,000)",
      "start ms, empty",
    ),
    [
      backlog.toLocaleString("en-US"),
      figure(fillSeconds),
      megabytes(residentBytes.filled),
      megabytes(residentBytes.restarted),
      megabytes(residentBytes.worked),
      figure(startMs.full),
      figure(startMs.empty),
    ],
  ]);
  const byBatch = textTable([
    ["batch", "messages/s, backlog", "empty", "rate ratio (≥ 0.8)", "min – max"].concat(
      "server CPU ratio",
      "min – max",
    ),
    ...batches.map(({ batch, rateRatio, cpuRatio, messagesPerSecond: { full, empty } }) => [
      String(batch),
      figure(full.median),
      figure(empty.median),
      figure(rateRatio.median),
      `${figure(rateRatio.min)} – ${figure(rateRatio.max)}`,
      figure(cpuRatio.median),
      `${figure(cpuRatio.min)} – ${figure(cpuRatio.max)}`,
    ]),
  ]);
  return `${whole}\n\n${byBatch}`;
}
