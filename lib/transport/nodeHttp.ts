import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Admission, type Connection } from "./admission.ts";
import type { HangUp, TransportHandle, TransportRequest, TransportResponse } from "./http.ts";
import {
  type GivenLimits,
  type LoadLimits,
  limitsOf,
  overloaded,
  pipelinedMax,
  tooSlow,
  uploadCheckMs,
} from "./load.ts";
import {
  announcesTooMuch,
  type EarlyAnswer,
  readBody,
  refuseEarly,
  tooLarge,
} from "./requestBody.ts";
import { type Upload, Uploads } from "./uploads.ts";

export interface NodeHttpOptions {
  readonly handle: TransportHandle;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** A larger body is answered 413 and not kept. */
  readonly requestBytesMax: number;
  /** Told of what went wrong outside any request, and of a `handle` that rejected. */
  readonly onFault: (error: unknown) => void;
  /** What is taken on at once. Defaults to `loadLimits`. */
  readonly load?: GivenLimits;
  /** How long a peer may keep us waiting. Defaults to what is right for SQS's clients. */
  readonly timeouts?: Partial<typeof timeoutsDefault>;
  /** How often bodies are looked at that are on their way. Defaults to every 5 seconds. */
  readonly uploadCheckMs?: number;
  /** How long `close` waits for the requests that are being answered. Defaults to 3 seconds. */
  readonly drainMsMax?: number;
}

export interface NodeHttpServer {
  readonly port: number;
  /**
   * Takes no more requests, lets those that are being answered end, closes every connection, and
   * resolves when all are closed, within `drainMsMax`. May be called again.
   */
  close(): Promise<void>;
}

/**
 * How long a peer may keep us waiting. Half a request is dropped soon (a slow sender holds a
 * connection); an idle connection is kept longer than the clients' agents and the usual proxies keep
 * theirs, so that they are the ones to close it; a caller that does not take its answer goes after
 * two minutes, which leaves the longest poll (20 seconds) ample room.
 */
const timeoutsDefault = {
  headersTimeout: 15_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
};
const idleMsMax = 120_000;

/** Listens for HTTP/1.1; rejects, with a message for people, if it cannot. */
export async function serveNodeHttp(options: NodeHttpOptions): Promise<NodeHttpServer> {
  const { requestBytesMax, onFault, drainMsMax = 3000 } = options;
  const server = createServer({ ...timeoutsDefault, ...options.timeouts });
  const limits = limitsOf(options.load ?? {});
  const exchanges = new Exchanges(server, options, limits);
  const { admission } = exchanges;
  server.timeout = idleMsMax;
  server.maxConnections = limits.connectionsMax;
  server.on("connection", (socket: Socket) => admission.meet(socket));
  server.on("request", (request, response) => {
    const { socket } = request;
    const connection = admission.connectionOf(socket);
    connection.requests += 1;
    if (connection.requests > pipelinedMax || socket.destroyed) socket.destroy();
    else if (announcesTooMuch(request, requestBytesMax)) refuseEarly(request, response, tooLarge);
    else if (admission.isFullFor(connection)) refuseEarly(request, response, overloaded);
    else exchanges.begin(connection, request, response);
  });
  server.on("checkContinue", (request, response) => {
    const isFull = admission.isFullFor(admission.connectionOf(request.socket));
    if (!isFull && !announcesTooMuch(request, requestBytesMax)) response.writeContinue();
    server.emit("request", request, response);
  });
  const port = await listening(server, options);
  server.on("error", onFault);
  return { port, close: () => exchanges.drain(drainMsMax) };
}

/** The requests that are being answered: what a graceful close has to wait for. */
class Exchanges {
  readonly #server: Server;
  readonly #options: NodeHttpOptions;
  readonly admission: Admission;
  readonly #uploads: Uploads;
  readonly #looking: NodeJS.Timeout;
  #running = 0;
  #closed: Promise<void> | undefined;

