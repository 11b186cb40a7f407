import { type BacklogResult, backlogTable } from "./backlog.ts";
import type { BenchOptions } from "./benchOptions.ts";
import { type ContentionRun, contentionTable } from "./contention.ts";
import { type DepthResult, depthTable } from "./depth.ts";
import { type FairnessResult, fairnessTable } from "./fairness.ts";
import type { IdlePollsRun } from "./idlePolls.ts";
import { type IdleQueuesResult, idleQueuesTable } from "./idleQueues.ts";
import { type InFlightResult, inFlightTable } from "./inFlight.ts";
import { type LatencyResult, latencyTable } from "./latency.ts";
import type { Account } from "./ledger.ts";
import type { Life, LifeCost } from "./lives.ts";
import type { Panel } from "./picture.ts";
import { type Percentiles, spreadOf } from "./statistics.ts";
import { figure, textTable } from "./textTable.ts";
import type { TrafficKind, TrafficRun } from "./traffic.ts";
import { type WaitingResult, waitingTable } from "./waiting.ts";

/** One question asked several times over. */
export interface TrafficResult {
  readonly scenario: TrafficKind;
  /** Of ours; or that it is the peer. */
  readonly table: string;
  readonly batch: number;
  readonly runs: readonly TrafficRun[];
}

/** What one life took, of DynamoDB and of S3. */
interface UnitsResult {
  readonly life: Life;
  readonly cost: LifeCost;
  readonly puts: number;
  readonly gets: number;
}

/** All that one call of the command has measured. */
export interface Results {
  readonly machine: string;
  readonly options: BenchOptions;
  readonly traffic: TrafficResult[];
  readonly idle: { readonly table: string; readonly polls: number; readonly run: IdlePollsRun }[];
  readonly fairness: FairnessResult[];
  readonly contention: ContentionRun[];
  readonly depth: DepthResult[];
  readonly units: UnitsResult[];
  readonly waiting: WaitingResult[];
  readonly latency: LatencyResult[];
  readonly backlog: BacklogResult[];
  readonly inFlight: InFlightResult[];
  readonly idleQueues: IdleQueuesResult[];
}

/** The name of the other server in the column of tables. */
export const peerName = "peer";

/** Every table that there are results for. */
export function report(results: Results): string {
  const { traffic, idle, fairness, contention, units, depth } = results;
  const parts: string[] = [];
  if (traffic.length > 0) parts.push(rates(traffic), latencies(traffic));
  if (traffic.some(({ table }) => table === peerName))
    parts.push(ratios(traffic, results.options.groups !== undefined));
  if (idle.length > 0) parts.push(idlePolls(idle));
  if (fairness.length > 0) parts.push(fairnessTable(fairness));
  if (contention.length > 0) parts.push(contentionTable(contention));
  if (units.length > 0) parts.push(unitsOfLives(units));
  if (depth.length > 0) parts.push(depthTable(depth));
  if (results.waiting.length > 0) parts.push(waitingTable(results.waiting));
  if (results.latency.length > 0) parts.push(latencyTable(results.latency));
  parts.push(...results.backlog.map(backlogTable));
  if (results.inFlight.length > 0) parts.push(inFlightTable(results.inFlight));
  if (results.idleQueues.length > 0) parts.push(idleQueuesTable(results.idleQueues));
  return parts.join("\n\n");
}

/** The last run of each question, to be drawn. */
export function panelsOf(results: readonly TrafficResult[]): readonly Panel[] {
  return results.flatMap(({ scenario, table, batch, runs }) => {
    const last = runs.at(-1);
    const title = `${scenario}, ${table}, batch ${batch}`;
    return last === undefined ? [] : [{ title, intervals: last.timeline }];
  });
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
function ratios(results: readonly TrafficResult[], isFifo: boolean): string {
  const pairs = results.flatMap((ours, index) => {
    const peer = results[index + 1];
    return ours.table !== peerName && peer?.table === peerName ? [{ ours, peer }] : [];
  });
  return textTable([
    ["beside the peer", "table", "batch", "rate", "min – max", "bound"].concat(
      "server CPU",
      "min – max",
      "bound",
    ),
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
      const bounds = ours.scenario === "life" ? peerBounds(ours.table, isFifo) : {};
      return [
        ours.scenario,
        ours.table,
        String(ours.batch),
        figure(rate.median),
        `${figure(rate.min)} – ${figure(rate.max)}`,
        bounds.rateMin === undefined ? "–" : `≥ ${bounds.rateMin}`,
        figure(cpu.median),
        `${figure(cpu.min)} – ${figure(cpu.max)}`,
        bounds.cpuMax === undefined ? "–" : `≤ ${bounds.cpuMax}`,
      ];
    }),
  ]);
}

/** Of a whole life, beside fauxqs in memory. */
function peerBounds(table: string, isFifo: boolean): { rateMin?: number; cpuMax?: number } {
  if (isFifo) return { cpuMax: 1 };
  if (table === "memory") return { cpuMax: 0.8 };
  return table === "disk" ? { rateMin: 0.9, cpuMax: 1 } : {};
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
    ["table", "idle polls", "CPU % of a core (≤ 2)", "KB/poll (≤ 20)"].concat(
      "wake p50 ms",
      "p99 ms",
      "max ms",
    ),
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
    ["life on DynamoDB", "write units", "bound", "read units", "bound", "round trips", "calls"],
    ...results.map(({ life, cost: { writeUnits, readUnits, roundTrips, calls }, puts, gets }) => [
      life.name,
      String(writeUnits),
      life.bounds === undefined ? "–" : String(life.bounds.writeUnits),
      String(readUnits),
      life.bounds === undefined ? "–" : String(life.bounds.readUnits),
      String(roundTrips),
      [counted(calls), ...(puts > 0 ? [`${puts} PUT, ${gets} GET of S3`] : [])].join(", "),
    ]),
  ]);
}

function counted(calls: readonly string[]): string {
  return [...Map.groupBy(calls, (call) => call)]
    .map(([call, same]) => (same.length === 1 ? call : `${same.length} ${call}`))
    .join(", ");
}
