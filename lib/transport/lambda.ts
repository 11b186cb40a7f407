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
    headers: withoutOwnTrace(sent),
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

/**
 * Lambda gives each request that comes without a trace a new one, which names no parent. A caller's own
 * names one. What a message keeps is its sender's trace, and every byte of it is paid for.
 */
function withoutOwnTrace(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { "x-amzn-trace-id": trace, ...others } = headers;
  return trace?.includes("Parent=") === true ? headers : others;
}

/** Lambda hands over text as it is, and everything whose type it does not know as base64. */
function bytesOf(body: unknown, isBase64: boolean): Uint8Array {
  return Buffer.from(typeof body === "string" ? body : "", isBase64 ? "base64" : "utf8");
}

/** What a function may answer, as JSON. */
const resultBytesMax = 6 * 1024 * 1024;

/** What status, headers and the field names of a result take, and more. */
const aroundBodyBytesMax = 16 * 1024;

/** How large a body may be, as it stands in the JSON that Lambda takes from a function. */
export const functionUrlLimit = {
  bytesMax: resultBytesMax - aroundBodyBytesMax,

  bytesOf(body: TransportResponse["body"]): number {
    if (typeof body !== "string") return base64Bytes(body.byteLength);
    if (isSmall(body)) return body.length * characterBytesMax;
    return Math.min(textBytes(body), base64Bytes(Buffer.byteLength(body)));
  },
};

/** No character takes more in a JSON string. */
const characterBytesMax = 6;

/** Whether a body can be carried however it is written: then nobody needs to look at it. */
function isSmall(body: string): boolean {
  return body.length * characterBytesMax <= functionUrlLimit.bytesMax;
}

function textBytes(body: string): number {
  return Buffer.byteLength(JSON.stringify(body));
}

function base64Bytes(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** Bytes go as base64, and so does a large text where that is shorter: quotes in quotes grow fourfold. */
function resultOf({ status, headers, body }: TransportResponse): FunctionUrlResult {
  const isText =
    typeof body === "string" &&
    (isSmall(body) || textBytes(body) <= base64Bytes(Buffer.byteLength(body)));
  return {
    statusCode: status,
    headers,
    body: isText ? body : Buffer.from(body).toString("base64"),
    isBase64Encoded: !isText,
  };
}
