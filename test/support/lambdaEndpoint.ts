import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { listenLocally } from "./localServer.ts";

/** A Lambda function. What it throws is a function error, as it is of Lambda. */
export type FakeFunction = (event: unknown) => unknown;

export interface Invocation {
  readonly functionName: string;
  readonly event: unknown;
}

/** Thrown by a function that Lambda would not have begun to run. */
export class Throttled extends Error {}

const invokePath = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/**
 * Answers the `Invoke` calls that Lambda's client makes once AWS_ENDPOINT_URL_LAMBDA names it. Functions
 * are known by what callers name them: a name or an ARN.
 */
export class LambdaEndpoint implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #functions = new Map<string, FakeFunction>();
  /** All that were asked for, in order; those that were throttled, too. */
  readonly invocations: Invocation[] = [];

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
    server.on("request", (request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<LambdaEndpoint> {
    const server = createServer();
    return new LambdaEndpoint(server, await listenLocally(server));
  }

  /** Makes a function, or changes what it does. */
  define(functionName: string, run: FakeFunction): void {
    this.#functions.set(functionName, run);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, encoded = ""] = invokePath.exec(request.url ?? "") ?? [];
    const functionName = decodeURIComponent(encoded);
    const run = this.#functions.get(functionName);
    const event = await json(request);
    if (run === undefined) {
      refuse(response, 404, "ResourceNotFoundException", `Function not found: ${functionName}`);
      return;
    }
    this.invocations.push({ functionName, event });
    try {
      const answer = await run(event);
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(answer === undefined ? "null" : JSON.stringify(answer));
    } catch (error) {
      if (error instanceof Throttled) {
        refuse(response, 429, "TooManyRequestsException", "Rate Exceeded.");
        return;
      }
      const errorMessage = error instanceof Error ? error.message : String(error);
      response.writeHead(200, { "X-Amz-Function-Error": "Unhandled" });
      response.end(JSON.stringify({ errorType: "Error", errorMessage }));
    }
  }
}

function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  response.writeHead(status, { "Content-Type": "application/json", "x-amzn-ErrorType": type });
  response.end(JSON.stringify({ Type: "User", message }));
}
