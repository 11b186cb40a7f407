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

/** Room for ten thousand long polls and more than some thousand busy clients, in a process of 1 GB. */
export const loadLimits: LoadLimits = {
  connectionsMax: 16_000,
  requestsMax: 12_000,
  clientRequestsMax: Number.POSITIVE_INFINITY,
  bodyBytesMax: 256 * 1024 * 1024,
};

/**
 * The answer to too much, upon which SDKs wait and try again. They go by the status; a body in the form of
 * one protocol would be an error of its own to clients of the other.
 */
export const overloaded: EarlyAnswer = { status: 503, headers: { "Retry-After": "1" } };
