import type { HttpRequest } from "#protocol/http.ts";

/** A GET of `/` without anything, but for what a test says. */
export function aRequest(said: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "GET",
    scheme: "http",
    path: "/",
    query: "",
    headers: { host: "127.0.0.1:9324" },
    body: new Uint8Array(),
    ...said,
  };
}

/** A call of an action in AWS JSON 1.0. A body that is no text or bytes is written as JSON. */
export function aJsonCall(
  action: string,
  body: unknown = {},
  said: Partial<HttpRequest> = {},
): HttpRequest {
  return aRequest({
    method: "POST",
    ...said,
    headers: {
      host: "127.0.0.1:9324",
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${action}`,
      ...said.headers,
    },
    body: bytesOf(body),
  });
}

function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}
