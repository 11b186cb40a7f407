import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { listenLocally } from "../support/localServer.ts";
import type { FunctionPool, Invoked } from "./runtime/functionPool.ts";

const invokePath = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** How often Lambda tries again what was invoked without waiting for an answer. */
const retriesDefault = 2;

/** Invokes functions for those who ask by Lambda's API, or as services of AWS do. */
export class LambdaService {
  readonly endpoint: string;
  readonly #server: Server;
  readonly #pools = new Map<string, FunctionPool>();

  private constructor(server: Server, endpoint: string) {
    this.#server = server;
    this.endpoint = endpoint;
    server.on("request", (request, response) => {
      void this.#answer(request, response).catch(() => response.destroy());
    });
  }

  static async listen(): Promise<LambdaService> {
    const server = createServer();
    return new LambdaService(server, await listenLocally(server));
  }

  add(pool: FunctionPool): void {
    const { name, arn } = pool.options.function;
    this.#pools.set(name, pool).set(arn, pool);
  }

  /** The processes of a function, by its name or ARN. */
  poolOf(nameOrArn: string): FunctionPool {
    const pool = this.#pools.get(nameOrArn);
    if (pool === undefined) throw new Error(`expected a function ${nameOrArn}, found none`);
    return pool;
  }

  /** Has it done, again if it fails, as Lambda does with what nobody waits for. */
  async invokeLater(
    nameOrArn: string,
    event: unknown,
    retries: number = retriesDefault,
  ): Promise<Invoked> {
    const pool = this.poolOf(nameOrArn);
    let invoked = await pool.invoke(event);
    for (let left = retries; left > 0 && invoked.kind !== "result"; left -= 1) {
      invoked = await pool.invoke(event);
    }
    return invoked;
  }

  close(): void {
    for (const pool of this.#pools.values()) pool.close();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, encoded = ""] = invokePath.exec(request.url ?? "") ?? [];
    const name = decodeURIComponent(encoded);
    const event = await json(request);
    const pool = this.#pools.get(name);
    if (pool === undefined) {
      refuse(response, 404, "ResourceNotFoundException", `Function not found: ${name}`);
      return;
    }
    const kind = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
    if (kind === "Event") {
      void this.invokeLater(name, event);
      response.writeHead(202).end();
      return;
    }
    tell(await pool.invoke(event), response);
  }
}

function tell(invoked: Invoked, response: ServerResponse): void {
  const fault = (payload: string) => {
    response.writeHead(200, {
      "Content-Type": "application/json",
      "X-Amz-Function-Error": "Unhandled",
    });
    response.end(payload);
  };
  switch (invoked.kind) {
    case "result":
      response.writeHead(200, { "Content-Type": "application/json" }).end(invoked.payload);
      return;
    case "fault":
      fault(invoked.payload);
      return;
    case "crashed":
      fault(JSON.stringify({ errorType: "Runtime.ExitError", errorMessage: invoked.why }));
      return;
    case "timedOut":
      fault(JSON.stringify({ errorType: "Sandbox.Timedout", errorMessage: "Task timed out" }));
      return;
    case "throttled":
      refuse(response, 429, "TooManyRequestsException", "Rate Exceeded.");
  }
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { "Content-Type": "application/json", "x-amzn-ErrorType": type });
  response.end(JSON.stringify({ Type: "User", message }));
}
