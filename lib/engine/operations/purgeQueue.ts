import { queueDoesNotExist, SqsError } from "#contract/errors.ts";
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
  const { before } = await context.queues.change(account, name, (entry) => {
    if (entry?.kind !== "live") throw queueDoesNotExist();
    const before = entry.queue;
    const allowedFromMs = (before.purgedAtMs ?? -Infinity) + purgeWaitSeconds * 1000;
    if (!context.isRelaxed && nowMs < allowedFromMs) throw purgedJustNow(name);
    const queue = { ...before, epoch: before.epoch + 1, purgedAtMs: nowMs };
    return { kind: "store", queue, before };
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
