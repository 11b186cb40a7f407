import type { Input, Output } from "#contract/operations.ts";
import { checkEntries, type FailedEntry } from "../batch.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { entryHandle } from "../entryHandle.ts";
import { requireQueue } from "../queueAddress.ts";
import { removeMessages } from "../removeMessages.ts";

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
    return handle === undefined ? [] : [{ id: entry.Id, handle }];
  });
  await removeMessages(
    context,
    queue,
    accepted.map(({ handle }) => handle),
  );
  return { Successful: accepted.map(({ id }) => ({ Id: id })), Failed: failed };
}
