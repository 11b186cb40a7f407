import { parseArgs } from "node:util";
import { type TableKind, tableKinds } from "./benchedServer.ts";
import { type TrafficKind, trafficKinds } from "./traffic.ts";

const others = [
  "idle",
  "fairness",
  "contention",
  "units",
  "depth",
  "waiting",
  "latency",
  "backlog",
  "inflight",
  "queues",
] as const;
export const scenarios = [...trafficKinds, ...others] as const;
export type Scenario = (typeof scenarios)[number];

export interface BenchOptions {
  readonly scenarios: readonly Scenario[];
  readonly tables: readonly TableKind[];
  readonly batches: readonly number[];
  readonly runs: number;
  /** For each run; a tenth of it on DynamoDB, where each message is several round trips. */
  readonly messages: number;
  readonly bodyBytes: number;
  /** Message groups of a FIFO queue for send, receive and life; a standard queue without. */
  readonly groups: number | undefined;
  readonly producers: number;
  readonly consumers: number;
  readonly polls: number;
  readonly queues: number;
  /** Messages that lie in the queue of the backlog scenario. */
  readonly backlog: number;
  readonly client: "lean" | "sdk";
  /** A server that is running already, instead of ours. */
  readonly endpoint: string | undefined;
  readonly pid: number | undefined;
  /** Another server of SQS's API that takes turns with ours. */
  readonly peer: { readonly url: string; readonly pid: number | undefined } | undefined;
  readonly profileFolder: string | undefined;
  readonly jsonFile: string | undefined;
  readonly pictureFile: string | undefined;
}

export const helpText = `Usage: npm run bench -- [scenario...] [options]

Scenarios, all of them if none is named:
  send       producers alone
  receive    consumers alone, who receive and delete
  life       producers and consumers at once: send, receive, delete
  idle       long polls that wait for nothing, then are woken
  fairness   quiet tenants beside the backlog of a noisy one
  contention a hundred consumers, each with a memory of its own, at one queue of DynamoDB's
  units      what a message's life costs on DynamoDB
  depth      what it costs behind up to 119,000 in flight, and how soon those come back
  waiting    what receives that wait at a quiet queue cost on DynamoDB, a second
  latency    100 messages a second to long polls that wait: from send to receive
  backlog    a queue on disk with many messages beside an empty one: rates, memory, start
  inflight   how long a receive takes behind 119,000 in flight, beside an empty queue
  queues     a busy queue beside 1,000 quiet ones, and alone

Options:
  --table LIST         memory, disk, dynamodb (all)
  --batch LIST         messages a call (1,10)
  --runs N             runs of each, of which the median is shown (3)
  --messages N         messages a run; a tenth of it on dynamodb (20000)
  --body BYTES         size of a body, JSON (1000)
  --groups N           send, receive, life: in so many groups of a FIFO queue (a standard queue)
  --producers N        (8)
  --consumers N        (16)
  --polls N            idle long polls; a fifth of it on dynamodb (5000)
  --queues N           queues that they wait on (1)
  --backlog N          messages of the backlog scenario (100000)
  --client KIND        lean, or sdk for Amazon's own (lean)
  --endpoint URL       measure a server that is running already
  --pid N              its process, for its CPU time
  --peer URL           send, receive, life, latency: another server that takes turns with ours
  --peer-pid N         its process
  --cpu-prof FOLDER    put a CPU profile of the server there
  --json FILE          write all figures there, too
  --svg FILE           draw rate and latency over time, of send, receive and life
`;

/** Reads the command line; `undefined` if it asks for help. Throws on what it does not know. */
export function readOptions(argv: readonly string[]): BenchOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h", default: false },
      table: { type: "string", default: tableKinds.join(",") },
      batch: { type: "string", default: "1,10" },
      runs: { type: "string", default: "3" },
      messages: { type: "string", default: "20000" },
      body: { type: "string", default: "1000" },
      groups: { type: "string" },
      producers: { type: "string", default: "8" },
      consumers: { type: "string", default: "16" },
      polls: { type: "string", default: "5000" },
      queues: { type: "string", default: "1" },
      backlog: { type: "string", default: "100000" },
      client: { type: "string", default: "lean" },
      endpoint: { type: "string" },
      pid: { type: "string" },
      peer: { type: "string" },
      "peer-pid": { type: "string" },
      "cpu-prof": { type: "string" },
      json: { type: "string" },
      svg: { type: "string" },
    },
  });
  if (values.help) return undefined;
  return {
    scenarios:
      positionals.length === 0
        ? scenarios
        : positionals.map((name) => oneOf("a scenario", scenarios, name)),
    tables: values.table.split(",").map((name) => oneOf("--table", tableKinds, name)),
    batches: values.batch.split(",").map((text) => whole("--batch", text)),
    runs: whole("--runs", values.runs),
    messages: whole("--messages", values.messages),
    bodyBytes: whole("--body", values.body),
    groups: optional("--groups", values.groups),
    producers: whole("--producers", values.producers),
    consumers: whole("--consumers", values.consumers),
    polls: whole("--polls", values.polls),
    queues: whole("--queues", values.queues),
    backlog: whole("--backlog", values.backlog),
    client: oneOf("--client", ["lean", "sdk"], values.client),
    endpoint: values.endpoint,
    pid: optional("--pid", values.pid),
    peer:
      values.peer === undefined
        ? undefined
        : { url: values.peer, pid: optional("--peer-pid", values["peer-pid"]) },
    profileFolder: values["cpu-prof"],
    jsonFile: values.json,
    pictureFile: values.svg,
  };
}

export function isTraffic(scenario: Scenario): scenario is TrafficKind {
  return trafficKinds.some((kind) => kind === scenario);
}

function oneOf<Name extends string>(what: string, names: readonly Name[], given: string): Name {
  const found = names.find((name) => name === given);
  if (found !== undefined) return found;
  throw new Error(`expected ${what} to be one of ${names.join(", ")}, got ${given}`);
}

function optional(what: string, given: string | undefined): number | undefined {
  return given === undefined ? undefined : whole(what, given);
}

function whole(what: string, given: string): number {
  if (/^[1-9]\d*$/.test(given)) return Number(given);
  throw new Error(`expected ${what} to be a whole number above 0, got ${given}`);
}
