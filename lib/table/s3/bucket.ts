import { setTimeout as sleep } from "node:timers/promises";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import {
  loadConfig,
  NODE_REGION_CONFIG_FILE_OPTIONS,
  NODE_REGION_CONFIG_OPTIONS,
} from "@smithy/core/config";
import { SignatureV4 } from "@smithy/signature-v4";
import { TableThrottledError } from "#table/table.ts";
import { described, type S3Answer } from "./s3Answer.ts";
import { Sha256 } from "./sha256.ts";

/** How to reach a bucket. What is left out comes from the environment, as AWS's SDK reads it. */
export interface BucketOptions {
  readonly bucket: string;
  /** Another server that speaks S3's API, such as `http://127.0.0.1:9000`. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** A number from 0 up to 1, as `Math.random` gives it. */
  readonly random: () => number;
  /** Lets time pass between attempts. */
  readonly sleep?: (durationMs: number) => Promise<void>;
  /** Within which a request must be answered. */
  readonly timeoutMs?: number;
  /** Told of every request that is sent, each attempt of its own. */
  readonly onRequest?: (method: S3Request["method"]) => void;
}

export interface S3Request {
  readonly method: "GET" | "PUT";
  readonly key: string;
  readonly body?: Uint8Array;
}

const attemptsMax = 4;
const timeoutMsDefault = 5000;
const pauseMsFirst = 50;
const pauseMsMax = 1000;

/** The variables by which AWS's SDKs are told where S3 is. */
const endpointInEnvironment = {
  environmentVariableSelector: (env: NodeJS.ProcessEnv) =>
    (env["AWS_ENDPOINT_URL_S3"] || env["AWS_ENDPOINT_URL"])?.replace(/\/+$/, "") || undefined,
  configFileSelector: () => undefined,
  default: async () => undefined,
};

/** The server's own trouble, or too much of ours. */
const passingStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const throttlingStatuses: ReadonlySet<number> = new Set([429, 503]);

/**
 * One bucket: addresses, signatures, time-outs and retries. It speaks S3's API by itself: for two
 * calls S3's client would make a function's code a quarter larger, while the signer and what finds
 * credentials are in DynamoDB's client already.
 */
export class Bucket {
  readonly name: string;
  readonly #options: BucketOptions;
  readonly #signer: SignatureV4;
  readonly #endpoint: () => Promise<string | undefined>;
  readonly #region: () => Promise<string>;

  constructor(options: BucketOptions) {
    const { bucket, endpoint, region, credentials } = options;
    this.name = bucket;
    this.#options = options;
    this.#endpoint =
      endpoint === undefined ? loadConfig(endpointInEnvironment) : async () => endpoint;
    this.#region =
      region === undefined
        ? loadConfig(NODE_REGION_CONFIG_OPTIONS, NODE_REGION_CONFIG_FILE_OPTIONS)
        : async () => region;
    this.#signer = new SignatureV4({
      service: "s3",
      region: this.#region,
      credentials: credentials ?? defaultProvider(),
      sha256: Sha256,
      uriEscapePath: false,
    });
  }

  /**
   * Sends a request until it is answered for good, with whatever status. Throttling that outlasts the
   * attempts is a `TableThrottledError`, other trouble an `Error` with its cause.
   */
  async call(request: S3Request): Promise<S3Answer> {
    for (let attempts = 1; ; attempts += 1) {
      const attempt = await this.#attempt(request);
      if (attempt.outcome === "answered") return attempt.answer;
      if (attempts >= attemptsMax) throw attempt.error;
      await this.#pause(attempts);
    }
  }

  async #attempt(
    request: S3Request,
  ): Promise<
    | { readonly outcome: "answered"; readonly answer: S3Answer }
    | { readonly outcome: "failed"; readonly error: Error }
  > {
    const url = await this.#urlOf(request.key);
    const headers = await this.#signed(url, request);
    const what = `S3 ${request.method} in bucket ${this.name} failed`;
    try {
      const answer = await this.#send(url, request, headers);
      if (!passingStatuses.has(answer.status)) return { outcome: "answered", answer };
      const message = `${what} ${attemptsMax} times: ${described(answer).text}`;
      const isThrottled = throttlingStatuses.has(answer.status);
      const error = isThrottled
        ? new TableThrottledError(message, { mayBePartition: false })
        : new Error(message);
      return { outcome: "failed", error };
    } catch (cause) {
      return { outcome: "failed", error: new Error(`${what} ${attemptsMax} times`, { cause }) };
    }
  }

  /** At AWS the bucket is in the host, save where dots in its name would break the certificate. */
  async #urlOf(key: string): Promise<URL> {
    const path = key.split("/").map(encodeURIComponent).join("/");
    const endpoint = await this.#endpoint();
    if (endpoint !== undefined) return new URL(`${endpoint}/${this.name}/${path}`);
    const region = await this.#region();
    const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    const host = `s3.${region}.${domain}`;
    return this.name.includes(".")
      ? new URL(`https://${host}/${this.name}/${path}`)
      : new URL(`https://${this.name}.${host}/${path}`);
  }

  /** The digest of the body is signed as well, so that S3 refuses one that was spoiled on its way. */
  async #signed(url: URL, { method, body }: S3Request): Promise<Record<string, string>> {
    const { headers } = await this.#signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: {
        host: url.host,
        ...(body !== undefined && { "content-type": "application/octet-stream" }),
      },
      body,
    });
    const { host: _, ...others } = headers;
    return others;
  }

  async #send(
    url: URL,
    { method, body }: S3Request,
    headers: Record<string, string>,
  ): Promise<S3Answer> {
    this.#options.onRequest?.(method);
    const response = await fetch(url, {
      method,
      headers,
      body: body === undefined ? null : Buffer.from(body),
      redirect: "manual",
      signal: AbortSignal.timeout(this.#options.timeoutMs ?? timeoutMsDefault),
    });
    return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
  }

  /** Drawn evenly up to a bound that doubles, so that those refused together do not come together. */
  async #pause(attempts: number): Promise<void> {
    const boundMs = Math.min(pauseMsMax, pauseMsFirst * 2 ** (attempts - 1));
    await (this.#options.sleep ?? sleep)(this.#options.random() * boundMs);
  }
}
