import { setTimeout as sleep } from "node:timers/promises";
import {
  ConditionalCheckFailedException,
  type ConsumedCapacity,
  DynamoDBClient,
  type DynamoDBClientConfig,
  type ThrottlingReason,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { TableThrottledError } from "#table/table.ts";
import { type Consumed, unitsCounted, unitsOfFailure } from "./consumed.ts";
import { attemptsMax, type Patience, retryStrategy } from "./retry.ts";

/** How to reach a table. What is left out comes from the environment, as the SDK reads it. */
export interface ConnectionOptions {
  readonly tableName: string;
  /** Another engine that speaks DynamoDB's API, such as `http://127.0.0.1:8000`. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: NonNullable<DynamoDBClientConfig["credentials"]>;
  /** What requests are handed to in place of the network. */
  readonly requestHandler?: NonNullable<DynamoDBClientConfig["requestHandler"]>;
  /** A number from 0 up to 1, as `Math.random` gives it. */
  readonly random: () => number;
  /** Lets time pass between attempts. */
  readonly sleep?: (durationMs: number) => Promise<void>;
  /** Told the cost of each call. When it is not given, DynamoDB is not asked. */
  readonly onConsumed?: (consumed: Consumed) => void;
}

/** The part of any answer that says what it took. */
interface Answer {
  readonly $metadata: { readonly attempts?: number };
  readonly ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] | undefined;
}

/** Goes into every request: whether DynamoDB shall count. */
export interface Measured {
  readonly ReturnConsumedCapacity?: "TOTAL";
}

const reads = new Set(["GetItem", "BatchGetItem", "Query"]);

/** Refusals for now, and whether a busy partition may be the reason. */
const throttlings: ReadonlyMap<string, "perhaps" | "never"> = new Map([
  ["LimitExceededException", "never"],
  ["ProvisionedThroughputExceededException", "perhaps"],
  ["RequestLimitExceeded", "never"],
  ["ThrottlingException", "perhaps"],
  ["TransactionConflictException", "never"],
  ["TransactionInProgressException", "never"],
]);
/** What the reason is called when a partition takes no more, of those that DynamoDB may give. */
const partitionReason = "KeyRangeThroughputExceeded";
/** The same of a part of a batch, which comes without reasons. */
const codesOfPartitions: ReadonlySet<string> = new Set([
  "ProvisionedThroughputExceeded",
  "ThrottlingError",
  "UnprocessedItems",
  "UnprocessedKeys",
]);

/** A client bound to one table: time-outs, retries, translation of errors, and the meter. */
export class Connection {
  /** For tables as a whole. It holds the sockets. */
  readonly client: DynamoDBClient;
  /** For items. */
  readonly documents: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly patience: Patience;
  readonly #onConsumed: ((consumed: Consumed) => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.tableName = options.tableName;
    this.patience = { random: options.random, sleep: options.sleep ?? ((ms) => sleep(ms)) };
    this.#onConsumed = options.onConsumed;
    this.client = new DynamoDBClient({
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
      ...(options.region === undefined ? {} : { region: options.region }),
      ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
      maxAttempts: attemptsMax,
      retryStrategy: retryStrategy(this.patience),
      // DynamoDB answers within milliseconds; who waits longer has lost the connection.
      requestHandler: options.requestHandler ?? {
        connectionTimeout: 1000,
        requestTimeout: 3000,
        throwOnRequestTimeout: true,
        // For the rest of an answer that has begun, of which the time-out of the request knows nothing.
        socketTimeout: 3000,
        httpAgent: { maxSockets: 256 },
        httpsAgent: { maxSockets: 256 },
      },
    });
    this.documents = DynamoDBDocumentClient.from(this.client);
  }

  /**
   * Makes one call. A failed condition and a cancelled transaction are thrown as the SDK throws
   * them, for the caller to read. Throttling that outlasts the attempts is a `TableThrottledError`,
   * anything else an `Error` with its cause.
   *
   * @param estimatedUnits what a write cost, for engines that do not count it.
   */
  async call<Output extends Answer>(
    name: string,
    send: (measured: Measured) => Promise<Output>,
    estimatedUnits: (output: Output) => number = () => 0,
  ): Promise<Output> {
    try {
      const output = await send(
        this.#onConsumed === undefined ? {} : { ReturnConsumedCapacity: "TOTAL" },
      );
      this.#report(name, output, () => estimatedUnits(output), output.ConsumedCapacity);
      return output;
    } catch (error) {
      this.#report(name, error, () => unitsOfFailure(error));
      throw isAnswer(error) ? error : translated(name, error);
    }
  }

  #report(
    call: string,
    answer: unknown,
    estimatedUnits: () => number,
    capacity?: Answer["ConsumedCapacity"],
  ): void {
    if (this.#onConsumed === undefined) return;
    const units = unitsCounted(capacity) ?? estimatedUnits();
    this.#onConsumed({
      call,
      readUnits: reads.has(call) ? units : 0,
      writeUnits: reads.has(call) ? 0 : units,
      roundTrips: attemptsOf(answer),
    });
  }
}

/**
 * How often a call was sent before this answer or error came. More than once means that an earlier
 * attempt may have been applied and its answer lost.
 */
export function attemptsOf(answer: unknown): number {
  if (typeof answer !== "object" || answer === null || !("$metadata" in answer)) return 1;
  const metadata = answer.$metadata;
  if (typeof metadata !== "object" || metadata === null || !("attempts" in metadata)) return 1;
  return typeof metadata.attempts === "number" ? metadata.attempts : 1;
}

/** The error for a part of a batch that DynamoDB kept refusing. */
export function refused(name: string, tableName: string, code: string): Error {
  return new TableThrottledError(
    `DynamoDB refused a part of ${name} on ${tableName} ${attemptsMax} times: ${code}`,
    { mayBePartition: codesOfPartitions.has(code) },
  );
}

function isAnswer(error: unknown): boolean {
  return (
    error instanceof ConditionalCheckFailedException ||
    error instanceof TransactionCanceledException
  );
}

function translated(name: string, error: unknown): Error {
  if (!(error instanceof Error)) return new Error(`DynamoDB ${name} failed`, { cause: error });
  const message = `DynamoDB ${name} failed: ${error.name}: ${error.message}`;
  const throttling = throttlings.get(error.name);
  if (throttling === undefined) return new Error(message, { cause: error });
  const mayBePartition = throttling === "perhaps" && reasonsAllowPartition(error);
  return new TableThrottledError(message, { cause: error, mayBePartition });
}

/** Reasons are given by DynamoDB itself, and not by every engine that speaks its API. */
function reasonsAllowPartition(error: Error): boolean {
  const given =
    ("ThrottlingReasons" in error && error.ThrottlingReasons) ||
    ("throttlingReasons" in error && error.throttlingReasons);
  if (!Array.isArray(given) || given.length === 0) return true;
  return given.some(({ reason }: ThrottlingReason) => reason?.endsWith(partitionReason));
}
