import { writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { runBacklog } from "./backlog.ts";
import { type BenchedServer, startServer, type TableKind } from "./benchedServer.ts";
import { type BenchOptions, helpText, isTraffic, readOptions } from "./benchOptions.ts";
import { contentionCases, runContention } from "./contention.ts";
import { CountedBucket } from "./countedBucket.ts";
import { depthRates, depths, runDepth } from "./depth.ts";
import { startDynoxide } from "./dynoxide.ts";
import { type FairnessRun, fairnessCases, fairnessOf, runFairness } from "./fairness.ts";
import { runIdlePolls } from "./idlePolls.ts";
import { runIdleQueues } from "./idleQueues.ts";
import { runInFlight } from "./inFlight.ts";
import { type LatencyResult, runLatency } from "./latency.ts";
import { costOfLife, lives } from "./lives.ts";
import { pictureOf } from "./picture.ts";
import { panelsOf, peerName, type Results, report, type TrafficResult } from "./report.ts";
import type { Percentiles } from "./statistics.ts";
import { figure } from "./textTable.ts";
import { runTraffic, type TrafficKind, type TrafficRun } from "./traffic.ts";
import { runWaiting, waitingCases } from "./waiting.ts";

const noisyBacklog = 10_000;
/** Consumers that are at one queue together. */
const rivals = 100;
/** A thousand less than a standard queue may have, so that more can be received. */
const inFlightCount = 119_000;
const quietQueues = 1000;
const latencyMessages = 1000;

/** Until the compiler has seen the hot paths, a server is not what it will be. */
const warmUpMessages = 4000;

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(helpText);
    return;
  }
  const results: Results = {
    machine: machine(),
    options,
    traffic: [],
    idle: [],
    fairness: [],
    contention: [],
    units: [],
    depth: [],
    waiting: [],
    latency: [],
    backlog: [],
    inFlight: [],
    idleQueues: [],
  };
  console.log(`${results.machine}\n`);
  await runAllTraffic(options, results);
  if (options.scenarios.includes("idle")) await runAllIdle(options, results);
  if (options.scenarios.includes("fairness")) await runAllFairness(options, results);
  if (options.scenarios.includes("contention")) await runAllContention(results);
  if (options.scenarios.includes("units")) await runAllUnits(results);
  if (options.scenarios.includes("depth")) await runAllDepths(results);
  if (options.scenarios.includes("waiting")) await runAllWaiting(results);
  if (options.scenarios.includes("latency")) await runAllLatencies(options, results);
  if (options.scenarios.includes("backlog")) results.backlog.push(await runBacklog(options));
  if (options.scenarios.includes("inflight")) await runAllInFlight(options, results);
  if (options.scenarios.includes("queues")) await runAllIdleQueues(options, results);
  console.log(report(results));
  if (options.jsonFile !== undefined) {
    await writeFile(options.jsonFile, `${JSON.stringify(results, undefined, 2)}\n`);
  }
  if (options.pictureFile !== undefined) {
    await writeFile(options.pictureFile, pictureOf(panelsOf(results.traffic)));
  }
}

