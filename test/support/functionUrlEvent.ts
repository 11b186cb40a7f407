import { randomUUID } from "node:crypto";

/** A request as it reaches a function URL. */
export interface UrlRequest {
  readonly method: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query?: string;
  /** Several values of one name are joined by commas, as Lambda does. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Types whose bodies Lambda hands over as text; all others come as base64. */
const textTypes = /^(?:text\/|application\/(?:json|xml|javascript)\b)/i;

/** The event that Lambda makes of a request to a function URL, payload format 2.0. */
export function functionUrlEvent(request: UrlRequest): Readonly<Record<string, unknown>> {
  const { method, path, query = "", body } = request;
  const sent = Object.entries(request.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  const { cookie, ...headers } = Object.fromEntries(sent);
  const host = headers["host"] ?? "abc123.lambda-url.us-east-1.on.aws";
  const isText = textTypes.test(headers["content-type"] ?? "");
  const pairs = [...new URLSearchParams(query)];
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: query,
    ...(cookie === undefined ? {} : { cookies: cookie.split("; ") }),
    headers: {
      "x-forwarded-proto": "https",
      "x-forwarded-port": "443",
      "x-forwarded-for": "192.0.2.1",
      "x-amzn-trace-id": "Root=1-67f0c0de-000000000000000000000001",
      ...headers,
      host,
    },
    ...(pairs.length === 0 ? {} : { queryStringParameters: Object.fromEntries(pairs) }),
    requestContext: {
      accountId: "anonymous",
      apiId: host.split(".")[0],
      domainName: host,
      domainPrefix: host.split(".")[0],
      http: {
        method,
        path,
        protocol: "HTTP/1.1",
        sourceIp: "192.0.2.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: "22/Nov/2026:19:00:00 +0000",
      timeEpoch: 1795374000000,
    },
    ...(body === undefined || body.length === 0
      ? {}
      : { body: Buffer.from(body).toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body !== undefined && body.length > 0 && !isText,
  };
}
