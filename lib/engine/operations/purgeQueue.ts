import { SqsError } from "#contract/errors.ts";
import { purgeWaitSeconds } from "#contract/limits.ts";
import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { requireQueue } from "../queueAddress.ts";
import { reclaimLanes } from "../reclaim.ts";

/** Removes every message in whatever state, in one write: the next epoch has none (spec 3.9). */
export async function purgeQueue(
  context: EngineContext,
  input: Input<"PurgeQueue">,
  caller: Caller,
): Promise<Output<"PurgeQueue">> {
  const { account, name } = await requireQueue(context, caller, input.QueueUrl);
  const nowMs = context.clock.nowMs();
  const before = await context.queues.changeLive(account, name, (queue) => {
    const allowedFromMs = (queue.purgedAtMs ?? -Infinity) + purgeWaitSeconds * 1000;
    if (!context.isRelaxed && nowMs < allowedFromMs) throw purgedJustNow(name);
    return { kind: "store", queue: { ...queue, epoch: queue.epoch + 1, purgedAtMs: nowMs } };
  });
  reclaimLanes(context, before);
  return {};
}

function purgedJustNow(name: string): SqsError {
  return new SqsError(
    "PurgeQueueInProgress",
    `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`,
  );
}
