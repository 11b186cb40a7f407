import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { bodiesOf } from "./bodies.ts";
import { HttpConnection } from "./httpConnection.ts";
import { createQueue, httpQueue } from "./httpQueue.ts";
import { type Usage, usageOf } from "./processUsage.ts";
import { type Percentiles, percentilesOf } from "./statistics.ts";

export interface IdlePollsOptions {
  readonly origin: string;
  readonly pid: number;
  readonly polls: number;
  /** The polls are dealt out over so many queues. */
  readonly queues: number;
}

export interface IdlePollsRun {
  /** Of one core, while nothing happens. */
  readonly cpuPercent: number;
  /** What each poll adds to the server's resident memory, its connection included. */
  readonly bytesPerPoll: number;
  /** Until a waiting poll is answered, from when the send was asked for. */
  readonly wakeMs: Percentiles;
  /** The same, from when the send was answered: below zero if the poll was faster. */
  readonly wakeAfterSendMs: Percentiles;
}

const idleMs = 10_000;
/** The first look of each poll must be over, and the last poll not yet answered. */
const settleMsMax = 8000;
const settleStepMs = 500;
const settledCpuMs = 20;
const wakes = 300;
const openTogether = 250;
/** The longest that SQS lets a receive wait. */
const waitSeconds = 20;
const visibilityTimeoutSeconds = 600;

/** Lets polls wait with nothing to come, then sends a message at a time and sees who wakes. */
export async function runIdlePolls(options: IdlePollsOptions): Promise<IdlePollsRun> {
  const control = await HttpConnection.open(options.origin);
  const urls: string[] = [];
  for (let index = 0; index < options.queues; index += 1) {
    urls.push(await createQueue(control, `idle-${randomUUID()}`));
  }
  const before = usage(options.pid);
  const crowd = new Crowd();
  for (let opened = 0; opened < options.polls; opened += openTogether) {
    const count = Math.min(openTogether, options.polls - opened);
    const places = Array.from(
      { length: count },
      (_, index) => urls[(opened + index) % urls.length],
    );
    await Promise.all(places.map((url) => crowd.add(options.origin, url ?? "")));
  }
  await settle(options.pid);
  const idleFrom = usage(options.pid);
  await sleep(idleMs);
  const idleTo = usage(options.pid);
  const { wakeMs, wakeAfterSendMs } = await measureWakes(control, urls, crowd);
  crowd.close();
  control.close();
  return {
    cpuPercent: ((idleTo.cpuMs - idleFrom.cpuMs) / idleMs) * 100,
    bytesPerPoll: (idleTo.residentBytes - before.residentBytes) / options.polls,
    wakeMs: percentilesOf(wakeMs),
    wakeAfterSendMs: percentilesOf(wakeAfterSendMs),
  };
}

/** Waits until the server has next to nothing to do. */
async function settle(pid: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < settleMsMax; waitedMs += settleStepMs) {
    const { cpuMs } = usage(pid);
    await sleep(settleStepMs);
    if (usage(pid).cpuMs - cpuMs <= settledCpuMs) return;
  }
}

async function measureWakes(
  control: HttpConnection,
  urls: readonly string[],
  crowd: Crowd,
): Promise<{ readonly wakeMs: number[]; readonly wakeAfterSendMs: number[] }> {
  const bodyOf = bodiesOf(300);
  const [wakeMs, wakeAfterSendMs] = [[] as number[], [] as number[]];
  for (let index = 0; index < wakes; index += 1) {
    const queue = httpQueue(control, urls[index % urls.length] ?? "");
    const woken = crowd.nextWoken();
    const sentMs = performance.now();
    await queue.send([bodyOf(index)]);
    const answeredMs = performance.now();
    const wokenMs = await woken;
    wakeMs.push(wokenMs - sentMs);
    wakeAfterSendMs.push(wokenMs - answeredMs);
  }
  return { wakeMs, wakeAfterSendMs };
}

function usage(pid: number): Usage {
  const found = usageOf(pid);
  assert(found !== undefined, "idle polls need /proc and the process id of the server");
  return found;
}

/** A promise whose failure is nobody's fault until somebody awaits it. */
function awaitedLater(): PromiseWithResolvers<number> {
  const later = Promise.withResolvers<number>();
  later.promise.catch(() => undefined);
  return later;
}

/** Receives that wait, each on a connection of its own, and wait again when they are answered. */
class Crowd {
  readonly #connections: HttpConnection[] = [];
  #woken = awaitedLater();
  #isClosing = false;
  #failure: unknown;

  async add(origin: string, queueUrl: string): Promise<void> {
    const connection = await HttpConnection.open(origin);
    this.#connections.push(connection);
    void this.#poll(connection, queueUrl);
  }

  /** When the next message arrives anywhere. */
  nextWoken(): Promise<number> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#woken = awaitedLater();
    return this.#woken.promise;
  }

  close(): void {
    this.#isClosing = true;
    for (const connection of this.#connections) connection.close();
  }

  async #poll(connection: HttpConnection, queueUrl: string): Promise<void> {
    const queue = httpQueue(connection, queueUrl);
    try {
      for (;;) {
        const deliveries = await queue.receive({ most: 1, visibilityTimeoutSeconds, waitSeconds });
        const [only] = deliveries;
        if (only === undefined) continue;
        this.#woken.resolve(performance.now());
        await queue.delete([only.receiptHandle]);
      }
    } catch (error) {
      if (this.#isClosing) return;
      this.#failure = error;
      this.#woken.reject(error);
    }
  }
}
