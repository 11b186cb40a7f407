import { onTestFinished } from "vitest";
import type { ActionName, Input, Output } from "#contract/operations.ts";
import { createEngine } from "#engine/createEngine.ts";
import { type PollOptions, type PollSummary, poll } from "#poll/poll.ts";
import type { PolledQueue } from "#poll/queue.ts";
import type { PollSettings } from "#poll/settings.ts";
import type { WorkerAnswer } from "#poll/worker.ts";
import { engineQueue } from "#service/engineQueue.ts";
import { aCaller } from "../../support/engineCaller.ts";
import { FakeClock } from "../../support/fakeClock.ts";
import { MemoryTable } from "../../support/memoryTable.ts";
import { SeededRandom } from "../../support/seededRandom.ts";

/** A record of Lambda's event, as far as tests look at it. */
export interface EventRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** One invocation, as the worker saw it. */
export interface Invocation {
  readonly records: readonly EventRecord[];
  readonly bodies: readonly string[];
  readonly atMs: number;
}

export type Work = (
  invocation: Invocation,
  signal: AbortSignal,
) => WorkerAnswer | Promise<WorkerAnswer>;

export const success: WorkerAnswer = { kind: "succeeded", payload: "" };
export const failure: WorkerAnswer = { kind: "failed", reason: "told to" };
export const throttle: WorkerAnswer = { kind: "throttled" };

/** The answer of a worker that reports these messages as failed. */
export function reporting(failed: readonly EventRecord[]): WorkerAnswer {
  const batchItemFailures = failed.map(({ messageId }) => ({ itemIdentifier: messageId }));
  return { kind: "succeeded", payload: JSON.stringify({ batchItemFailures }) };
}

const settings: PollSettings = {
  batchSize: 10,
  batchWindowSeconds: 0,
  concurrencyMax: 5,
  reportsBatchItemFailures: true,
  waitSeconds: 0,
};

type RunOptions = Partial<PollSettings> &
  Partial<Pick<PollOptions, "endsWhen" | "stop" | "finishMsMax" | "throttledMsMax" | "log">> & {
    readonly queue?: (queue: PolledQueue) => PolledQueue;
  };

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A queue of the real engine in memory, a worker, and a clock that moves when told. */
export class PollWorld {
  readonly clock = new FakeClock();
  readonly random: SeededRandom;
  readonly invocations: Invocation[] = [];
  readonly queue: PolledQueue;
  readonly name: string;
  readonly #engine;

  constructor({ name = "orders", seed = 1 } = {}) {
    this.name = name;
    this.random = new SeededRandom(seed);
    this.#engine = createEngine({
      table: new MemoryTable(),
      clock: this.clock,
      random: this.random,
      isRelaxed: true,
    });
    onTestFinished(() => this.#engine.close());
    this.queue = engineQueue(this.#engine, name, aCaller());
  }

  /** Opens the world with its queue made. */
  static async open(
    attributes: Readonly<Record<string, string>> = {},
    options?: { readonly name?: string; readonly seed?: number },
  ): Promise<PollWorld> {
    const world = new PollWorld(options);
    const fifo = world.name.endsWith(".fifo")
      ? { FifoQueue: "true", ContentBasedDeduplication: "true" }
      : {};
    await world.ask("CreateQueue", {
      QueueName: world.name,
      Attributes: new Map(Object.entries({ ...fifo, ...attributes })),
    });
    return world;
  }

  ask<Action extends ActionName>(action: Action, input: Input<Action>): Promise<Output<Action>> {
    return this.#engine.operate(action, input, aCaller());
  }

  async send(...bodies: readonly string[]): Promise<void> {
    for (const MessageBody of bodies) {
      await this.ask("SendMessage", { QueueUrl: this.name, MessageBody });
    }
  }

  async sendTo(group: string, ...bodies: readonly string[]): Promise<void> {
    for (const MessageBody of bodies) {
      const input = { QueueUrl: this.name, MessageBody, MessageGroupId: group };
      await this.ask("SendMessage", input);
    }
  }

  /** Polls with that worker. The clock has to be moved by the test, unless nothing waits for it. */
  run(work: Work, options: RunOptions = {}): Promise<PollSummary> {
    const {
      queue = (own) => own,
      endsWhen,
      stop,
      finishMsMax,
      throttledMsMax,
      log,
      ...said
    } = options;
    return poll({
      queue: queue(this.queue),
      worker: { invoke: (event, signal) => this.#work(work, event, signal) },
      clock: this.clock,
      random: this.random,
      log: log ?? silent,
      settings: { ...settings, ...said },
      endsWhen: endsWhen ?? "empty",
      stop: stop ?? new AbortController().signal,
      finishMsMax: finishMsMax ?? 10_000,
      ...(throttledMsMax === undefined ? {} : { throttledMsMax }),
    });
  }

  /** Polls, and moves the clock until that is over. */
  async runThrough(work: Work, options: RunOptions = {}): Promise<PollSummary> {
    const running = this.run(work, options);
    let isOver = false;
    const over = running.finally(() => {
      isOver = true;
    });
    over.catch(() => {});
    for (let steps = 0; !isOver && steps < 10_000; steps += 1) await this.clock.advance(500);
    return await running;
  }

  /** Lets so much of an invocation's time pass. */
  takes(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(ms, resolve));
  }

  /** The bodies of all invocations, an invocation a list. */
  get bodies(): readonly (readonly string[])[] {
    return this.invocations.map(({ bodies }) => bodies);
  }

  /** How many messages are available and how many are in flight. */
  async counts(): Promise<{ readonly available: number; readonly inFlight: number }> {
    const { Attributes } = await this.ask("GetQueueAttributes", {
      QueueUrl: this.name,
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    });
    return {
      available: Number(Attributes?.get("ApproximateNumberOfMessages")),
      inFlight: Number(Attributes?.get("ApproximateNumberOfMessagesNotVisible")),
    };
  }

  async #work(work: Work, event: string, signal: AbortSignal): Promise<WorkerAnswer> {
    const { Records: records }: { Records: readonly EventRecord[] } = JSON.parse(event);
    const bodies = records.map(({ body }) => body);
    const invocation = { records, bodies, atMs: this.clock.nowMs() };
    this.invocations.push(invocation);
    return await work(invocation, signal);
  }
}

/** The same queue as it is to be had by SQS's own API. */
export function plainApi({ putBack: _, ...calls }: PolledQueue): PolledQueue {
  return calls;
}
