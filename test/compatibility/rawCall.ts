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

/** Calls an action without a client. A body that is text or bytes is sent as it is. */
export async function rawCall(
  origin: string,
  action: string,
  body: string | Uint8Array<ArrayBuffer> | object,
  { path = "/", headers = jsonHeaders(action) }: RawOptions = {},
): Promise<RawAnswer> {
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(`${origin}${path}`, {
    method: "POST",
    headers,
    body: isRaw ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
