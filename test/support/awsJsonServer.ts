import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { listenLocally } from "./localServer.ts";

/** One call that came in: the action, who signed it, and what it said. */
export interface AwsCall {
  readonly action: string;
  /** The access key id in the signature, which is not verified. */
  readonly accessKeyId: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** An error, as services of AWS answer it. */
export class AwsRefusal extends Error {
  readonly status: number;

  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** A server on this machine that stands in for a service of AWS, in the protocol AWS JSON 1.1. */
export interface AwsJsonServer {
  readonly endpoint: string;
  /** Every call, in order. */
  readonly calls: readonly AwsCall[];
  /** Answers the next calls with an error, until told otherwise. */
  fail(error: AwsRefusal | undefined): void;
  stop(): Promise<void>;
}

type Operation = (input: AwsCall["input"]) => Readonly<Record<string, unknown>>;

/** Serves these operations on a free port, or on the one that is given. */
export async function startAwsJsonServer(
  operations: Readonly<Record<string, Operation>>,
  port = 0,
): Promise<AwsJsonServer> {
  const calls: AwsCall[] = [];
  let failure: AwsRefusal | undefined;
  const answerTo = async (request: IncomingMessage): Promise<unknown> => {
    const input = inputOf(await json(request));
    const action = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const [, accessKeyId = ""] =
      /Credential=([^/]+)/.exec(request.headers.authorization ?? "") ?? [];
    calls.push({ action, accessKeyId, input });
    if (failure !== undefined) throw failure;
    const operation = operations[action];
    if (operation === undefined) throw new AwsRefusal("UnknownOperationException", action);
    return operation(input);
  };
  const server = createServer((request, response) => void serve(answerTo(request), response));
  const endpoint = await listenLocally(server, port);
  return {
    endpoint,
    calls,
    fail: (error) => {
      failure = error;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function serve(answer: Promise<unknown>, response: ServerResponse): Promise<void> {
  const headers = { "content-type": "application/x-amz-json-1.1" };
  try {
    const body = JSON.stringify(await answer);
    response.writeHead(200, headers).end(body);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    const status = error instanceof AwsRefusal ? error.status : 500;
    response.writeHead(status, headers).end(JSON.stringify({ __type: name, message }));
  }
}

function inputOf(value: unknown): AwsCall["input"] {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
