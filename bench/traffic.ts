import { randomUUID } from "node:crypto";
import { bodiesOf } from "./bodies.ts";
import { HttpConnection } from "./httpConnection.ts";
import { createQueue, httpQueue } from "./httpQueue.ts";
import { type Account, Ledger } from "./ledger.ts";
import { consume, type LoadOptions, numbersTo, produce, untilAllDeleted } from "./load.ts";
import { type Usage, usageOf } from "./processUsage.ts";
import type { QueueClient } from "./queueClient.ts";
import { sdkQueue } from "./sdkQueue.ts";
import { type Percentiles, percentilesOf } from "./statistics.ts";
import { type Interval, Timeline } from "./timeline.ts";

/**
 * Messages on their way through a queue:
 *
 * ```
 *   send      producers alone, into an empty queue
 *   receive   consumers alone, who receive and delete what was sent before
 *   life      producers and consumers at once
 * ```
 */
export const trafficKinds = ["send", "receive", "life"] as const;
export type TrafficKind = (typeof trafficKinds)[number];

export interface TrafficOptions {
  readonly origin: string;
  readonly pid: number | undefined;
  readonly client: "lean" | "sdk";
  readonly producers: number;
  readonly consumers: number;
  readonly messages: number;
  /** Messages a call, 1 to 10. */
  readonly batch: number;
  readonly bodyBytes: number;
  /** A FIFO queue with so many message groups, instead of a standard queue. */
  readonly groups: number | undefined;
  /** Told now and then how many messages are through. */
  readonly progress: (done: number) => void;
}

export interface TrafficRun {
  readonly seconds: number;
  readonly messagesPerSecond: number;
  /** CPU time of the server process for one message; `undefined` where it cannot be read. */
  readonly cpuMicrosPerMessage: number | undefined;
  /** Resident memory of the server process when the run ended. */
  readonly residentBytes: number | undefined;
  readonly latencyMs: Readonly<Record<"send" | "receive" | "delete", Percentiles>>;
  readonly account: Account;
  /** The last call of a message's way in this run, over time: its delete, or its send. */
  readonly timeline: readonly Interval[];
}

/** Longer than any run: what is received twice is a fault. */
const visibilityTimeoutSeconds = 600;
const waitSeconds = 1;
const progressMs = 1000;
const intervalMs = 250;

type Client = QueueClient & { close(): void };

/** Sends, or receives and deletes, or both, in a queue of its own. */
export async function runTraffic(kind: TrafficKind, options: TrafficOptions): Promise<TrafficRun> {
  const traffic = new Traffic(kind, options, new StopWatch(options.pid));
  const queueUrl = await newQueue(options);
  const open = (count: number) =>
    Promise.all(Array.from({ length: count }, () => openClient(options, queueUrl)));
  const [producers, consumers] = [await open(options.producers), await open(options.consumers)];
  const ticking = setInterval(() => options.progress(traffic.done), progressMs);
  try {
    return await traffic.run(kind, producers, consumers);
  } finally {
    clearInterval(ticking);
    for (const client of [...producers, ...consumers]) client.close();
  }
}

async function newQueue({ origin, groups }: TrafficOptions): Promise<string> {
  const connection = await HttpConnection.open(origin);
  const suffix = groups === undefined ? "" : ".fifo";
  const url = await createQueue(connection, `bench-${randomUUID()}${suffix}`);
  connection.close();
  return url;
}

async function openClient(
  { origin, client, groups }: TrafficOptions,
  queueUrl: string,
): Promise<Client> {
  if (client === "sdk") return sdkQueue(origin, queueUrl, groups);
  const connection = await HttpConnection.open(origin);
  return { ...httpQueue(connection, queueUrl, groups), close: () => connection.close() };
}

/** Takes the time, and the CPU time of a process, from its start to its first stop. */
class StopWatch {
  readonly #pid: number | undefined;
  #started: Reading = { ms: 0, usage: undefined };
  #stopped: Reading | undefined;

  constructor(pid: number | undefined) {
    this.#pid = pid;
  }

  start(): void {
    this.#started = this.#read();
  }

