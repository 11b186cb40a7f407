import { Agent, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { followMovedClock } from "./movedTime.ts";

/**
 * What Lambda's runtime for Node does around a handler, over the runtime API of `runtimeApi.ts`: it
 * imports the module once, then asks for one invocation after another. It runs in the process of the
 * function and shares nothing with whoever started it, but for the clock, if that is moved by hand.
 */

const tracing = "_X_AMZN_TRACE_ID";
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const [host = "", port = ""] = (process.env["AWS_LAMBDA_RUNTIME_API"] ?? "").split(":");

interface Answer {
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

type Handler = (event: unknown, context: object) => unknown;

function call(method: "GET" | "POST", path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const url = { host, port, method, agent, path: `/2018-06-01/runtime/${path}` };
    const asked = request(url, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ headers: response.headers, text: Buffer.concat(chunks).toString() }),
      );
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** A fault as Lambda shows it to whoever invoked. */
function faultOf(error: unknown): string {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return JSON.stringify({
    errorType: name,
    errorMessage: message,
    trace: (stack ?? "").split("\n"),
  });
}

async function loadHandler(): Promise<Handler> {
  const { _HANDLER: name = "", LAMBDA_TASK_ROOT: folder = "" } = process.env;
  const [file = "", exported = ""] = name.split(".");
  const module = await import(pathToFileURL(join(folder, `${file}.mjs`)).href);
  const handler: unknown = module[exported];
  if (typeof handler !== "function") {
    throw new Error(`expected ${name} to be a function, got ${typeof handler}`);
  }
  return (event, context) => handler(event, context);
}

function contextOf({ headers }: Answer) {
  const deadlineMs = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    awsRequestId: String(headers["lambda-runtime-aws-request-id"]),
    functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
    functionVersion: process.env["AWS_LAMBDA_FUNCTION_VERSION"],
    memoryLimitInMB: process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    logGroupName: process.env["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: process.env["AWS_LAMBDA_LOG_STREAM_NAME"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

async function serve(handler: Handler): Promise<never> {
  for (;;) {
    const next = await call("GET", "invocation/next");
    tellTime(next.headers["rehearsal-now-ms"]);
    process.env[tracing] = String(next.headers["lambda-runtime-trace-id"]);
    const context = contextOf(next);
    const path = `invocation/${context.awsRequestId}`;
    try {
      const result = await handler(JSON.parse(next.text), context);
      await call("POST", `${path}/response`, JSON.stringify(result) ?? "null");
    } catch (error) {
      await call("POST", `${path}/error`, faultOf(error));
    }
  }
}

// Whatever is thrown outside of an invocation ends the process, as it does in Lambda.
process.on("unhandledRejection", (error) => {
  throw error;
});

const tellTime = followMovedClock(process.argv[2]);
try {
  await serve(await loadHandler());
} catch (error) {
  await call("POST", "init/error", faultOf(error));
  process.exitCode = 1;
  process.disconnect();
}
