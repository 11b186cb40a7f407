import { SqsError } from "#contract/errors.ts";
import type { Input, Output } from "#contract/operations.ts";
import { checkBatchBytes, checkEntries, type FailedEntry, failedEntry } from "../batch.ts";
import { type CheckedMessage, checkFifoEntries, checkMessage, roughBytes } from "../draft.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { requireQueue } from "../queueAddress.ts";
import { storeMessages } from "../storeMessages.ts";

/** Stores up to ten messages, each of which succeeds or fails on its own (spec section 6.3). */
export async function sendMessageBatch(
  context: EngineContext,
  input: Input<"SendMessageBatch">,
  caller: Caller,
): Promise<Output<"SendMessageBatch">> {
  const queue = await requireQueue(context, caller, input.QueueUrl);
  const entries = checkEntries(input.Entries, "SendMessageBatchRequestEntry");
  checkBatchBytes(entries.reduce((sum, entry) => sum + roughBytes(entry), 0));
  checkFifoEntries(queue, entries);
  const checked: { readonly id: string; readonly message: CheckedMessage }[] = [];
  const failed: FailedEntry[] = [];
  for (const [index, entry] of entries.entries()) {
    try {
      const message = checkMessage(queue, caller, entry, { position: index + 1 });
      checked.push({ id: entry.Id, message });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      failed.push(failedEntry(entry.Id, error));
    }
  }
  const messages = checked.map(({ message }) => message);
  const stored = await storeMessages(context, queue, messages);
  const successful = checked.map(({ id, message }, index) => ({
    Id: id,
    ...message.digests,
    ...stored[index],
  }));
  return { Successful: successful, Failed: failed };
}
