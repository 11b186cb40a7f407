import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { requireQueue } from "../queueAddress.ts";
import { reclaimLanes } from "../reclaim.ts";

/** Deletes a queue with all its messages, at once. Receives that wait on it end empty. */
export async function deleteQueue(
  context: EngineContext,
  input: Input<"DeleteQueue">,
  caller: Caller,
): Promise<Output<"DeleteQueue">> {
  const { account, name } = await requireQueue(context, caller, input.QueueUrl);
  const deletedAtMs = context.clock.nowMs();
  const queue = await context.queues.changeLive(account, name, () => ({
    kind: "remove",
    deletedAtMs,
  }));
  context.waiters.releaseQueue(queue.id);
  reclaimLanes(context, queue);
  return {};
}
