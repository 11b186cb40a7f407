import type { TransportHandle, TransportRequest, TransportResponse } from "./http.ts";

/** What a function URL takes as an answer. It adds `Content-Length` and `Date` itself. */
export interface FunctionUrlResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Answers one invocation; rejects only what is not a request, or when `handle` rejects. */
export type FunctionUrlHandler = (
  event: unknown,
  signal: AbortSignal,
) => Promise<FunctionUrlResult>;

export interface FunctionUrlOptions {
  /** A larger body is answered 413, as by the other transports. Lambda itself takes no 6 MiB. */
  readonly requestBytesMax: number;
}

/**
 * Serves the events of a function URL, payload format 2.0. A caller that hangs up cannot be noticed
 * there: whoever invokes aborts `signal` when the time of the invocation runs out.
 */
export function serveFunctionUrl(
  handle: TransportHandle,
  { requestBytesMax }: FunctionUrlOptions,
): FunctionUrlHandler {
  return async (event, signal) => {
    const request = requestOf(event);
    const isTooLarge = request.body.byteLength > requestBytesMax;
    return resultOf(isTooLarge ? tooLarge : await handle(request, signal));
  };
}

const tooLarge: TransportResponse = { status: 413, headers: {}, body: "" };

/** The part of an event that says what was asked, checked. */
function requestOf(event: unknown): TransportRequest {
  const { version, rawPath, rawQueryString, headers, body, isBase64Encoded, requestContext } =
    fieldsOf(event);
  const { method } = fieldsOf(fieldsOf(requestContext)["http"]);
  if (version !== "2.0" || typeof method !== "string" || typeof rawPath !== "string") {
    throw new Error(
      "expected the event of a function URL, payload format 2.0, " +
        `got one with ${Object.keys(fieldsOf(event)).join(", ") || "no fields"}`,
    );
  }
  const sent = lowerCased(fieldsOf(headers));
  return {
    method,
    // Lambda sets this header itself, and what it answers for is always https.
    scheme: sent["x-forwarded-proto"] === "http" ? "http" : "https",
    path: rawPath,
    query: typeof rawQueryString === "string" ? rawQueryString : "",
    headers: sent,
    body: bytesOf(body, isBase64Encoded === true),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Function URLs lower the case already; a gateway in front of the same handler may not. */
function lowerCased(headers: Fields): Readonly<Record<string, string>> {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name.toLowerCase(), value] as const] : [],
  );
  return Object.fromEntries(pairs);
}

/** Lambda hands over text as it is, and everything whose type it does not know as base64. */
function bytesOf(body: unknown, isBase64: boolean): Uint8Array {
  return Buffer.from(typeof body === "string" ? body : "", isBase64 ? "base64" : "utf8");
}

function resultOf({ status, headers, body }: TransportResponse): FunctionUrlResult {
  const isBase64Encoded = typeof body !== "string";
  return {
    statusCode: status,
    headers,
    body: isBase64Encoded ? Buffer.from(body).toString("base64") : body,
    isBase64Encoded,
  };
}
