import type { SqsError } from "#contract/errors.ts";
import type { EngineContext } from "./engineContext.ts";
import { type GivenHandle, removeFromGroups } from "./fifo/removeFromGroups.ts";
import type { Queue } from "./queue.ts";
import { removeMessages } from "./removeMessages.ts";

/**
 * Deletes messages by their handles as their queue's type asks: a standard queue takes any handle, a
 * FIFO queue only one that has not expired. Answers for each what went wrong, if anything did.
 */
export async function removeGiven(
  context: EngineContext,
  queue: Queue,
  handles: readonly GivenHandle[],
): Promise<readonly (SqsError | undefined)[]> {
  if (queue.settings.fifo !== undefined) return await removeFromGroups(context, queue, handles);
  await removeMessages(
    context,
    queue,
    handles.map(({ handle }) => handle),
  );
  return [];
}
