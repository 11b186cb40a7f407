import { SqsError, type SqsErrorName } from "#contract/errors.ts";
import type { HttpRequest } from "#protocol/http.ts";
import { query } from "#protocol/query.ts";
import { aRequest } from "./aRequest.ts";

/** A call in the Query protocol, as a form. A body that is no list of parameters goes as it is. */
export function aQueryCall(
  body: string | Uint8Array | Readonly<Record<string, string>>,
  said: Partial<HttpRequest> = {},
): HttpRequest {
  return aRequest({
    method: "POST",
    ...said,
    headers: {
      host: "127.0.0.1:9324",
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      ...said.headers,
    },
    body: bytesOf(body),
  });
}

function bytesOf(body: string | Uint8Array | Readonly<Record<string, string>>): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === "string" ? body : new URLSearchParams(body).toString());
}

/** The input that parameters give an action. */
export function inputOf(action: string, parameters: Readonly<Record<string, string>>): unknown {
  return query.decode(aQueryCall({ Action: action, Version: "2012-11-05", ...parameters })).input;
}

/** What a call is refused with; fails if it is not. */
export function refusal(act: () => unknown): { error: SqsErrorName; message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof SqsError) return { error: error.error, message: error.message };
    throw error;
  }
  throw new Error("expected an SqsError, got none");
}
