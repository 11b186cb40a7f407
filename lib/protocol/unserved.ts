import type { HttpResponse } from "./http.ts";

/**
 * The answer to a request that no codec recognises: the bare 404 that SQS gives one without an
 * `Action` (spec section 1.4).
 */
export function answerUnserved(requestId: string): HttpResponse {
  return {
    status: 404,
    headers: { "x-amzn-RequestId": requestId, "Content-Type": "text/xml" },
    body: "<UnknownOperationException/>",
  };
}
