import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { listenLocally } from "./localServer.ts";

/** What an engine answered, or what is answered in its place. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * What happens to one request instead of what should. `forward` has the engine carry out a body,
 * this one or another. `undefined` breaks the connection.
 */
export type Fault = (
  body: string,
  forward: (body: string) => Promise<Answer>,
) => Promise<Answer | undefined>;

/** Stands in front of an engine, and lets through what no fault is planned for. */
export interface FaultProxy {
  readonly endpoint: string;
  /** The actions asked for, in order, such as `PutItem`. */
  readonly calls: readonly string[];
  /** The next requests for this action meet these faults, one each. */
  plan(action: string, ...faults: readonly Fault[]): void;
  /** From now on the engine is there. */
  retarget(target: string): void;
  stop(): Promise<void>;
}

/**
 * Starts a proxy in front of the engine at an endpoint. Stop it when done. `usually` is what happens to
 * requests for which nothing is planned, told the action; without it they are let through.
 */
export async function startFaultProxy(
  firstTarget: string,
  usually: (action: string) => Fault = () => (body, forward) => forward(body),
): Promise<FaultProxy> {
  let target = firstTarget;
  const calls: string[] = [];
  const planned = new Map<string, Fault[]>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const header = String(request.headers["x-amz-target"]);
    const action = header.slice(header.indexOf(".") + 1);
    calls.push(action);
    const forward = (body: string) => send(target, header, request.headers, body);
    const fault = planned.get(action)?.shift() ?? usually(action);
    const result = await fault(await text(request), forward);
    if (result === undefined) {
      response.destroy();
      return;
    }
    response.writeHead(result.status, { "content-type": "application/x-amz-json-1.0" });
    response.end(result.body);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.destroy(error));
  });
  const endpoint = await listenLocally(server);
  return {
    endpoint,
    calls,
    plan: (action, ...faults) => planned.set(action, [...(planned.get(action) ?? []), ...faults]),
    retarget: (next) => {
      target = next;
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** The engine does what was asked, and its answer never arrives. */
export function loseAnswer(afterwards?: () => Promise<unknown>): Fault {
  return async (body, forward) => {
    await forward(body);
    await afterwards?.();
    return undefined;
  };
}

/** The request never arrives. */
export function loseRequest(meanwhile?: () => Promise<unknown>): Fault {
  return async () => {
    await meanwhile?.();
    return undefined;
  };
}

/** An error in the engine's place, such as `ThrottlingException`. */
export function refuse(name: string, status = 400, details: object = {}): Fault {
  const type = `com.amazonaws.dynamodb.v20120810#${name}`;
  return async () => ({
    status,
    body: JSON.stringify({ __type: type, message: `planned ${name}`, ...details }),
  });
}

/** An answer in the engine's place. */
export function reply(body: object): Fault {
  return async () => ({ status: 200, body: JSON.stringify(body) });
}

/** The engine's answer, changed on its way. */
export function alter(change: (answer: object, request: object) => object): Fault {
  return async (body, forward) => {
    const answer = await forward(body);
    return { ...answer, body: JSON.stringify(change(JSON.parse(answer.body), JSON.parse(body))) };
  };
}

/** As many faults of a kind as there are attempts, and more. */
export function forever(fault: Fault): readonly Fault[] {
  return Array.from({ length: 100 }, () => fault);
}

async function send(
  target: string,
  header: string,
  headers: IncomingMessage["headers"],
  body: string,
): Promise<Answer> {
  const response = await fetch(target, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": header,
      "x-amz-date": String(headers["x-amz-date"]),
      authorization: String(headers.authorization),
    },
    body,
  });
  return { status: response.status, body: await response.text() };
}
