import { writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { type BacklogResult, backlogTable, runBacklog } from "./backlog.ts";
import { type BenchedServer, startServer, type TableKind } from "./benchedServer.ts";
import { type BenchOptions, helpText, isTraffic, readOptions } from "./benchOptions.ts";

import {
  type ContentionRun,
  contentionCases,
  contentionTable,
  runContention,
} from "./contention.ts";

import { type DepthResult, depthRates, depths, depthTable, runDepth } from "./depth.ts";

import { startDynoxide } from "./dynoxide.ts";
import {
  type FairnessResult,
  type FairnessRun,
  fairnessCases,
  fairnessOf,
  fairnessTable,
  runFairness,
} from "./fairness.ts";
import { type IdlePollsRun, runIdlePolls } from "./idlePolls.ts";
import { type IdleQueuesResult, idleQueuesTable, runIdleQueues } from "./idleQueues.ts";
import { type InFlightResult, inFlightTable, runInFlight } from "./inFlight.ts";
import { type LatencyResult, latencyTable, runLatency } from "./latency.ts";
import type { Account } from "./ledger.ts";
import { costOfLife, type LifeCost, lives } from "./lives.ts";
import { type Panel, pictureOf } from "./picture.ts";
import { type Percentiles, spreadOf } from "./statistics.ts";
import { figure, textTable } from "./textTable.ts";
import { runTraffic, type TrafficKind, type TrafficRun } from "./traffic.ts";

/** One question asked several times over. */
interface TrafficResult {
  readonly scenario: TrafficKind;
  /** Of ours; or that it is the peer. */
  readonly table: string;
  readonly batch: number;
  readonly runs: readonly TrafficRun[];
}

interface Results {
  readonly machine: string;
  readonly options: BenchOptions;
  readonly traffic: TrafficResult[];
  readonly idle: { readonly table: string; readonly polls: number; readonly run: IdlePollsRun }[];
  readonly fairness: FairnessResult[];
  readonly contention: ContentionRun[];
  readonly depth: DepthResult[];
  readonly units: { readonly life: string; readonly cost: LifeCost }[];
  readonly latency: LatencyResult[];
  readonly backlog: BacklogResult[];
  readonly inFlight: InFlightResult[];
  readonly idleQueues: IdleQueuesResult[];
}

const noisyBacklog = 10_000;
/** Consumers that are at one queue together. */
const rivals = 100;
/** A thousand less than a standard queue may have, so that more can be received. */
const inFlightCount = 119_000;
const quietQueues = 1000;
const latencyMessages = 1000;
const peerName = "peer";

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
    results.units.push({ life: life.name, cost: await costOfLife(dynoxide.endpoint, life) });
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

function report(results: Results): string {
  const { traffic, idle, fairness, contention, units, depth } = results;
  const parts: string[] = [];
  if (traffic.length > 0) parts.push(rates(traffic), latencies(traffic));
  if (traffic.some(({ table }) => table === peerName)) parts.push(ratios(traffic));
  if (idle.length > 0) parts.push(idlePolls(idle));
  if (fairness.length > 0) parts.push(fairnessTable(fairness));
  if (contention.length > 0) parts.push(contentionTable(contention));
  if (units.length > 0) parts.push(unitsOfLives(units));
  if (depth.length > 0) parts.push(depthTable(depth));
  if (results.latency.length > 0) parts.push(latencyTable(results.latency));
  parts.push(...results.backlog.map(backlogTable));
  if (results.inFlight.length > 0) parts.push(inFlightTable(results.inFlight));
  if (results.idleQueues.length > 0) parts.push(idleQueuesTable(results.idleQueues));
  return parts.join("\n\n");
}

function rates(results: readonly TrafficResult[]): string {
  const head = ["scenario", "table", "batch", "messages/s", "min – max"];
  const cpu = [
    "server CPU µs/message",
    "min – max",
    "server MB",
    "lost",
    "doubled",
    "out of order",
  ];
  return textTable([
    [...head, ...cpu],
    ...results.map(({ scenario, table, batch, runs }) => {
      const rate = spreadOf(runs.map(({ messagesPerSecond }) => messagesPerSecond));
      const micros = spreadOf(runs.map((run) => run.cpuMicrosPerMessage ?? Number.NaN));
      const bytes = spreadOf(runs.map(({ residentBytes }) => residentBytes ?? Number.NaN));
      const faults = (of: (account: Account) => number) =>
        String(runs.reduce((sum, { account }) => sum + of(account), 0));
      return [
        scenario,
        table,
        String(batch),
        figure(rate.median),
        `${figure(rate.min)} – ${figure(rate.max)}`,
        figure(micros.median),
        `${figure(micros.min)} – ${figure(micros.max)}`,
        figure(bytes.max / 2 ** 20),
        scenario === "send" ? "–" : faults(({ lost }) => lost),
        scenario === "send" ? "–" : faults((account) => account.received - account.deleted),
        scenario === "send" ? "–" : faults(({ outOfOrder }) => outOfOrder),
      ];
    }),
  ]);
}

/** What ours takes of the peer's, run by run: medians of the ratios. */
function ratios(results: readonly TrafficResult[]): string {
  const pairs = results.flatMap((ours, index) => {
    const peer = results[index + 1];
    return ours.table !== peerName && peer?.table === peerName ? [{ ours, peer }] : [];
  });
  return textTable([
    ["beside the peer", "table", "batch", "rate", "min – max", "server CPU", "min – max"],
    ...pairs.map(({ ours, peer }) => {
      const ratio = (of: (run: TrafficRun) => number | undefined) =>
        spreadOf(
          ours.runs.map((run, index) => {
            const other = peer.runs[index];
            return (of(run) ?? Number.NaN) / ((other && of(other)) ?? Number.NaN);
          }),
        );
      const rate = ratio(({ messagesPerSecond }) => messagesPerSecond);
      const cpu = ratio(({ cpuMicrosPerMessage }) => cpuMicrosPerMessage);
      return [
        ours.scenario,
        ours.table,
        String(ours.batch),
        figure(rate.median),
        `${figure(rate.min)} – ${figure(rate.max)}`,
        figure(cpu.median),
        `${figure(cpu.min)} – ${figure(cpu.max)}`,
      ];
    }),
  ]);
}

/** The last run of each question. */
function panelsOf(results: readonly TrafficResult[]): readonly Panel[] {
  return results.flatMap(({ scenario, table, batch, runs }) => {
    const last = runs.at(-1);
    const title = `${scenario}, ${table}, batch ${batch}`;
    return last === undefined ? [] : [{ title, intervals: last.timeline }];
  });
}

function latencies(results: readonly TrafficResult[]): string {
  const rows = results.flatMap(({ scenario, table, batch, runs }) =>
    (["send", "receive", "delete"] as const).flatMap((call) => {
      const isMeasured = scenario === "life" || (scenario === "send") === (call === "send");
      if (!isMeasured) return [];
      const name = [scenario, table, String(batch), call];
      return [[...name, ...medians(runs.map(({ latencyMs }) => latencyMs[call]))]];
    }),
  );
  const head = ["scenario", "table", "batch", "call", "p50 ms", "p90 ms", "p99 ms", "max ms"];
  return textTable([head, ...rows]);
}

/** Of each percentile the median over the runs, and of the greatest the greatest. */
function medians(runs: readonly Percentiles[]): readonly string[] {
  return [
    spreadOf(runs.map(({ p50 }) => p50)).median,
    spreadOf(runs.map(({ p90 }) => p90)).median,
    spreadOf(runs.map(({ p99 }) => p99)).median,
    spreadOf(runs.map(({ max }) => max)).max,
  ].map(figure);
}

function idlePolls(results: Results["idle"]): string {
  return textTable([
    ["table", "idle polls", "CPU % of a core", "KB/poll", "wake p50 ms", "p99 ms", "max ms"],
    ...results.map(({ table, polls, run: { cpuPercent, bytesPerPoll, wakeMs } }) => [
      table,
      String(polls),
      figure(cpuPercent),
      figure(bytesPerPoll / 1024),
      figure(wakeMs.p50),
      figure(wakeMs.p99),
      figure(wakeMs.max),
    ]),
  ]);
}

function unitsOfLives(results: Results["units"]): string {
  return textTable([
    ["life on DynamoDB", "write units", "read units", "round trips", "calls"],
    ...results.map(({ life, cost: { writeUnits, readUnits, roundTrips, calls } }) => [
      life,
      String(writeUnits),
      String(readUnits),
      String(roundTrips),
      counted(calls),
    ]),
  ]);
}

function counted(calls: readonly string[]): string {
  return [...Map.groupBy(calls, (call) => call)]
    .map(([call, same]) => (same.length === 1 ? call : `${same.length} ${call}`))
    .join(", ");
}

await main();