function machine(): string {
  const [first] = cpus();
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${first?.model.trim()}), ${memoryGb} GB, ${process.platform}, Node ${process.versions.node}`;
}

async function runAllTraffic(options: BenchOptions, results: Results): Promise<void> {
  for (const table of options.endpoint === undefined ? options.tables : ["given"]) {
    for (const batch of options.batches) {
      for (const scenario of options.scenarios.filter(isTraffic)) {
        const name = `${scenario}, ${table}, batch ${batch}`;
        const all = await withServer(options, table, ({ url, pid }) => {
          const peer = options.peer === undefined ? [] : [{ ...options.peer, table: peerName }];
          return runInTurns(name, scenario, [{ url, pid, table }, ...peer], { ...options, batch });
        });
        for (const one of all) results.traffic.push({ scenario, batch, ...one });
      }
    }
  }
}

/** A server in a comparison. */
interface Contender {
  readonly url: string;
  readonly pid: number | undefined;
  readonly table: string;
}

/** Runs that alternate: whatever else the machine does, it does to all of them. */
async function runInTurns(
  name: string,
  scenario: TrafficKind,
  contenders: readonly Contender[],
  options: BenchOptions & { readonly batch: number },
): Promise<readonly Pick<TrafficResult, "table" | "runs">[]> {
  const all = contenders.map((contender) => ({ contender, runs: [] as TrafficRun[] }));
  for (let run = 0; run <= options.runs; run += 1) {
    for (const { contender, runs } of all) {
      const title = `${name}: ${contender.table}`;
      const share = contenders[0]?.table === "dynamodb" ? 10 : 1;
      const isWarmUp = run === 0;
      const done = await runTraffic(isWarmUp ? "life" : scenario, {
        ...options,
        origin: contender.url,
        pid: contender.pid,
        messages: Math.ceil((isWarmUp ? warmUpMessages : options.messages) / share),
        progress: (count: number) => process.stderr.write(`${title}: ${count} messages\n`),
      });
      if (isWarmUp) continue;
      process.stderr.write(
        `${title}, run ${run} of ${options.runs}: ${figure(done.messagesPerSecond)} messages/s, ` +
          `${figure(done.cpuMicrosPerMessage ?? Number.NaN)} µs\n`,
      );
      runs.push(done);
    }
  }
  return all.map(({ contender: { table }, runs }) => ({ table, runs }));
}

async function runAllIdle(options: BenchOptions, results: Results): Promise<void> {
  const ours = options.tables.filter((table) => table !== "disk");
  for (const table of options.endpoint === undefined ? ours : ["given"]) {
    // The first looks of all must be over before the first poll is.
    const polls = table === "dynamodb" ? Math.ceil(options.polls / 5) : options.polls;
    process.stderr.write(`idle, ${table}: ${polls} polls\n`);
    const run = await withServer(options, table, async (server) => {
      if (server.pid === undefined) throw new Error("expected --pid beside --endpoint");
      return await runIdlePolls({ ...options, polls, origin: server.url, pid: server.pid });
    });
    results.idle.push({ table, polls, run });
  }
}

async function runAllFairness(options: BenchOptions, results: Results): Promise<void> {
  for (const table of options.endpoint === undefined ? options.tables : ["given"]) {
    const backlog = table === "dynamodb" ? noisyBacklog / 10 : noisyBacklog;
    await withServer(options, table, async ({ url: origin }) => {
      await runFairness({ origin, backlog: backlog / 4, ...fairnessCases[0] });
      for (const each of fairnessCases) {
        const runs: FairnessRun[] = [];
        for (let run = 1; run <= options.runs; run += 1) {
          process.stderr.write(`fairness, ${table}: run ${run} of ${options.runs}\n`);
          runs.push(await runFairness({ origin, backlog, ...each }));
        }
        results.fairness.push({ table, backlog, ...each, ...fairnessOf(runs) });
      }
    });
  }
}

async function runAllContention({ contention }: Results): Promise<void> {
  for (const each of contentionCases) {
    process.stderr.write(`contention: receives of ${each.batch}, ${each.lanes} lanes\n`);
    // A table of its own for each: the engine keeps what was stored in memory.
    const dynoxide = await startDynoxide();
    const { endpoint } = dynoxide;
    contention.push(await runContention({ endpoint, consumers: rivals, ...each }));
    await dynoxide.stop();
  }
}

async function runAllUnits(results: Results): Promise<void> {
  const dynoxide = await startDynoxide();
  for (const life of lives) {
    const bucket = new CountedBucket();
    const cost = await costOfLife(dynoxide.endpoint, life, life.hasBucket && bucket);
    results.units.push({ life, cost, puts: bucket.puts, gets: bucket.gets });
  }
  await dynoxide.stop();
}

async function runAllDepths(results: Results): Promise<void> {
  const dynoxide = await startDynoxide();
  for (const perSecond of depthRates) {
    for (const inFlight of depths) {
      process.stderr.write(`depth: ${inFlight} in flight, ${perSecond} messages a second\n`);
      results.depth.push(await runDepth(dynoxide.endpoint, { inFlight, perSecond }));
    }
  }
  await dynoxide.stop();
}

async function runAllWaiting({ waiting }: Results): Promise<void> {
  process.stderr.write("waiting: a minute and a half\n");
  const dynoxide = await startDynoxide();
  const { endpoint } = dynoxide;
  waiting.push(...(await Promise.all(waitingCases.map((each) => runWaiting(endpoint, each)))));
  await dynoxide.stop();
}

async function runAllLatencies(options: BenchOptions, results: Results): Promise<void> {
  for (const table of options.endpoint === undefined ? options.tables : ["given"]) {
    const ours: LatencyResult & { runs: Percentiles[] } = { table, runs: [] };
    const theirs: LatencyResult & { runs: Percentiles[] } = { table: peerName, runs: [] };
    await withServer(options, table, async ({ url }) => {
      const measure = (origin: string) =>
        runLatency({ ...options, origin, messages: latencyMessages });
      for (let run = 0; run <= options.runs; run += 1) {
        process.stderr.write(`latency, ${table}: run ${run} of ${options.runs}\n`);
        const our = await measure(url);
        const their = options.peer && (await measure(options.peer.url));
        // The first one is the warm-up.
        if (run === 0) continue;
        ours.runs.push(our);
        if (their !== undefined) theirs.runs.push(their);
      }
    });
    results.latency.push(ours);
    if (theirs.runs.length > 0) results.latency.push(theirs);
  }
}

async function runAllInFlight(options: BenchOptions, { inFlight }: Results): Promise<void> {
  for (const table of tablesOfOneBox(options)) {
    const run = await withServer(options, table, ({ url }) => runInFlight(url, inFlightCount));
    inFlight.push({ table, ...run });
  }
}

async function runAllIdleQueues(options: BenchOptions, { idleQueues }: Results): Promise<void> {
  for (const table of tablesOfOneBox(options)) {
    const run = await withServer(options, table, (among) =>
      withServer(options, table, (alone) =>
        runIdleQueues(among, alone, { ...options, batch: 1, quietQueues }),
      ),
    );
    idleQueues.push({ table, ...run });
  }
}

function tablesOfOneBox({ tables }: BenchOptions): readonly TableKind[] {
  return tables.filter((table) => table !== "dynamodb");
}

async function withServer<Result>(
  options: BenchOptions,
  table: string,
  measure: (server: BenchedServer) => Promise<Result>,
): Promise<Result> {
  const server = await serverFor(options, table);
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

async function serverFor(options: BenchOptions, table: string): Promise<BenchedServer> {
  const { endpoint, pid, profileFolder } = options;
  if (endpoint !== undefined) return { url: endpoint, pid, stop: async () => undefined };
  const kind = options.tables.find((each): each is TableKind => each === table);
  if (kind === undefined) throw new Error(`expected a table that was asked for, got ${table}`);
  return await startServer(kind, profileFolder);
}

await main();
