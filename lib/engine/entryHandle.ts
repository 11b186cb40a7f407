import { missingParameter, SqsError } from "#contract/errors.ts";
import { type FailedEntry, failedEntry } from "./batch.ts";
import type { Queue } from "./queue.ts";
import { type ReceiptHandle, receiptHandleOf } from "./receiptHandle.ts";

/**
 * The receipt handle of a batch entry; a bad one goes to `failed` and leaves the other entries alone
 * (spec section 6.3).
 */
export function entryHandle(
  queue: Queue,
  entry: { readonly Id: string; readonly ReceiptHandle?: string },
  failed: FailedEntry[],
): ReceiptHandle | undefined {
  try {
    if (!entry.ReceiptHandle) throw missingParameter("ReceiptHandle");
    return receiptHandleOf(queue, entry.ReceiptHandle);
  } catch (error) {
    if (!(error instanceof SqsError)) throw error;
    failed.push(failedEntry(entry.Id, inEntry(error)));
    return undefined;
  }
}

/** A batch does not repeat the handle. */
function inEntry(error: SqsError): SqsError {
  return error.error === "ReceiptHandleIsInvalid"
    ? new SqsError(error.error, "The input receipt handle is invalid.", { cause: error })
    : error;
}
