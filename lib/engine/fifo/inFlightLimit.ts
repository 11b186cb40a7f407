import { inFlightMax } from "#contract/limits.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { itemsOf } from "./countGroups.ts";
import { readEntries } from "./entry.ts";
import { groupsPartition } from "./group.ts";

/** Whether a FIFO queue has about as many messages in flight as it may (spec section 6.4). */
export async function isOverInFlightLimit(
  { table, groups, clock }: EngineContext,
  queue: Queue,
): Promise<boolean> {
  const { inFlight } = groups.ringOf(queue);
  if (inFlight.count < inFlightMax) return false;
  const nowMs = clock.nowMs();
  if (!inFlight.isFresh(nowMs)) {
    let count = 0;
    // Messages in overflow pages have never been received.
    for await (const item of itemsOf(table, groupsPartition(queue))) {
      for (const { slot } of readEntries(item)) {
        if (slot.kind === "received" && slot.visibleAtMs > nowMs) count += 1;
      }
    }
    inFlight.set(count, nowMs);
  }
  return inFlight.count >= inFlightMax;
}
