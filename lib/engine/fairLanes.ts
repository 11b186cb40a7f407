import type { EngineContext } from "./engineContext.ts";
import type { Queue } from "./queue.ts";

/** More lanes keep more tenants apart; where every look at a lane is billed, there are fewer. */
const fairLanesShared = 8;
const fairLanesOwn = 16;

/** The queue with lanes for message groups, which it gets from its first such message on. */
export async function withFairLanes(context: EngineContext, queue: Queue): Promise<Queue> {
  if (queue.fairLanes !== undefined) return queue;
  const { queues, table } = context;
  const fairLanes = table.traits.isShared ? fairLanesShared : fairLanesOwn;
  await queues.change(queue.account, queue.name, (entry) => {
    const isSame = entry?.kind === "live" && entry.queue.id === queue.id;
    return isSame && entry.queue.fairLanes === undefined
      ? { kind: "store", queue: { ...entry.queue, fairLanes } }
      : { kind: "keep" };
  });
  const changed = await queues.find(queue.account, queue.name);
  // Deleted meanwhile: the message is lost with its queue, wherever it goes.
  return changed?.id === queue.id ? changed : queue;
}
