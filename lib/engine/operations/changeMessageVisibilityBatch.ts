import { SqsError } from "#contract/errors.ts";
import type { Input, Output } from "#contract/operations.ts";
import { checkEntries, type FailedEntry, failedEntry } from "../batch.ts";
import { changeVisibility, type VisibilityChange } from "../changeVisibility.ts";
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
  const errors = await changeVisibility(context, queue, changes);
  const successful: { readonly Id: string }[] = [];
  for (const [index, { id }] of accepted.entries()) {
    const error = errors[index];
    if (error === undefined) successful.push({ Id: id });
    else failed.push(failedEntry(id, error));
  }
  return { Successful: successful, Failed: inOrder(failed, entries) };
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

/** Failures in the order of the request, whichever check found them. */
function inOrder(
  failed: readonly FailedEntry[],
  entries: readonly { readonly Id: string }[],
): readonly FailedEntry[] {
  const byId = new Map(failed.map((entry) => [entry.Id, entry]));
  return entries.flatMap(({ Id }) => byId.get(Id) ?? []);
}
