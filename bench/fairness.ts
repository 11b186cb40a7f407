import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Output } from "#contract/operations.ts";
import { HttpConnection } from "./httpConnection.ts";
import { ask, createQueue, httpQueue } from "./httpQueue.ts";
import { assertNoneFailed, entriesOf } from "./queueClient.ts";
import { type Percentiles, percentilesOf } from "./statistics.ts";
import { figure, textTable } from "./textTable.ts";

export interface FairnessOptions {
  readonly origin: string;
  /** What the noisy tenant has sent before anybody receives. */
  readonly backlog: number;
  /** The names of the others. */
  readonly quietTenants: readonly string[];
  /** Whether each tenant's messages carry its name as their `MessageGroupId`. */
  readonly isGrouped: boolean;
}

/** How long messages of the quiet tenants lay in the queue, in milliseconds, one by one. */
export interface FairnessRun {
  readonly dwellMs: readonly number[];
  /** Until the backlog was gone. */
  readonly seconds: number;
}

export interface FairnessResult {
  readonly table: string;
  readonly backlog: number;
  readonly quietTenants: readonly string[];
  readonly isGrouped: boolean;
  readonly seconds: number;
  readonly dwellMs: Percentiles;
}

/** Tenants whose messages get a lane to themselves, and one who shares the lane of `noisy`, by chance. */
const apart = ["quiet-1", "quiet-2", "quiet-3", "quiet-4", "quiet-6"] as const;
const sharing = "quiet-0";

/** What is compared: who are the quiet tenants, and whether messages tell whose they are. */
export const fairnessCases = [
  { quietTenants: apart.slice(0, 1), isGrouped: false },
  { quietTenants: apart.slice(0, 1), isGrouped: true },
  { quietTenants: apart, isGrouped: false },
  { quietTenants: apart, isGrouped: true },
  { quietTenants: [sharing], isGrouped: true },
] as const;

const consumers = 4;
const workMs = 10;
const quietEveryMs = 50;
const batch = 10;
/** Longer than any run. */
const visibilityTimeoutSeconds = 600;
const waitSeconds = 1;

/** Lets consumers work through a backlog, while quiet tenants send a message now and then. */
export async function runFairness(options: FairnessOptions): Promise<FairnessRun> {
  const control = await HttpConnection.open(options.origin);
  const queueUrl = await createQueue(control, `fairness-${randomUUID()}`);
  const tenants = new Tenants(options, queueUrl);
  await tenants.sendBacklog(control);
  control.close();
  const startedMs = performance.now();
  const consuming = Promise.all(Array.from({ length: consumers }, () => tenants.consume()));
  await Promise.all(options.quietTenants.map((tenant) => tenants.sendQuietly(tenant)));
  const seconds = (performance.now() - startedMs) / 1000;
  await consuming;
  return { dwellMs: tenants.dwellMs, seconds };
}

/** The figures of several runs as one. */
export function fairnessOf(
  runs: readonly FairnessRun[],
): Pick<FairnessResult, "seconds" | "dwellMs"> {
  return {
    seconds: runs.reduce((sum, { seconds }) => sum + seconds, 0) / runs.length,
    dwellMs: percentilesOf(runs.flatMap(({ dwellMs }) => dwellMs)),
  };
}

export function fairnessTable(results: readonly FairnessResult[]): string {
  const head = ["table", "backlog", "gone after s", "quiet tenants", "group ids"];
  return textTable([
    [...head, "quiet messages", "dwell p50 ms", "p99 ms", "max ms"],
    ...results.map(({ table, backlog, seconds, quietTenants, isGrouped, dwellMs }) => [
      table,
      figure(backlog),
      figure(seconds),
      String(quietTenants.length),
      groupIds(isGrouped, quietTenants),
      String(dwellMs.calls),
      figure(dwellMs.p50),
      figure(dwellMs.p99),
      figure(dwellMs.max),
    ]),
  ]);
}

function groupIds(isGrouped: boolean, quietTenants: readonly string[]): string {
  if (!isGrouped) return "none";
  return quietTenants.includes(sharing) ? "in the noisy one's lane" : "in other lanes";
}

/** One noisy tenant and some quiet ones, who share a queue. A body is the name of its tenant. */
class Tenants {
  readonly #options: FairnessOptions;
  readonly #queueUrl: string;
  readonly #sentMs = new Map<string, number>();
  readonly dwellMs: number[] = [];
  #noisyLeft: number;
  #quietSenders: number;

  constructor(options: FairnessOptions, queueUrl: string) {
    this.#options = options;
    this.#queueUrl = queueUrl;
    this.#noisyLeft = options.backlog;
    this.#quietSenders = options.quietTenants.length;
  }

  async sendBacklog(connection: HttpConnection): Promise<void> {
    const { backlog } = this.#options;
    for (let sent = 0; sent < backlog; sent += batch) {
      const bodies = Array.from({ length: Math.min(batch, backlog - sent) }, () => "noisy");
      await this.#send(connection, "noisy", bodies);
    }
  }

  /** Sends one message at a time, for as long as there is a backlog. */
  async sendQuietly(tenant: string): Promise<void> {
    const connection = await HttpConnection.open(this.#options.origin);
    for (let number = 0; this.#noisyLeft > 0; number += 1) {
      const body = `${tenant} ${number}`;
      this.#sentMs.set(body, performance.now());
      await this.#send(connection, tenant, [body]);
      await sleep(quietEveryMs);
    }
    this.#quietSenders -= 1;
    connection.close();
  }

  /** Receives, works and deletes until all is done. */
  async consume(): Promise<void> {
    const connection = await HttpConnection.open(this.#options.origin);
    const queue = httpQueue(connection, this.#queueUrl);
    while (this.#noisyLeft > 0 || this.#quietSenders > 0 || this.#sentMs.size > 0) {
      const deliveries = await queue.receive({
        most: batch,
        visibilityTimeoutSeconds,
        waitSeconds,
      });
      const receivedMs = performance.now();
      if (deliveries.length === 0) continue;
      for (const { body } of deliveries) this.#noteReceived(body, receivedMs);
      await sleep(workMs);
      await queue.delete(deliveries.map(({ receiptHandle }) => receiptHandle));
    }
    connection.close();
  }

  #noteReceived(body: string, receivedMs: number): void {
    const sentMs = this.#sentMs.get(body);
    if (sentMs === undefined) {
      this.#noisyLeft -= 1;
      return;
    }
    this.#sentMs.delete(body);
    this.dwellMs.push(receivedMs - sentMs);
  }

  async #send(
    connection: HttpConnection,
    tenant: string,
    bodies: readonly string[],
  ): Promise<void> {
    const group = this.#options.isGrouped ? { MessageGroupId: tenant } : {};
    const Entries = entriesOf(bodies, (MessageBody) => ({ MessageBody, ...group }));
    const input = { QueueUrl: this.#queueUrl, Entries };
    const sent: Output<"SendMessageBatch"> = await ask(connection, "SendMessageBatch", input);
    assertNoneFailed(sent.Failed);
  }
}
