import { type Flatness, flatnessOf, type Series } from "./flatness.ts";
import { type Look, resourcesOf } from "./longSoak.ts";
import type { TimedKind } from "./soakMeter.ts";

const megabyte = 2 ** 20;

type ValueIn = (look: Look) => number;

/** What must stay as it is for hours, by a soak's looks; and what only says how busy the machine was. */
export function flatnessOfSoak(looks: readonly Look[]): readonly Flatness[] {
  const seconds = looks.at(-1)?.atSeconds ?? Number.NaN;
  return [...memory, ...file, ...latency, ...machine].map(({ valueIn, ...series }) =>
    flatnessOf({ ...series, values: looks.map(valueIn) }, seconds),
  );
}

type Row = Omit<Series, "values"> & { readonly valueIn: ValueIn };

const memory: readonly Row[] = [
  row("heap, MB", ({ holdings }) => holdings.heapBytes / megabyte, { ratio: 1.15, slack: 4 }),
  row("buffers, MB", ({ holdings }) => holdings.bufferBytes / megabyte, { ratio: 1.15, slack: 8 }),
  row("resident, MB", ({ holdings }) => holdings.residentBytes / megabyte, {
    ratio: 1.15,
    slack: 32,
  }),
  row("sockets", ({ holdings }) => holdings.sockets, { ratio: 1.15, slack: 10 }),
  row("timers and handles", ({ holdings }) => resourcesOf(holdings), { ratio: 1.15, slack: 20 }),
];

const fileMegabytes: ValueIn = ({ fileBytes }) => fileBytes / megabyte;

const file: readonly Row[] = [
  { ...row("file, MB", fileMegabytes, { ratio: 1.2, slack: 4 }), by: "max" },
  // A file that was never full has not yet kept the 32 MB that it may keep.
  { ...row("file, MB", fileMegabytes, { ratio: 1.2, slack: 36 }), by: "min" },
];

const latency: readonly Row[] = [
  row("send p50, of a fresh server's", of("p50Ms", "send", "freshSend"), {
    ratio: 1.5,
    slack: 0.5,
  }),
  row("send p99, of a fresh server's", of("p99Ms", "send", "freshSend"), { ratio: 2, slack: 1 }),
  row("send to receive p50, of a fresh server's", of("p50Ms", "arrival", "freshArrival"), {
    ratio: 1.5,
    slack: 0.5,
  }),
  row("send to receive p99, of a fresh server's", of("p99Ms", "arrival", "freshArrival"), {
    ratio: 2,
    slack: 1,
  }),
  row("delete p50, of a fresh server's", of("p50Ms", "delete", "freshDelete"), {
    ratio: 1.5,
    slack: 0.5,
  }),
  row("processor ms a call", ({ cpuMsPerCall }) => cpuMsPerCall, { ratio: 1.35, slack: 0.1 }),
];

const machine: readonly Row[] = [
  ...(
    ["send", "arrival", "change", "delete", "freshSend", "freshArrival", "freshDelete"] as const
  ).map((kind) => row(`${kind} p50, ms`, at("p50Ms", kind))),
  ...(["send", "arrival", "delete", "freshSend"] as const).map((kind) =>
    row(`${kind} p99, ms`, at("p99Ms", kind)),
  ),
  row("calls a second", ({ callsPerSecond }) => callsPerSecond),
  row("messages open", ({ open }) => open),
];

function row(name: string, valueIn: ValueIn, bound?: Series["bound"]): Row {
  return { name, valueIn, by: "median", ...(bound !== undefined && { bound }) };
}

function at(share: "p50Ms" | "p99Ms", kind: TimedKind): ValueIn {
  return (look) => look[share].get(kind) ?? Number.NaN;
}

function of(share: "p50Ms" | "p99Ms", kind: TimedKind, fresh: TimedKind): ValueIn {
  return (look) => at(share, kind)(look) / at(share, fresh)(look);
}
