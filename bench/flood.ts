import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bodiesOf } from "./bodies.ts";
import { HttpConnection } from "./httpConnection.ts";
import { createQueue, httpQueue } from "./httpQueue.ts";
import { startMillrace } from "./millraceProcess.ts";
import { usageOf } from "./processUsage.ts";
import { percentilesOf } from "./statistics.ts";
import { figure, textTable } from "./textTable.ts";

/**
 * What a client gets while another address floods the server: `node bench/flood.ts [--seconds 8]`. The client
 * sends, receives and deletes a message at a time, on a connection that it keeps.
 */

const floods: readonly { readonly kind: string | undefined; readonly flags: readonly string[] }[] =
  [
    { kind: undefined, flags: [] },
    { kind: "requests", flags: [] },
    { kind: "requests", flags: ["--requests-max", "100"] },
    { kind: "requests", flags: ["--client-requests-max", "10"] },
    { kind: "polls", flags: [] },
    { kind: "half requests", flags: [] },
    { kind: "stalled uploads", flags: [] },
    { kind: "bodies in bytes", flags: [] },
    { kind: "pipelining", flags: [] },
  ];
const sourceFile = fileURLToPath(new URL("floodSource.ts", import.meta.url));
const pauseMs = 5;
const warmUpMs = 2000;

const { values } = parseArgs({ options: { seconds: { type: "string", default: "8" } } });
const rows: string[][] = [];
for (const { kind, flags } of floods) rows.push(await measure(kind, flags));
console.log(
  textTable([
    [
      "flood",
      "flags",
      "calls",
      "refused",
      "p50 ms",
      "p99 ms",
      "max ms",
      "server MB",
      "CPU %",
    ].concat("flood answered", "refused or closed"),
    ...rows,
  ]),
);

async function measure(kind: string | undefined, flags: readonly string[]): Promise<string[]> {
  const server = await startMillrace({ flags: ["--data", ":memory:", ...flags] });
  try {
    const maker = await HttpConnection.open(server.url);
    for (const name of ["flooded", "polled"]) await createQueue(maker, name);
    const url = await createQueue(maker, "quiet");
    maker.close();
    const flood = kind === undefined ? undefined : startFlood(kind, new URL(server.url).port);
    await callUntil(server.url, url, performance.now() + warmUpMs, () => {});
    const usedBefore = usageOf(server.pid)?.cpuMs ?? Number.NaN;
    const startedMs = performance.now();
    let mostBytes = 0;
    const tookMs: number[] = [];
    const refused = await callUntil(
      server.url,
      url,
      startedMs + Number(values.seconds) * 1000,
      (durationMs) => {
        tookMs.push(durationMs);
        mostBytes = Math.max(mostBytes, usageOf(server.pid)?.residentBytes ?? Number.NaN);
      },
    );
    const cpuMs = (usageOf(server.pid)?.cpuMs ?? Number.NaN) - usedBefore;
    const { p50, p99, max } = percentilesOf(tookMs);
    const counts = await flood?.stop();
    return [
      kind ?? "none",
      flags.join(" "),
      figure(tookMs.length),
      String(refused),
      ...[p50, p99, max].map(figure),
      figure(mostBytes / 2 ** 20),
      figure((cpuMs / (performance.now() - startedMs)) * 100),
      figure(counts?.answered ?? 0),
      figure((counts?.refused ?? 0) + (counts?.closed ?? 0)),
    ];
  } finally {
    await server.stop();
  }
}

/** Goes on with a new connection when it is refused or closed; answers how often that was. */
async function callUntil(
  origin: string,
  queueUrl: string,
  endMs: number,
  took: (durationMs: number) => void,
): Promise<number> {
  const bodyOf = bodiesOf(300);
  let refused = 0;
  for (let connection: HttpConnection | undefined; performance.now() < endMs; ) {
    try {
      connection ??= await HttpConnection.open(origin);
      const queue = httpQueue(connection, queueUrl);
      const timed = async <Answer>(asked: Promise<Answer>): Promise<Answer> => {
        const startedMs = performance.now();
        const answer = await asked;
        took(performance.now() - startedMs);
        return answer;
      };
      await timed(queue.send([bodyOf(0)]));
      const deliveries = await timed(
        queue.receive({ most: 1, visibilityTimeoutSeconds: 30, waitSeconds: 0 }),
      );
      await timed(queue.delete(deliveries.map(({ receiptHandle }) => receiptHandle)));
    } catch {
      refused += 1;
      connection?.close();
      connection = undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return refused;
}

interface FloodCounts {
  readonly answered: number;
  readonly refused: number;
  readonly closed: number;
}

function startFlood(kind: string, port: string): { stop(): Promise<FloodCounts> } {
  const child = fork(sourceFile, [kind, port]);
  return {
    async stop() {
      const told = once(child, "message");
      child.send("how many");
      const [counts] = await told;
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
      return counts;
    },
  };
}
