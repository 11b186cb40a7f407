import { queueDoesNotExist } from "#contract/errors.ts";
import type { EngineContext } from "./engineContext.ts";
import type { Queue } from "./queue.ts";

/** Replaces a queue's tags by what `change` makes of them, guarded against others who do the same. */
export async function changeTags(
  { queues }: EngineContext,
  { account, name }: Queue,
  change: (tags: Queue["tags"]) => Queue["tags"],
): Promise<void> {
  await queues.change(account, name, (entry) => {
    if (entry?.kind !== "live") throw queueDoesNotExist();
    return { kind: "store", queue: { ...entry.queue, tags: change(entry.queue.tags) } };
  });
}