  constructor(server: Server, options: NodeHttpOptions, limits: LoadLimits) {
    this.#server = server;
    this.#options = options;
    this.admission = new Admission(limits);
    const checkMs = options.uploadCheckMs ?? uploadCheckMs;
    this.#uploads = new Uploads((limits.uploadRateMin * checkMs) / 1000);
    // What came while something else ran is read first, and counts.
    const look = () => setImmediate(() => this.#uploads.look());
    this.#looking = setInterval(look, checkMs).unref();
  }

  begin(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
    const { client } = connection;
    const exchange = new Exchange();
    const { socket } = request;
    const { requests, bodyBytes } = this.admission;
    const letGo = () => {
      this.#uploads.end(upload);
      bodyBytes.giveBack(client.bodyBytes, upload.bytes);
      upload.bytes = 0;
    };
    const end = () => {
      if (!exchange.end(response.writableEnded)) return;
      // The connection goes on, and would keep all of this request until it is closed.
      socket.removeListener("close", end);
      letGo();
      requests.giveBack(client.requests, 1);
      connection.requests -= 1;
      this.#end();
    };
    const refuse = (answer: EarlyAnswer) => {
      letGo();
      refuseEarly(request, response, answer);
    };
    this.#running += 1;
    requests.take(client.requests, 1);
    response.on("close", end);
    // A request that was pipelined behind another has no socket yet, and hears of no close.
    if (response.socket === null) socket.once("close", end);

    let stopReading: (() => void) | undefined = readBody(request, {
      bytesMax: this.#options.requestBytesMax,
      hold: (bytes) => {
        if (exchange.isOver || !bodyBytes.hasFor(client.bodyBytes, bytes)) return false;
        bodyBytes.take(client.bodyBytes, bytes);
        upload.bytes += bytes;
        return true;
      },
      onNoRoom: () => refuse(overloaded),
      onTooLarge: () => refuse(tooLarge),
      onBody: (body) => {
        this.#uploads.end(upload);
        stopReading = undefined;
        void this.#answer(plainRequest(request, body), response, exchange);
      },
    });
    const upload: Upload = {
      bytes: 0,
      cutOff: () => {
        stopReading?.();
        refuse(tooSlow);
      },
    };
    this.#uploads.begin(upload);
  }

  async #answer(
    request: TransportRequest,
    response: ServerResponse,
    exchange: Exchange,
  ): Promise<void> {
    try {
      this.#write(response, await this.#options.handle(request, exchange), exchange);
    } catch (error) {
      this.#options.onFault(error);
      if (!response.headersSent) this.#write(response, fault, exchange);
    }
  }

  #write(
    response: ServerResponse,
    { status, headers, body }: TransportResponse,
    exchange: Exchange,
  ): void {
    if (exchange.aborted) return;
    // Names and values in turn, which Node takes as they are.
    const lines: (string | number)[] = [];
    for (const name in headers) lines.push(name, headers[name] ?? "");
    // An answer without content has no length either (RFC 9110, section 8.6).
    if (status !== 204) {
      const length = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
      lines.push("Content-Length", length);
    }
    if (this.#closed !== undefined) lines.push("Connection", "close");
    response.writeHead(status, lines);
    response.end(body);
  }

  #end(): void {
    this.#running -= 1;
    if (this.#closed !== undefined && this.#running === 0) this.#server.closeAllConnections();
  }

  drain(msMax: number): Promise<void> {
    clearInterval(this.#looking);
    this.#closed ??= new Promise((resolve) => {
      const timer = setTimeout(() => this.#server.closeAllConnections(), msMax);
      this.#server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      // What is left then are connections without a request, of which Node knows only some as idle.
      if (this.#running === 0) this.#server.closeAllConnections();
    });
    return this.#closed;
  }
}

const fault: TransportResponse = { status: 500, headers: {}, body: "" };

/** One request until its answer is out or its caller gone: an `AbortSignal` at a small part of its cost. */
class Exchange implements HangUp {
  aborted = false;
  isOver = false;
  #listeners: Set<() => void> | undefined;

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  /** The connection is done with it. Answers whether this was news. */
  end(isAnswered: boolean): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.aborted = !isAnswered;
    if (this.aborted) for (const listener of this.#listeners ?? []) listener();
    return true;
  }
}

function plainRequest(request: IncomingMessage, body: Uint8Array): TransportRequest {
  const { method = "", url = "" } = request;
  const at = url.indexOf("?");
  const path = at < 0 ? url : url.slice(0, at);
  const query = at < 0 ? "" : url.slice(at + 1);
  return { method, scheme: "http", path, query, headers: headersOf(request), body };
}

/**
 * The headers, with a list for each that came more than once. Node would join those with a comma and a
 * blank, or keep the first alone, and neither is what a caller has signed.
 */
function headersOf(request: IncomingMessage): TransportRequest["headers"] {
  const { headers, rawHeaders } = request;
  if (Object.keys(headers).length * 2 === rawHeaders.length) return headers;
  const distinct = Object.entries(request.headersDistinct).map(
    ([name, values = []]) => [name, values.length === 1 ? values[0] : values] as const,
  );
  return Object.fromEntries(distinct);
}

function listening(server: Server, { host, port }: NodeHttpOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      reject(new Error(`cannot listen on ${host}:${port}: ${reasonOf(cause)}`, { cause }));
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners("error");
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "EADDRINUSE":
      return "the port is in use";
    case "EACCES":
      return "the port is not ours to open";
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return "this machine has no such address";
    default:
      return message;
  }
}
