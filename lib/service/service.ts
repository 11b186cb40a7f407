import { SqsError } from "#contract/errors.ts";
import type { Caller, Engine, HangUp } from "#engine/engine.ts";
import type { Codec } from "#protocol/codec.ts";
import { type HttpRequest, type HttpResponse, headerOf } from "#protocol/http.ts";
import { json } from "#protocol/json.ts";
import { query } from "#protocol/query.ts";
import { openApiAnswer, openApiPath } from "#protocol/rest/openApi.ts";
import { rest } from "#protocol/rest/rest.ts";
import { answerUnserved } from "#protocol/unserved.ts";
import { TableThrottledError } from "#table/table.ts";
import { type AnswerLimit, cutAnswer } from "./answerLimit.ts";
import type { Authenticate, Identity } from "./authenticate.ts";
import { authorize } from "./authorize.ts";
import type { Log } from "./log.ts";
import type { RequestsInWork } from "./requestsInWork.ts";

export interface ServiceOptions {
  readonly engine: Engine;
  readonly authenticate: Authenticate;
  /** Counts the requests of each key. Default: nobody does. */
  readonly inWork?: RequestsInWork | undefined;
  /** A fresh UUID at each call. */
  readonly newRequestId: () => string;
  readonly log: Log;
  /** The origin of queue URLs where callers come through a proxy. Defaults to what they asked for. */
  readonly publicUrl?: string | undefined;
  /** What an answer may be at most. Default: whatever SQS may answer. */
  readonly answerLimit?: AnswerLimit;
}

/** Answers one request. `signal` is aborted when the caller hangs up. Never rejects. */
export type Handle = (request: HttpRequest, signal: HangUp) => Promise<HttpResponse>;

/** In the order in which they are asked whether a request is theirs (spec section 1.2). */
const codecs: readonly Codec[] = [json, rest, query];

/** Joins the rooms: authenticate, decode, authorize, operate, encode. */
export function createService(options: ServiceOptions): { readonly handle: Handle } {
  const { engine, authenticate, inWork, newRequestId, log, answerLimit: limit } = options;

  const handle: Handle = async (request, signal) => {
    if (isRead(request, openApiPath)) return openApiAnswer();
    const codec = codecs.find((each) => each.recognises(request));
    if (codec === undefined) return answerOutside(request, newRequestId());
    let counted: Identity | undefined;
    try {
      const identity = await authenticate(request);
      inWork?.enter(identity);
      counted = identity;
      const { action, input } = codec.decode(request);
      authorize(identity, action, input);
      const caller = callerOf(identity, request, signal, options);
      const output = await engine.operate(action, input, caller);
      // No sooner: a receive that waits would hold on to it.
      const requestId = newRequestId();
      const answer = codec.encodeResult(action, output, requestId);
      if (limit === undefined || limit.bytesOf(answer.body) <= limit.bytesMax) return answer;
      // Nothing else that SQS answers comes near any transport's limit.
      if (!("Messages" in output && "QueueUrl" in input)) return answer;
      const cut = { engine, codec, requestId, limit, log };
      return await cutAnswer(cut, output, input, caller);
    } catch (error) {
      const requestId = newRequestId();
      const refusal = answerTo(error, requestId, log);
      return askingToWait(refusal, codec.encodeError(refusal, requestId));
    } finally {
      if (counted !== undefined) inWork?.leave(counted);
    }
  };

  return { handle };
}

function callerOf(
  { account, region, senderId }: Identity,
  request: HttpRequest,
  signal: HangUp,
  { publicUrl }: ServiceOptions,
): Caller {
  const origin = publicUrl ?? `${request.scheme}://${headerOf(request, "host") ?? "localhost"}`;
  const traceHeader = headerOf(request, "x-amzn-trace-id");
  const caller = { account, region, origin, senderId, signal };
  return traceHeader === undefined ? caller : { ...caller, traceHeader };
}

const healthy: HttpResponse = {
  status: 200,
  headers: { "Content-Type": "application/json" },
  body: '{"status":"ok"}',
};

/** The answer to what is no call of an action. Here, behind the codecs, it costs calls nothing. */
function answerOutside(request: HttpRequest, requestId: string): HttpResponse {
  return isRead(request, "/health") ? healthy : answerUnserved(requestId);
}

function isRead({ method, path }: HttpRequest, readPath: string): boolean {
  return path === readPath && (method === "GET" || method === "HEAD");
}

/** Where a caller is to come again, it is told when. */
function askingToWait({ error }: SqsError, answer: HttpResponse): HttpResponse {
  if (error !== "RequestThrottled" && error !== "ServiceUnavailableException") return answer;
  return { ...answer, headers: { ...answer.headers, "Retry-After": "1" } };
}

/**
 * The three kinds of error come to one here: what SQS would answer goes out as it is; an overloaded
 * table asks the caller to come again, which every SDK does; a fault is logged whole, and the caller
 * learns its request id and nothing else.
 */
function answerTo(error: unknown, requestId: string, log: Log): SqsError {
  if (error instanceof SqsError) return error;
  if (error instanceof TableThrottledError) {
    log.warn("table.throttled", { requestId, error });
    return new SqsError(
      "ServiceUnavailableException",
      "The request has failed due to a temporary failure of the server.",
    );
  }
  log.error("request.failed", { requestId, error });
  return new SqsError(
    "InternalFailure",
    "The request processing has failed because of an unknown error, exception or failure.",
  );
}
