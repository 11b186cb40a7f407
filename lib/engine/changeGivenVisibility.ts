import type { SqsError } from "#contract/errors.ts";
import { changeVisibility, type VisibilityChange } from "./changeVisibility.ts";
import type { EngineContext } from "./engineContext.ts";
import { changeGroupVisibility } from "./fifo/changeGroupVisibility.ts";
import type { Queue } from "./queue.ts";

/** Changes visibility as the queue's type asks. Answers for each what went wrong, if anything did. */
export async function changeGivenVisibility(
  context: EngineContext,
  queue: Queue,
  changes: readonly VisibilityChange[],
): Promise<readonly (SqsError | undefined)[]> {
  return queue.settings.fifo === undefined
    ? await changeVisibility(context, queue, changes)
    : await changeGroupVisibility(context, queue, changes);
}
