import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createEngine } from "#engine/createEngine.ts";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Table } from "#table/table.ts";
import { clock, random } from "../bin/platform.ts";
import { bodiesOf } from "./bodies.ts";
import { startDynoxide } from "./dynoxide.ts";
import { type FifoMessage, type FifoQueue, openFifoEngineQueue } from "./fifoEngineQueue.ts";
import { openFreshTable } from "./freshTable.ts";
import { figure, textTable } from "./textTable.ts";

/**
 * Does a FIFO queue drain at a steady rate? Fills one with many groups of one message each, or with
 * one group of many messages, and prints how fast each tenth of it was sent and then was received
 * and deleted, ten a call, and what processor time that took. The engine is asked without HTTP.
 */
const helpText = `Usage: node bench/fifoDrain.ts [options]

  --table LIST         memory, disk, dynamodb (all)
  --groups N           messages, each in a group of its own (10000)
  --deep N             messages in one group (100000)
  --body BYTES         size of a body, JSON (200)
  --clients N          senders at once, and consumers of many groups at once (16)
`;

type Shape = "groups" | "deep";

interface Curve {
  readonly table: string;
  readonly shape: Shape;
  readonly messages: number;
  /** Messages a second in each tenth. */
  readonly sent: readonly number[];
  readonly drained: readonly number[];
  /** Microseconds of this process for a message that is received and deleted, in each tenth. */
  readonly drainCpu: readonly number[];
}

interface Options {
  readonly clients: number;
  readonly bodyBytes: number;
}

const batch = 10;
const visibilityTimeoutSeconds = 600;
const deciles = 10;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      help: { type: "boolean", short: "h", default: false },
      table: { type: "string", default: "memory,disk,dynamodb" },
      groups: { type: "string", default: "10000" },
      deep: { type: "string", default: "100000" },
      body: { type: "string", default: "200" },
      clients: { type: "string", default: "16" },
    },
  });
  if (values.help) {
    process.stdout.write(helpText);
    return;
  }
  const options = { clients: Number(values.clients), bodyBytes: Number(values.body) };
  const curves: Curve[] = [];
  for (const name of values.table.split(",")) {
    for (const [shape, messages] of [
      ["groups", Number(values.groups)],
      ["deep", Number(values.deep)],
    ] as const) {
      if (messages === 0) continue;
      const curve = await withTable(name, (table) =>
        run(table, { name, shape, messages }, options),
      );
      curves.push(curve);
      console.log(`${report([curve])}\n`);
    }
  }
  console.log(report(curves));
}

async function withTable<T>(name: string, work: (table: Table) => Promise<T>): Promise<T> {
  if (name === "dynamodb") return await withDynamodb(work);
  const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  const path = name === "memory" ? ":memory:" : join(folder, "queue.db");
  const table = openSqliteTable({ path, clock });
  try {
    return await work(table);
  } finally {
    await table.close();
    await rm(folder, { recursive: true });
  }
}

async function withDynamodb<T>(work: (table: Table) => Promise<T>): Promise<T> {
  const dynoxide = await startDynoxide();
  const table = await openFreshTable(dynoxide.endpoint);
  try {
    return await work(table);
  } finally {
    await table.close();
    await dynoxide.stop();
  }
}

async function run(
  table: Table,
  what: { readonly name: string; readonly shape: Shape; readonly messages: number },
  { clients, bodyBytes }: Options,
): Promise<Curve> {
  const engine = createEngine({ table, clock, random });
  const queue = await openFifoEngineQueue(engine, "drain.fifo");
  const sent = new Progress(what.messages);
  const deal = dealer(what.shape, what.messages, bodyBytes);
  await Promise.all(Array.from({ length: clients }, () => sendAll(queue, deal, sent)));
  const drained = new Progress(what.messages);
  // More than one consumer of one group only wait for each other.
  const consumers = what.shape === "deep" ? 1 : clients;
  await Promise.all(Array.from({ length: consumers }, () => drain(queue, drained)));
  await engine.close();
  return {
    table: what.name,
    shape: what.shape,
    messages: what.messages,
    sent: sent.rates,
    drained: drained.rates,
    drainCpu: drained.cpu,
  };
}

/** How fast each tenth of something went, and how much processor time a message of it took. */
class Progress {
  readonly #total: number;
  readonly #marksMs: number[] = [clock.nowMs()];
  readonly #cpuMarks: number[] = [cpuMicroseconds()];
  #done = 0;

  constructor(total: number) {
    this.#total = total;
  }

  get isOver(): boolean {
    return this.#done >= this.#total;
  }

  add(count: number): void {
    this.#done += count;
    while (this.#done >= (this.#total / deciles) * this.#marksMs.length) {
      this.#marksMs.push(clock.nowMs());
      this.#cpuMarks.push(cpuMicroseconds());
    }
  }

  /** Of this process, for each message of each tenth. */
  get cpu(): readonly number[] {
    const share = this.#total / deciles;
    return this.#cpuMarks
      .slice(1)
      .map((mark, index) => (mark - (this.#cpuMarks[index] ?? mark)) / share);
  }

  get rates(): readonly number[] {
    const share = this.#total / deciles;
    return this.#marksMs.slice(1).map((markMs, index) => {
      const tookMs = Math.max(1, markMs - (this.#marksMs[index] ?? markMs));
      return (share / tookMs) * 1000;
    });
  }
}

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Hands out the messages, a batch at a time. */
function dealer(shape: Shape, messages: number, bodyBytes: number): () => readonly FifoMessage[] {
  const bodyOf = bodiesOf(bodyBytes);
  let dealt = 0;
  return () => {
    const count = Math.min(batch, messages - dealt);
    const first = dealt;
    dealt += count;
    return Array.from({ length: count }, (_, index) => ({
      body: bodyOf(first + index),
      groupId: shape === "deep" ? "the-group" : `group-${first + index}`,
      deduplicationId: `message-${first + index}`,
    }));
  };
}

async function sendAll(
  queue: FifoQueue,
  deal: () => readonly FifoMessage[],
  progress: Progress,
): Promise<void> {
  for (let some = deal(); some.length > 0; some = deal()) {
    await queue.send(some);
    progress.add(some.length);
  }
}

async function drain(queue: FifoQueue, progress: Progress): Promise<void> {
  while (!progress.isOver) {
    const some = await queue.receive({ most: batch, visibilityTimeoutSeconds, waitSeconds: 1 });
    if (some.length === 0) continue;
    await queue.delete(some.map(({ receiptHandle }) => receiptHandle));
    progress.add(some.length);
  }
}

function report(curves: readonly Curve[]): string {
  const head = [
    "table",
    "shape",
    "",
    ...Array.from({ length: deciles }, (_, tenth) => `${tenth + 1}`),
  ];
  const rows = curves.flatMap(({ table, shape, messages, sent, drained, drainCpu }) => [
    [table, `${shape}, ${figure(messages)}`, "sent/s", ...sent.map(figure)],
    ["", "", "drained/s", ...drained.map(figure)],
    ["", "", "µs CPU", ...drainCpu.map(figure)],
  ]);
  return textTable([head, ...rows]);
}

await main();
