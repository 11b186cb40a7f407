import { SqsError } from "#contract/errors.ts";
import type { Input, Output } from "#contract/operations.ts";
import { batchResult, checkEntries, type FailedEntry, failedEntry } from "../batch.ts";
import { changeGivenVisibility } from "../changeGivenVisibility.ts";
import type { VisibilityChange } from "../changeVisibility.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { entryHandle } from "../entryHandle.ts";
import { checkEntryVisibilityTimeout } from "../parameters.ts";
import { requireQueue } from "../queueAddress.ts";

/** ChangeMessageVisibility for up to ten messages, each with a fate of its own. */
export async function changeMessageVisibilityBatch(
  context: EngineContext,
  input: Input<"ChangeMessageVisibilityBatch">,
  caller: Caller,
): Promise<Output<"ChangeMessageVisibilityBatch">> {
  const queue = await requireQueue(context, caller, input.QueueUrl);
  const entries = checkEntries(input.Entries, "ChangeMessageVisibilityBatch");
  const failed: FailedEntry[] = [];
  const accepted: { readonly id: string; readonly change: VisibilityChange }[] = [];
  for (const [index, entry] of entries.entries()) {
    const timeoutSeconds = entryTimeout(entry, index + 1, failed);
    const handle = timeoutSeconds === undefined ? undefined : entryHandle(queue, entry, failed);
    if (timeoutSeconds === undefined || handle === undefined) continue;
    const text = entry.ReceiptHandle ?? "";
    accepted.push({ id: entry.Id, change: { handle, text, timeoutSeconds } });
  }
  const changes = accepted.map(({ change }) => change);
  const errors = await changeGivenVisibility(context, queue, changes);
  return batchResult(entries, accepted, errors, failed);
}

function entryTimeout(
  entry: { readonly Id: string; readonly VisibilityTimeout?: number },
  position: number,
  failed: FailedEntry[],
): number | undefined {
  try {
    return checkEntryVisibilityTimeout(entry.VisibilityTimeout, position);
  } catch (error) {
    if (!(error instanceof SqsError)) throw error;
    failed.push(failedEntry(entry.Id, error));
    return undefined;
  }
}
