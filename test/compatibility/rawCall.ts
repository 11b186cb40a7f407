import { callerAt } from "../support/knownCallers.ts";
import { aSigner } from "../support/signer.ts";

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface RawOptions {
  /** A path other than `/`. */
  readonly path?: string;
  /** In place of the usual headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The headers that SDKs send. */
export function jsonHeaders(action: string): Record<string, string> {
  return {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": `AmazonSQS.${action}`,
    "x-amzn-query-mode": "true",
  };
}

/** Calls an action without a client; signs where the server wants that. A body that is text or bytes is sent as it is. */
export async function rawCall(
  origin: string,
  action: string,
  body: string | Uint8Array<ArrayBuffer> | object,
  { path = "/", headers = jsonHeaders(action) }: RawOptions = {},
): Promise<RawAnswer> {
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const sent = { path, headers, body: isRaw ? body : JSON.stringify(body) };
  const response = await fetch(`${origin}${path}`, {
    method: "POST",
    headers: await signedHeaders(origin, sent),
    body: sent.body,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The headers of a POST, signed if the server wants that. */
export async function signedHeaders(
  origin: string,
  sent: { readonly path: string; readonly headers: object; readonly body: string | Uint8Array },
): Promise<Record<string, string>> {
  const { path, headers, body } = sent;
  const caller = callerAt(origin);
  if (caller === undefined) return { ...headers };
  const { protocol, hostname, port, host, pathname, searchParams } = new URL(`${origin}${path}`);
  const request = await aSigner(caller.key).sign(
    {
      method: "POST",
      protocol,
      hostname,
      port: Number(port),
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { ...headers, host },
      body,
    },
    { signingDate: new Date(caller.nowMs()) },
  );
  const { host: _host, ...rest } = request.headers;
  return rest;
}