  stop(): void {
    this.#stopped ??= this.#read();
  }

  get seconds(): number {
    return ((this.#stopped?.ms ?? Number.NaN) - this.#started.ms) / 1000;
  }

  get cpuMicros(): number | undefined {
    const [before, after] = [this.#started.usage, this.#stopped?.usage];
    if (before === undefined || after === undefined) return undefined;
    return (after.cpuMs - before.cpuMs) * 1000;
  }

  get residentBytes(): number | undefined {
    return this.#stopped?.usage?.residentBytes;
  }

  /** How long ago it was started. */
  get runningMs(): number {
    return performance.now() - this.#started.ms;
  }

  #read(): Reading {
    const usage = this.#pid === undefined ? undefined : usageOf(this.#pid);
    return { ms: performance.now(), usage };
  }
}

interface Reading {
  readonly ms: number;
  readonly usage: Usage | undefined;
}

class Traffic {
  readonly #options: TrafficOptions;
  readonly #watch: StopWatch;
  readonly #ledger = new Ledger();
  readonly #load: LoadOptions;
  readonly #lastCall: "send" | "delete";
  readonly #timeline = new Timeline(intervalMs);
  readonly #durations = {
    send: [] as number[],
    receive: [] as number[],
    delete: [] as number[],
  };

  constructor(kind: TrafficKind, options: TrafficOptions, watch: StopWatch) {
    this.#options = options;
    this.#watch = watch;
    this.#lastCall = kind === "send" ? "send" : "delete";
    this.#load = {
      ledger: this.#ledger,
      nowMs: () => performance.now(),
      batch: options.batch,
      took: (call, durationMs, messages) => {
        this.#durations[call].push(durationMs);
        if (call !== this.#lastCall) return;
        this.#timeline.note(this.#watch.runningMs, durationMs, messages);
      },
    };
  }

  /** How many messages are through, or sent if nobody receives yet. */
  get done(): number {
    return this.#ledger.deleted || this.#ledger.sent;
  }

  async run(
    kind: TrafficKind,
    producers: readonly QueueClient[],
    consumers: readonly QueueClient[],
  ): Promise<TrafficRun> {
    switch (kind) {
      case "send":
        this.#watch.start();
        await this.#produce(producers);
        break;
      case "receive":
        await this.#produce(producers);
        this.#watch.start();
        await this.#consume(consumers);
        break;
      case "life":
        this.#watch.start();
        await Promise.all([this.#produce(producers), this.#consume(consumers)]);
    }
    this.#watch.stop();
    return this.#result();
  }

  async #produce(clients: readonly QueueClient[]): Promise<void> {
    const numbers = numbersTo(this.#options.messages);
    const bodyOf = bodiesOf(this.#options.bodyBytes);
    await Promise.all(clients.map((client) => produce(client, { ...this.#load, numbers, bodyOf })));
  }

  async #consume(clients: readonly QueueClient[]): Promise<void> {
    const total = this.#options.messages;
    const goOn = untilAllDeleted(this.#ledger, { total, nowMs: this.#load.nowMs });
    const mayGoOn = () => {
      // Some consumers will still be waiting for messages when all are gone.
      if (this.#ledger.deleted === total) this.#watch.stop();
      return goOn();
    };
    const options = { ...this.#load, visibilityTimeoutSeconds, waitSeconds, mayGoOn };
    await Promise.all(clients.map((client) => consume(client, options)));
  }

  #result(): TrafficRun {
    const { messages } = this.#options;
    const { seconds, cpuMicros, residentBytes } = this.#watch;
    const { send, receive, delete: deletes } = this.#durations;
    return {
      seconds,
      messagesPerSecond: messages / seconds,
      cpuMicrosPerMessage: cpuMicros === undefined ? undefined : cpuMicros / messages,
      residentBytes,
      latencyMs: {
        send: percentilesOf(send),
        receive: percentilesOf(receive),
        delete: percentilesOf(deletes),
      },
      account: this.#ledger.account(),
      timeline: this.#timeline.intervals(),
    };
  }
}
