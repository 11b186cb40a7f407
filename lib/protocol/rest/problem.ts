import { type SqsError, type SqsErrorName, sqsErrors } from "#contract/errors.ts";
import type { HttpResponse } from "../http.ts";

/** Where HTTP has a better word than SQS, whose statuses are mostly 400. */
const statuses: Partial<Record<SqsErrorName, number>> = {
  QueueDoesNotExist: 404,
  UnknownOperationException: 404,
  QueueNameExists: 409,
  QueueDeletedRecently: 409,
  PurgeQueueInProgress: 429,
  OverLimit: 429,
  RequestThrottled: 429,
  UnrecognizedClientException: 401,
  InvalidSignatureException: 401,
  IncompleteSignatureException: 401,
  ExpiredTokenException: 401,
  InvalidSecurity: 401,
};

/** The status with which the REST API answers an error. */
function statusOf(error: SqsErrorName): number {
  return statuses[error] ?? sqsErrors[error].status;
}

/** An error as problem details (RFC 9457). `code` is SQS's own code for it. */
export function problem(error: SqsError, requestId: string): HttpResponse {
  const status = statusOf(error.error);
  return {
    status,
    headers: {
      "x-amzn-RequestId": requestId,
      "Content-Type": "application/problem+json",
      ...(status === 401 && { "WWW-Authenticate": "Bearer" }),
    },
    body: JSON.stringify({
      type: `urn:millrace:error:${error.error}`,
      title: titleOf(error.error),
      status,
      detail: error.message,
      code: error.queryCode,
      requestId,
    }),
  };
}

/** `QueueDoesNotExist` as "Queue does not exist". */
function titleOf(error: SqsErrorName): string {
  const words = error
    .replace(/Exception$/, "")
    .replace(/(?<=[a-z])[A-Z]/g, (start) => ` ${start.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
