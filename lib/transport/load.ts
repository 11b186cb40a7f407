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
  /** The same for the bodies of one address. */
  readonly clientBodyBytesMax: number;
  /** Bytes of a body that come in a second, over some seconds; a slower one is answered 408. */
  readonly uploadRateMin: number;
}

/** Room for ten thousand long polls and more than some thousand busy clients, in a process of 1 GB. */
export const loadLimits: LoadLimits = {
  connectionsMax: 16_000,
  requestsMax: 12_000,
  clientRequestsMax: Number.POSITIVE_INFINITY,
  bodyBytesMax: 256 * 1024 * 1024,
  clientBodyBytesMax: Number.POSITIVE_INFINITY,
  uploadRateMin: 1024,
};

/** The limits that were given, and the others as they are. */
export function limitsOf(given: GivenLimits): LoadLimits {
  const { connectionsMax = loadLimits.connectionsMax } = given;
  const { requestsMax = loadLimits.requestsMax } = given;
  const { clientRequestsMax = loadLimits.clientRequestsMax } = given;
  const { bodyBytesMax = loadLimits.bodyBytesMax } = given;
  const { clientBodyBytesMax = loadLimits.clientBodyBytesMax } = given;
  const { uploadRateMin = loadLimits.uploadRateMin } = given;
  return {
    connectionsMax,
    requestsMax,
    clientRequestsMax,
    bodyBytesMax,
    clientBodyBytesMax,
    uploadRateMin,
  };
}

/** Limits of which any may be left open. */
export type GivenLimits = { readonly [Name in keyof LoadLimits]?: number | undefined };

/**
 * How much of what is still free one client may have (sharedRoom.ts). One alone gets eight ninths of the
 * connections and of the requests, which are ten thousand long polls, and half of the room for bodies.
 */
export const greed = { connections: 8, requests: 8, bodyBytes: 1 } as const;

/**
 * How many requests one connection may have on their way. SQS's clients have one; who sends hundreds in a
 * packet would have them all done before anybody else's next.
 */
export const pipelinedMax = 16;

/** How often bodies are looked at that are on their way. */
export const uploadCheckMs = 5000;

/**
 * The answer to too much, upon which SDKs wait and try again. They go by the status; a body in the form of
 * one protocol would be an error of its own to clients of the other.
 */
export const overloaded: EarlyAnswer = { status: 503, headers: { "Retry-After": "1" } };

/** The answer to a body that comes too slowly. */
export const tooSlow: EarlyAnswer = { status: 408, headers: {} };
