import type { Settings } from "./settings.ts";

/** What a server takes on at once; its own bounds where nothing was said. */
export interface LoadConfig {
  readonly connectionsMax: number | undefined;
  readonly requestsMax: number | undefined;
  readonly clientRequestsMax: number | undefined;
  readonly bodyBytesMax: number | undefined;
  readonly clientBodyBytesMax: number | undefined;
  readonly uploadRateMin: number | undefined;
}

/** What the holders of access keys may have of it. */
export interface KeyLimits {
  /** Requests in a second, of one key. */
  readonly keyRate: number | undefined;
  /** The same of all keys of one account. */
  readonly accountRate: number | undefined;
  /** Requests at once of one key, waiting receives too. */
  readonly keyRequestsMax: number | undefined;
}

/** Reads what the server takes on at once. */
export function readLoadConfig(settings: Settings): LoadConfig {
  return {
    connectionsMax: settings.read("connections-max", undefined, countRule, countOf),
    requestsMax: settings.read("requests-max", undefined, countRule, countOf),
    clientRequestsMax: settings.read("client-requests-max", undefined, countRule, countOf),
    bodyBytesMax: settings.read("body-bytes-max", undefined, roomRule, roomOf),
    clientBodyBytesMax: settings.read("client-body-bytes-max", undefined, roomRule, roomOf),
    uploadRateMin: settings.read("upload-rate-min", undefined, rateRule, rateOf),
  };
}

/** Reads what the holders of access keys may have of it. */
export function readKeyLimits(settings: Settings): KeyLimits {
  return {
    keyRate: settings.read("key-rate", undefined, countRule, countOf),
    accountRate: settings.read("account-rate", undefined, countRule, countOf),
    keyRequestsMax: settings.read("key-requests-max", undefined, countRule, countOf),
  };
}

const countRule = "1 to 1000000";

function countOf(value: string): number | undefined {
  return within(value, 1, 1_000_000);
}

/** The largest request must fit, or it would be told to come again for ever. */
const roomMin = 8 * 1024 * 1024;
const roomMax = 2 ** 40;
const roomRule = `${roomMin} to ${roomMax}`;

function roomOf(value: string): number | undefined {
  return within(value, roomMin, roomMax);
}

/** 0 lets everybody take their time. */
const rateRule = "0 to 1000000";

function rateOf(value: string): number | undefined {
  return within(value, 0, 1_000_000);
}

function within(value: string, least: number, most: number): number | undefined {
  const number = Number(value);
  return /^\d{1,13}$/.test(value) && number >= least && number <= most ? number : undefined;
}
