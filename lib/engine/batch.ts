import { missingParameter, SqsError, sqsErrors } from "#contract/errors.ts";
import { batchBytesMax, batchEntriesMax } from "#contract/limits.ts";

const entryIdPattern = /^[A-Za-z0-9_-]{1,80}$/;

/** What SQS calls the entries of each batch action when there are none (spec section 6.3). */
export type EntryKind =
  | "SendMessageBatchRequestEntry"
  | "DeleteMessageBatchRequestEntry"
  | "ChangeMessageVisibilityBatch";

/**
 * The checks that fail a batch as a whole, rules 2 to 6 of spec section 6.3. A protocol that cannot
 * tell missing entries from none hands over an empty list.
 */
export function checkEntries<Entry extends { readonly Id?: string }>(
  entries: readonly Entry[] | undefined,
  kind: EntryKind,
): readonly (Entry & { readonly Id: string })[] {
  if (entries === undefined) throw missingParameter("Entries");
  if (entries.length === 0) {
    throw new SqsError("EmptyBatchRequest", `There should be at least one ${kind} in the request.`);
  }
  if (entries.length > batchEntriesMax) {
    throw new SqsError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${batchEntriesMax}. You have sent ${entries.length}.`,
    );
  }
  const named = entries.filter((entry) => hasEntryId(entry));
  if (named.length < entries.length) {
    throw new SqsError(
      "InvalidBatchEntryId",
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
    );
  }
  checkDistinct(named.map((entry) => entry.Id));
  return named;
}

function hasEntryId<Entry extends { readonly Id?: string }>(
  entry: Entry,
): entry is Entry & { readonly Id: string } {
  return entry.Id !== undefined && entryIdPattern.test(entry.Id);
}

function checkDistinct(ids: readonly string[]): void {
  const met = new Set<string>();
  for (const id of ids) {
    if (met.has(id)) throw new SqsError("BatchEntryIdsNotDistinct", `Id ${id} repeated.`);
    met.add(id);
  }
}

/** The bound of all messages of one SendMessageBatch together, rule 7 of spec section 6.3. */
export function checkBatchBytes(sum: number): void {
  if (sum <= batchBytesMax) return;
  throw new SqsError(
    "BatchRequestTooLong",
    `Batch requests cannot be longer than ${batchBytesMax} bytes. You have sent ${sum} bytes.`,
  );
}

/** An element of `Failed`: what one entry would have been answered had it come alone. */
export interface FailedEntry {
  readonly Id: string;
  readonly SenderFault: boolean;
  readonly Code: string;
  readonly Message: string;
}

export function failedEntry(id: string, error: SqsError): FailedEntry {
  return {
    Id: id,
    SenderFault: sqsErrors[error.error].fault === "Sender",
    Code: error.queryCode,
    Message: error.message,
  };
}

/**
 * The answer to a batch whose entries need not answer more than their ids: each in `Successful` or in
 * `Failed`, both in the order of the request.
 */
export function batchResult(
  entries: readonly { readonly Id: string }[],
  accepted: readonly { readonly id: string }[],
  errors: readonly (SqsError | undefined)[],
  refused: readonly FailedEntry[],
): {
  readonly Successful: readonly { readonly Id: string }[];
  readonly Failed: readonly FailedEntry[];
} {
  const failed = new Map(refused.map((entry) => [entry.Id, entry]));
  for (const [index, { id }] of accepted.entries()) {
    const error = errors[index];
    if (error !== undefined) failed.set(id, failedEntry(id, error));
  }
  return {
    Successful: entries.filter(({ Id }) => !failed.has(Id)).map(({ Id }) => ({ Id })),
    Failed: entries.flatMap(({ Id }) => failed.get(Id) ?? []),
  };
}
