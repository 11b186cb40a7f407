import {
  invalidAttributeValue,
  invalidParameterValue,
  SqsError,
  unknownAttribute,
} from "#contract/errors.ts";
import { readBoolean, readChoice } from "./attributeValue.ts";

/** What only a FIFO queue has (spec section 3.2). */
export interface FifoSettings {
  readonly contentBasedDeduplication: boolean;
  readonly deduplicationScope: "queue" | "messageGroup";
  readonly throughputLimit: "perQueue" | "perMessageGroupId";
}

/** The settings of a FIFO queue that was created without more than `FifoQueue`. */
export const fifoDefaults: FifoSettings = {
  contentBasedDeduplication: false,
  deduplicationScope: "queue",
  throughputLimit: "perQueue",
};

/** The two calls that give attributes: CreateQueue and SetQueueAttributes. */
export type AttributeMode = "create" | "set";

/** An attribute that a standard queue does not have. */
export interface FifoAttribute {
  /** What SQS says when a standard queue is given it. */
  readonly notOnStandard: (name: string) => SqsError;
  readonly change: (fifo: FifoSettings, value: string, mode: AttributeMode) => FifoSettings;
  readonly read: (fifo: FifoSettings) => string;
}

/** The FIFO attributes by their names (spec section 3.2). */
export const fifoAttributes: ReadonlyMap<string, FifoAttribute> = new Map([
  [
    "FifoQueue",
    {
      notOnStandard: unknownAttribute,
      change: (fifo, value, mode) => {
        if (readBoolean("FifoQueue", value)) return fifo;
        const reason = "Modifying queue type is not supported.";
        throw invalidAttributeValue("FifoQueue", mode === "set" ? reason : undefined);
      },
      read: () => "true",
    },
  ],
  [
    "ContentBasedDeduplication",
    {
      notOnStandard: unknownAttribute,
      change: (fifo, value) => ({
        ...fifo,
        contentBasedDeduplication: readBoolean("ContentBasedDeduplication", value),
      }),
      read: (fifo) => String(fifo.contentBasedDeduplication),
    },
  ],
  [
    "DeduplicationScope",
    {
      notOnStandard: onlyWithFifoQueue,
      change: (fifo, value) => ({
        ...fifo,
        deduplicationScope: readChoice("DeduplicationScope", value, ["queue", "messageGroup"]),
      }),
      read: (fifo) => fifo.deduplicationScope,
    },
  ],
  [
    "FifoThroughputLimit",
    {
      notOnStandard: onlyWithFifoQueue,
      change: (fifo, value) => ({
        ...fifo,
        throughputLimit: readChoice("FifoThroughputLimit", value, [
          "perQueue",
          "perMessageGroupId",
        ]),
      }),
      read: (fifo) => fifo.throughputLimit,
    },
  ],
]);

function onlyWithFifoQueue(name: string): SqsError {
  return new SqsError(
    "InvalidAttributeName",
    `You can specify the ${name} only when FifoQueue is set to true.`,
  );
}

/** High throughput needs deduplication by group, whichever of the two was set last. */
export function checkThroughput({ throughputLimit, deduplicationScope }: FifoSettings): void {
  if (throughputLimit !== "perMessageGroupId" || deduplicationScope === "messageGroup") return;
  throw invalidParameterValue(
    "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup",
  );
}
