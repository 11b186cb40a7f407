import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { functionUrlEvent } from "../support/functionUrlEvent.ts";
import { listenLocally } from "../support/localServer.ts";
import { answerOf, type UrlAnswer } from "./functionUrlAnswer.ts";
import type { Invoked } from "./runtime/functionPool.ts";
import { payloadBytesMax } from "./runtime/runtimeApi.ts";

export interface FunctionUrlOptions {
  /** Whether Lambda lets in anybody. Who signs for `sqs` cannot have signed for `lambda`. */
  readonly isOpen: () => boolean;
  readonly invoke: (event: unknown) => Promise<Invoked>;
  readonly nowMs: () => number;
}

/**
 * The URL of a function, on this machine: a request becomes an event, what the function returns
 * becomes the answer. A caller who hangs up changes nothing: the function runs on.
 */
export class FunctionUrl {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly #server: Server;
  readonly #options: FunctionUrlOptions;

  private constructor(server: Server, origin: string, options: FunctionUrlOptions) {
    this.#server = server;
    this.origin = origin;
    this.#options = options;
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  static async listen(options: FunctionUrlOptions): Promise<FunctionUrl> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    return new FunctionUrl(server, await listenLocally(server), options);
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answerTo(request).catch(() => undefined);
    if (answer === undefined || response.destroyed) return;
    const { status, headers, body } = answer;
    response.writeHead(status, {
      date: new Date(this.#options.nowMs()).toUTCString(),
      "x-amzn-requestid": randomUUID(),
      ...headers,
      "content-length": body.byteLength,
    });
    response.end(body);
  }

  async #answerTo(request: IncomingMessage): Promise<UrlAnswer> {
    const { isOpen, invoke } = this.#options;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (!isOpen()) return refusal(403, "Forbidden");
    const [path = "/", ...query] = (request.url ?? "/").split("?");
    const event = functionUrlEvent({
      method: request.method ?? "",
      path,
      query: query.join("?"),
      headers: sentHeaders(request),
      body: Buffer.concat(chunks),
    });
    if (Buffer.byteLength(JSON.stringify(event)) > payloadBytesMax) {
      return refusal(413, "Request Entity Too Large");
    }
    return answerTo(await invoke(event));
  }
}

/** These concern one connection, and a function does not see them. */
const hopByHop = new Set(["connection", "expect", "keep-alive", "te", "transfer-encoding"]);

/** The rehearsal has no certificate, and says so as Lambda says that it has one. */
function sentHeaders({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const sent = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || hopByHop.has(name) ? [] : [[name, [value].flat().join(",")]],
  );
  return { ...Object.fromEntries(sent), "x-forwarded-proto": "http" };
}

function answerTo(invoked: Invoked): UrlAnswer {
  switch (invoked.kind) {
    case "result":
      return answerOf(JSON.parse(invoked.payload)) ?? refusal(502, "Internal Server Error");
    case "throttled":
      return refusal(429, "Rate Exceeded.");
    case "fault":
    case "crashed":
    case "timedOut":
      return refusal(502, "Internal Server Error");
  }
}

function refusal(status: number, message: string): UrlAnswer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ Message: message })),
  };
}
