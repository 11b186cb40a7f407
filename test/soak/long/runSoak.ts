import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { figure } from "../../../bench/textTable.ts";
import { heldBeyond } from "../../support/probedMillrace.ts";
import { flatnessTable } from "./flatness.ts";
import { emptyFileBytesMax, type Look, runLongSoak } from "./longSoak.ts";
import { flatnessOfSoak } from "./soakFlatness.ts";
import type { TimedKind } from "./soakMeter.ts";

/**
 * Works a server on disk for an hour, or for as long as one likes, and ends with an error if anything was
 * lost, doubled or out of order, or grew:
 *
 *   node test/soak/long/runSoak.ts [--minutes 60] [--tides 12] [--tide-megabytes 96] [--seed N] [--json FILE]
 */
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    tides: { type: "string", default: "12" },
    "tide-megabytes": { type: "string", default: "96" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    json: { type: "string" },
  },
});
const megabyte = 2 ** 20;
const looks = 240;
const shownEvery = 4;

function positive(name: string, given: string): number {
  const value = Number(given);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(`expected --${name} to be a number above 0, got ${given}`);
}

function megabytes(bytes: number): string {
  return `${figure(bytes / megabyte)} MB`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

let seen = 0;

function progress(look: Look): void {
  seen += 1;
  if (seen % shownEvery !== 0) return;
  const { atSeconds, holdings, fileBytes, open, callsPerSecond } = look;
  const ms = (kind: TimedKind) =>
    [look.p50Ms, look.p99Ms].map((each) => figure(each.get(kind) ?? Number.NaN)).join(" / ");
  say(
    [
      `${(atSeconds / 60).toFixed(1)} min`,
      `heap ${megabytes(holdings.heapBytes)}, resident ${megabytes(holdings.residentBytes)}`,
      `file ${megabytes(fileBytes)}`,
      `${holdings.sockets} sockets`,
      `${open} open, ${figure(callsPerSecond)} calls/s`,
      `send ${ms("send")} ms`,
      `send to receive ${ms("arrival")} ms, of a fresh server ${ms("freshArrival")} ms`,
    ].join(" · "),
  );
}

const seed = positive("seed", values.seed);
say(`a soak of ${values.minutes} minutes, seed ${seed}`);
const soak = await runLongSoak({
  seconds: 60 * positive("minutes", values.minutes),
  looks,
  freshServers: 12,
  tides: {
    count: positive("tides", values.tides),
    bytes: megabyte * positive("tide-megabytes", values["tide-megabytes"]),
  },
  seed,
  progress,
});
if (values.json !== undefined) {
  const plain = (_: string, value: unknown) =>
    value instanceof Map ? Object.fromEntries(value) : value;
  await writeFile(values.json, JSON.stringify(soak, plain));
}
const flatness = flatnessOfSoak(soak.looks);
const { before, after } = soak.idle;
const { fileBytes } = soak;
const faults = Object.entries(soak.faults).filter(([, count]) => count > 0);
const problems = [
  ...faults.map(([name, count]) => `${name}: ${count}`),
  ...(soak.left > 0 ? [`never deleted: ${soak.left}`] : []),
  ...flatness.filter(({ isFlat }) => !isFlat).map(({ series }) => `not flat: ${series.name}`),
  ...Object.entries(heldBeyond(before, after)).map(
    ([name, count]) => `left over: ${count} ${name}`,
  ),
  ...(fileBytes.after > emptyFileBytesMax ? [`the file has not shrunk: ${fileBytes.after}`] : []),
];

say(`\n${flatnessTable(flatness)}\n`);
say(`${soak.deleted} messages sent, received and deleted; ${JSON.stringify(soak.faults)}`);
say(`idle before: ${JSON.stringify(before)}`);
say(`idle after:  ${JSON.stringify(after)}`);
say(`file at high tides: ${fileBytes.atHighTides.map(megabytes).join(", ")}`);
say(`file when drained: ${megabytes(fileBytes.after)}`);
say(problems.length === 0 ? "flat, and nothing lost" : problems.join("\n"));
process.exitCode = problems.length === 0 ? 0 : 1;
