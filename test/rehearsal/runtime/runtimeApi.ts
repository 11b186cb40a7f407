import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { listenLocally } from "../../support/localServer.ts";

/** What one process of a function is asked to do. */
export interface Invocation {
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
  readonly functionArn: string;
  readonly traceId: string;
  readonly deadlineMs: number;
  /** The time of the rehearsal, where that is moved by hand. */
  readonly nowMs: number | undefined;
}

/** What came of it, as the process told it. */
export type Told =
  | { readonly kind: "result"; readonly payload: string }
  | { readonly kind: "fault"; readonly payload: string };

export interface RuntimeApiEvents {
  /** The process asks for an invocation and there is none. */
  onIdle(): void;
  /** The process has been given what it asked for. */
  onGiven(requestId: string): void;
  onTold(requestId: string, told: Told): void;
  /** The module could not be loaded. */
  onInitFault(payload: string): void;
}

/** The payload of an answer is limited, as that of a request is. */
export const payloadBytesMax = 6 * 1024 * 1024;

const prefix = "/2018-06-01/runtime/";

/**
 * Lambda's runtime API, for one process:
 *
 * ```
 *   GET  invocation/next            held until there is an invocation
 *   POST invocation/{id}/response   202; 413 when it is too large, and then it is a fault
 *   POST invocation/{id}/error      202
 *   POST init/error                 202
 * ```
 */
export class RuntimeApi {
  /** What the process finds in `AWS_LAMBDA_RUNTIME_API`. */
  readonly host: string;
  readonly #server: Server;
  readonly #events: RuntimeApiEvents;
  #asking: ServerResponse | undefined;
  #pending: Invocation | undefined;

  private constructor(server: Server, host: string, events: RuntimeApiEvents) {
    this.#server = server;
    this.host = host;
    this.#events = events;
    server.on("request", (request, response) => void this.#answer(request, response));
  }

  static async listen(events: RuntimeApiEvents): Promise<RuntimeApi> {
    const server = createServer();
    return new RuntimeApi(server, new URL(await listenLocally(server)).host, events);
  }

  /** Gives the process an invocation, now if it asks, else when it does. */
  give(invocation: Invocation): void {
    this.#pending = invocation;
    this.#deliver();
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #deliver(): void {
    const asking = this.#asking;
    if (asking === undefined) return;
    if (this.#pending === undefined) {
      this.#events.onIdle();
      return;
    }
    const { requestId, event, functionArn, traceId, deadlineMs, nowMs } = this.#pending;
    this.#asking = undefined;
    this.#pending = undefined;
    asking.writeHead(200, {
      "Content-Type": "application/json",
      "Lambda-Runtime-Aws-Request-Id": requestId,
      "Lambda-Runtime-Deadline-Ms": deadlineMs,
      "Lambda-Runtime-Invoked-Function-Arn": functionArn,
      "Lambda-Runtime-Trace-Id": traceId,
      ...(nowMs !== undefined && { "Rehearsal-Now-Ms": nowMs }),
    });
    asking.end(event);
    this.#events.onGiven(requestId);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.replace(prefix, "") ?? "";
    if (request.method === "GET" && path === "invocation/next") {
      this.#asking = response;
      this.#deliver();
      return;
    }
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      // Killed while it told.
      return;
    }
    const payload = Buffer.concat(chunks);
    const [kind, requestId = "", end] = path.split("/");
    if (kind === "init" && requestId === "error") {
      accept(response);
      this.#events.onInitFault(payload.toString());
    } else if (kind === "invocation" && (end === "response" || end === "error")) {
      this.#take(requestId, end, payload, response);
    } else {
      response.writeHead(404).end();
    }
  }

  #take(
    requestId: string,
    end: "response" | "error",
    payload: Buffer,
    response: ServerResponse,
  ): void {
    if (payload.byteLength > payloadBytesMax) {
      response.writeHead(413).end();
      this.#events.onTold(requestId, { kind: "fault", payload: tooLarge });
      return;
    }
    accept(response);
    const kind = end === "response" ? "result" : "fault";
    this.#events.onTold(requestId, { kind, payload: payload.toString() });
  }
}

const tooLarge = JSON.stringify({
  errorType: "Function.ResponseSizeTooLarge",
  errorMessage: `Response payload size exceeded maximum allowed payload size (${payloadBytesMax} bytes).`,
});

function accept(response: ServerResponse): void {
  response.writeHead(202, { "Content-Type": "application/json" }).end('{"status":"OK"}');
}
