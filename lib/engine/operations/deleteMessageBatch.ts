import type { Input, Output } from "#contract/operations.ts";
import { batchResult, checkEntries, type FailedEntry } from "../batch.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { entryHandle } from "../entryHandle.ts";
import { requireQueue } from "../queueAddress.ts";
import { removeGiven } from "../removeGiven.ts";

/** Deletes up to ten messages, in one write for those that were sent together. */
export async function deleteMessageBatch(
  context: EngineContext,
  input: Input<"DeleteMessageBatch">,
  caller: Caller,
): Promise<Output<"DeleteMessageBatch">> {
  const queue = await requireQueue(context, caller, input.QueueUrl);
  const entries = checkEntries(input.Entries, "DeleteMessageBatchRequestEntry");
  const failed: FailedEntry[] = [];
  const accepted = entries.flatMap((entry) => {
    const handle = entryHandle(queue, entry, failed);
    const text = entry.ReceiptHandle ?? "";
    return handle === undefined ? [] : [{ id: entry.Id, given: { handle, text } }];
  });
  const errors = await removeGiven(
    context,
    queue,
    accepted.map(({ given }) => given),
  );
  return batchResult(entries, accepted, errors, failed);
}
