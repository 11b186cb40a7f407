import assert from "node:assert/strict";

const SECOND = 1;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KIB = 1024;
const MIB = 1024 * KIB;

/** A closed range of whole numbers. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export function within(range: Range, value: number): boolean {
  return Number.isInteger(value) && value >= range.min && value <= range.max;
}

// Spec section 0.3, "Limits at a glance".
export const delaySeconds: Range = { min: 0, max: 15 * MINUTE };
export const visibilityTimeoutSeconds: Range = { min: 0, max: 12 * HOUR };
export const retentionSeconds: Range = { min: MINUTE, max: 14 * DAY };
export const waitTimeSeconds: Range = { min: 0, max: 20 * SECOND };
export const maximumMessageBytes: Range = { min: KIB, max: MIB };
export const numberOfMessages: Range = { min: 1, max: 10 };
export const kmsDataKeyReuseSeconds: Range = { min: MINUTE, max: DAY };
export const maxReceiveCount: Range = { min: 1, max: 1000 };
export const pageResults: Range = { min: 1, max: 1000 };
export const moveTaskResults: Range = { min: 1, max: 10 };
export const moveTaskMessagesPerSecond: Range = { min: 1, max: 500 };

export const retentionSecondsDefault = 4 * DAY;
export const visibilityTimeoutSecondsDefault = 30 * SECOND;

export const batchBytesMax = MIB;
export const batchEntriesMax = 10;
export const messageAttributesMax = 10;
export const attributeNameCharactersMax = 256;
export const attributeTypeCharactersMax = 256;
export const sourceQueueArnsMax = 10;
export const policyBytesMax = 8192;
/** Ours: SQS names none. A queue's settings and tags must fit the item of a database. */
export const redriveAllowPolicyCharactersMax = 8192;
export const kmsKeyIdCharactersMax = 2048;
export const tagsCharactersMax = 64 * KIB;
export const tagKeyCharactersMax = 128;
export const tagValueCharactersMax = 256;
export const receiptHandleCharactersMax = 1024;
export const inFlightMax = 120_000;
export const activeMoveTasksMax = 100;

/** For how long a second send with the same deduplication id is a duplicate. */
export const deduplicationSeconds = 5 * MINUTE;
/** For how long a receive can be repeated under the same attempt id. */
export const receiveAttemptSeconds = 5 * MINUTE;
/** How long a name stays blocked after DeleteQueue, and how long a purge bars the next. */
export const recreateWaitSeconds = MINUTE;
export const purgeWaitSeconds = MINUTE;

/** For how long a message move task may run. */
export const moveTaskSecondsMax = 36 * HOUR;

/** A request of 1 MiB of payload after worst-case escaping or base64 (spec section 1.3). */
export const requestBytesMax = 7 * MIB;

assert(visibilityTimeoutSecondsDefault <= visibilityTimeoutSeconds.max);
assert(retentionSecondsDefault <= retentionSeconds.max);
// A delayed message must become visible before it can expire at the longest retention.
assert(delaySeconds.max < retentionSeconds.max);
