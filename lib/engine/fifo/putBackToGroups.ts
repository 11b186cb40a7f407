import type { Patch } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { type ReceiptHandle, segmentKeyOf } from "../receiptHandle.ts";
import { slotAttribute, unreceived, writeSlot } from "../slot.ts";
import { groupName } from "./groupEdits.ts";
import { isHeld } from "./groupGuards.ts";
import { writeAll } from "./groupWrites.ts";

/**
 * Puts messages back as if they had not been received. All of a group that are still held go
 * together; if one of them is not, the others come back when their visibility timeout ends.
 */
export async function putBackToGroups(
  { clock, groups, table, waiters }: EngineContext,
  queue: Queue,
  handles: readonly ReceiptHandle[],
): Promise<void> {
  const nowMs = clock.nowMs();
  const byGroup = [...Map.groupBy(handles, groupName).values()];
  const ring = groups.ringOf(queue);
  const writes = byGroup.flatMap((members) => puttingBack(members, nowMs));
  const results = await writeAll(table, writes).catch((error: unknown) => {
    // It may have happened all the same.
    for (const { sk } of handles) ring.hint(sk);
    waiters.wake(queue.id, handles.length);
    throw error;
  });
  for (const [index, members] of byGroup.entries()) {
    const [first] = members;
    if (first === undefined || results[index]?.outcome !== "written") continue;
    ring.noteReleased(first.sk, members.length);
    waiters.wake(queue.id, members.length);
  }
}

function puttingBack(members: readonly ReceiptHandle[], nowMs: number): readonly Patch[] {
  const [first] = members;
  if (first === undefined) return [];
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const { slot: number, received } of members) {
    const text = writeSlot(unreceived(received, nowMs));
    if (text === undefined) remove.push(slotAttribute(number));
    else set[slotAttribute(number)] = text;
  }
  const when = members.flatMap(({ slot: number, received: { token } }) =>
    isHeld({ number, token, nowMs }),
  );
  return [{ kind: "patch", key: segmentKeyOf(first), set, remove, when }];
}
