import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Worker, WorkerAnswer } from "#poll/worker.ts";
import { answerBytesMax, batchItemFailuresIn } from "./batchItemFailures.ts";

export interface UrlOptions {
  readonly url: string;
  readonly timeoutMs: number;
}

/** Errors of a request that nobody has seen. */
const notConnected: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"]);

/**
 * A URL that each event is posted to. 2xx is a success, and then a report of failures in the answer is
 * honoured; 429, 503 and a connection that is refused mean that it was not even tried.
 */
export function urlWorker({ url, timeoutMs }: UrlOptions): Worker {
  return {
    async invoke(event, signal) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        const response = await post(url, event, within);
        return answerOf(response, await textOf(response));
      } catch (error) {
        const code = error instanceof Error && "code" in error ? error.code : undefined;
        if (notConnected.has(code)) return { kind: "throttled" };
        // Whoever was asked may be at it still.
        return { kind: "lost", reason: within.aborted ? "it took too long" : String(code) };
      }
    },
  };
}

/** Not by `fetch`, which gives up on an answer that takes five minutes to begin. */
function post(url: string, event: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? requestHttps : requestHttp;
    const body = Buffer.from(event);
    const headers = { "Content-Type": "application/json", "Content-Length": body.length };
    // A connection that was kept could be closed just as it is used again.
    send(url, { method: "POST", headers, signal, agent: false }, resolve)
      .once("error", reject)
      .end(body);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, body: string): WorkerAnswer {
  if (statusCode >= 200 && statusCode < 300) {
    return { kind: "succeeded", payload: batchItemFailuresIn(body) ?? "" };
  }
  if (statusCode !== 429 && statusCode !== 503) {
    return { kind: "failed", reason: `status ${statusCode}` };
  }
  const retryAfterMs = retryAfterMsOf(headers["retry-after"]);
  return { kind: "throttled", ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** Seconds, or a date. */
function retryAfterMsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
