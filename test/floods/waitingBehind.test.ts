import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { anyCredentials } from "#service/authenticate.ts";
import { jsonLog } from "#service/log.ts";
import { createQueueService } from "#service/queueService.ts";
import { openSqliteTable } from "#table/sqlite/sqliteTable.ts";
import type { Table } from "#table/table.ts";
import type { TransportHandle } from "#transport/http.ts";
import { serveNodeHttp } from "#transport/nodeHttp.ts";
import { clock, random } from "../../bin/platform.ts";
import { aFolder } from "../unit/bin/millraceProcess.ts";
import { Peer } from "../unit/transport/peer.ts";

/**
 * How long an admitted request waits in a flood, told by how many others are answered before it: that is the
 * same on every machine.
 */

const requestsMax = 10;
const floodConnections = 40;
const calls = 20;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** Counts, for each request that is let through, how many others end while it is in work. */
class Watch {
  readonly #handle: TransportHandle;
  #ended = 0;
  inWork = 0;
  mostInWork = 0;
  admitted = 0;
  /** Of those requests alone that say so. */
  readonly overtaken: number[] = [];

  constructor(handle: TransportHandle) {
    this.#handle = handle;
  }

  readonly handle: TransportHandle = async (request, signal) => {
    const endedBefore = this.#ended;
    this.admitted += 1;
    this.inWork += 1;
    this.mostInWork = Math.max(this.mostInWork, this.inWork);
    const answer = await this.#handle(request, signal);
    this.inWork -= 1;
    if (request.headers["x-quiet"] !== undefined) this.overtaken.push(this.#ended - endedBefore);
    this.#ended += 1;
    return answer;
  };
}

async function aWatchedServer(table: Table) {
  closing.push(() => table.close());
  const service = createQueueService({
    table,
    clock,
    random,
    authenticate: anyCredentials({ account: "000000000000" }),
    newRequestId: randomUUID,
    log: jsonLog({ level: "silent", clock, write: () => {} }),
  });
  const watch = new Watch(service.handle);
  const server = await serveNodeHttp({
    handle: watch.handle,
    host: "127.0.0.1",
    port: 0,
    requestBytesMax: service.requestBytesMax,
    onFault: () => {},
    load: { requestsMax },
  });
  closing.push(async () => {
    const closed = server.close();
    service.releaseWaiters();
    await closed;
    await service.close();
  });
  return { watch, port: server.port };
}

function call(action: string, input: object, ...headers: string[]): string {
  const body = JSON.stringify(input);
  return [
    "POST / HTTP/1.1",
    "Host: localhost",
    "Content-Type: application/x-amz-json-1.0",
    `X-Amz-Target: AmazonSQS.${action}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    "",
    body,
  ].join("\r\n");
}

/** Asks on many connections at once, and again as soon as it is answered or refused, until told to stop. */
class Flood {
  readonly #port: number;
  readonly #text: string;
  #isOver = false;
  refused = 0;
  readonly #running: Promise<void>[];

  constructor(port: number, text: string, connections: number) {
    this.#port = port;
    this.#text = text;
    this.#running = Array.from({ length: connections }, () => this.#run());
  }

  async #run(): Promise<void> {
    while (!this.#isOver) await this.#connection();
  }

  async #connection(): Promise<void> {
    const socket = connect(this.#port, "127.0.0.1");
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.setEncoding("latin1");
    socket.on("data", (said: string) => {
      if (said.includes("HTTP/1.1 503")) this.refused += 1;
      else if (!this.#isOver) socket.write(this.#text);
      if (this.#isOver) socket.destroy();
    });
    socket.on("error", () => {});
    socket.write(this.#text);
    await closed;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#running);
  }
}

/** Asks and waits for the answer, on a connection that stays. */
async function ask(peer: Peer, text: string, nth: number): Promise<string> {
  peer.send(text);
  return await peer.receive(new RegExp(`^(?:[\\s\\S]*?HTTP/1\\.1 ){${nth}}[\\s\\S]*?\\r\\n\\r\\n`));
}

describe("a request that is admitted while a server is flooded", () => {
  it("is overtaken by no more than are in work", { timeout: 60_000 }, async () => {
    const folder = await aFolder();
    closing.push(async () => await folder[Symbol.asyncDispose]());
    // In a file, where answers wait for their commit: in memory there is seldom more than one in work.
    const table = openSqliteTable({ path: `${folder.path}/queues.db`, clock });
    const { watch, port } = await aWatchedServer(table);
    const maker = await Peer.connect(port);
    await ask(maker, call("CreateQueue", { QueueName: "flooded" }), 1);
    maker.socket.destroy();
    const QueueUrl = `http://localhost:${port}/000000000000/flooded`;
    const send = (...headers: string[]) =>
      call("SendMessage", { QueueUrl, MessageBody: "m" }, ...headers);
    const flood = new Flood(port, send(), floodConnections);
    await expect.poll(() => flood.refused, { timeout: 30_000 }).toBeGreaterThan(floodConnections);

    const quiet = await Peer.connect(port, "127.0.0.2");
    let answers = "";
    for (let nth = 1; nth <= calls; nth += 1) {
      answers = await ask(quiet, send("X-Quiet: 1"), nth);
    }
    await flood.stop();

    expect(answers.match(/HTTP\/1\.1 200 /g)).toHaveLength(calls);
    expect(watch.overtaken).toHaveLength(calls);
    // Those that were in work when it came, and those that came with it.
    expect(Math.max(...watch.overtaken)).toBeLessThanOrEqual(2 * requestsMax);
    expect(watch.mostInWork).toBeLessThanOrEqual(requestsMax);
    expect(flood.refused).toBeGreaterThan(floodConnections);
  });
});
