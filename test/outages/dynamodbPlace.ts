import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DynamodbEngine, startDynamodbEngine } from "../support/dynamodbEngine.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../support/dynamodbFaultProxy.ts";
import { FaultyLink } from "../support/faultyLink.ts";
import { heldBeyond, type ProbedMillrace, startProbedMillrace } from "../support/probedMillrace.ts";
import type { Holdings } from "../support/serverProbe.ts";
import { eventually } from "./eventually.ts";

/**
 * A server of the command, and a table that may fail it in every way:
 *
 * ```
 *   SDKs ──► millrace start --table ──► link (TCP) ──► proxy (HTTP) ──► engine, on disk
 * ```
 */
export class DynamodbPlace {
  readonly server: ProbedMillrace;
  readonly link: FaultyLink;
  readonly #proxy: FaultProxy;
  readonly #faults: { usual: Fault };
  readonly #folder: string;
  #engine: DynamodbEngine;

  private constructor(parts: {
    readonly server: ProbedMillrace;
    readonly link: FaultyLink;
    readonly proxy: FaultProxy;
    readonly faults: { usual: Fault };
    readonly folder: string;
    readonly engine: DynamodbEngine;
  }) {
    this.server = parts.server;
    this.link = parts.link;
    this.#proxy = parts.proxy;
    this.#faults = parts.faults;
    this.#folder = parts.folder;
    this.#engine = parts.engine;
  }

  static async open(): Promise<DynamodbPlace> {
    const folder = await mkdtemp(join(tmpdir(), "millrace-outages-"));
    const engine = await startDynamodbEngine(fileIn(folder));
    const faults = { usual: none };
    const proxy = await startFaultProxy(engine.endpoint, () => faults.usual);
    const link = await FaultyLink.start(Number(new URL(proxy.endpoint).port));
    const flags = ["--table", `t-${randomUUID()}`, "--dynamodb-endpoint", link.endpoint];
    const server = await startProbedMillrace({
      flags: [...flags, "--sweep", "off", "--log-level", "silent"],
      env: {
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_REGION: "us-east-1",
      },
    });
    return new DynamodbPlace({ server, link, proxy, faults, folder, engine });
  }

  /** From now on every request to the table meets this. */
  fault(fault: Fault): void {
    this.#faults.usual = fault;
  }

  /** The engine dies, and nobody listens where it was. */
  async stopEngine(): Promise<void> {
    await this.link.become("refusing");
    await this.#engine.stop();
  }

  /** The engine starts again, with what it had. */
  async startEngine(): Promise<void> {
    this.#engine = await startDynamodbEngine(fileIn(this.#folder));
    this.#proxy.retarget(this.#engine.endpoint);
  }

  /** The table is as it should be again. */
  async heal(): Promise<void> {
    this.#faults.usual = none;
    await this.link.become("open");
  }

  /** Waits until the server has let go of its connections to the table, and tells what it holds then. */
  async idleHoldings(): Promise<Holdings> {
    this.link.closeIdle();
    await eventually("the server closes its connections", () => this.link.connections === 0);
    return await this.server.holdings();
  }

  /** Waits until the server holds nothing more than that: no connection, timer or waiting receive. */
  async holdsNoMoreThan(idle: Holdings): Promise<void> {
    this.link.closeIdle();
    await eventually("the server lets go of all that the fault left behind", async () => {
      if (this.link.connections > 0) return false;
      return Object.keys(heldBeyond(idle, await this.server.holdings())).length === 0;
    });
  }

  async close(): Promise<void> {
    await this.server.stop();
    await this.link.stop();
    await this.#proxy.stop();
    await this.#engine.stop();
    await rm(this.#folder, { recursive: true });
  }
}

const none: Fault = (body, forward) => forward(body);

function fileIn(folder: string): string {
  return join(folder, "engine.db");
}
