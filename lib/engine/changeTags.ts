import type { EngineContext } from "./engineContext.ts";
import type { Queue } from "./queue.ts";

/** Replaces a queue's tags by what `change` makes of them, guarded against others who do the same. */
export async function changeTags(
  { queues }: EngineContext,
  { account, name }: Queue,
  change: (tags: Queue["tags"]) => Queue["tags"],
): Promise<void> {
  await queues.changeLive(account, name, (queue) => ({
    kind: "store",
    queue: { ...queue, tags: change(queue.tags) },
  }));
}
