import type { EarlyAnswer } from "./requestBody.ts";

/** How much is taken on at once, over all connections. */
export interface LoadLimits {
  /** Further ones are closed as they come: nobody has asked for anything over them. */
  readonly connectionsMax: number;
  /** Requests without their answer, long polls among them; further ones are answered 503. */
  readonly requestsMax: number;
  /** The same for the requests of one address. Behind a proxy all have one. */
  readonly clientRequestsMax: number;
  /** Bytes of bodies that are held; a request that brings more is answered 503. */
  readonly bodyBytesMax: number;
}

/** More than some thousand busy clients need, and less than a process of 1 GB can hold. */
export const loadLimits: LoadLimits = {
  connectionsMax: 10_000,
  requestsMax: 5_000,
  clientRequestsMax: Number.POSITIVE_INFINITY,
  bodyBytesMax: 256 * 1024 * 1024,
};

/**
 * SQS's own answer to too much, which SDKs take for a reason to wait and to try again. Written here, as
 * there is no room to ask which protocol it should be in: they go by the status.
 */
export const overloaded: EarlyAnswer = {
  status: 503,
  headers: {
    "Content-Type": "application/x-amz-json-1.0",
    "Retry-After": "1",
    "x-amzn-query-error": "ServiceUnavailable;Receiver",
  },
  body: JSON.stringify({
    __type: "com.amazon.coral.service#ServiceUnavailableException",
    message: "The request has failed due to a temporary failure of the server.",
  }),
};
