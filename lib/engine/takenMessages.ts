import type { EngineContext } from "./engineContext.ts";
import type { Queue } from "./queue.ts";
import type { Segment } from "./segment.ts";
import type { Slot } from "./slot.ts";
import { editSlots, type SegmentEdit } from "./slotEdits.ts";
import type { Taken } from "./takeMessages.ts";

/**
 * Gives messages back as if they had not been received: for a caller who hung up before they could
 * be handed over.
 */
export async function giveBack(
  context: EngineContext,
  queue: Queue,
  taken: readonly Taken[],
): Promise<void> {
  if (taken.length === 0) return;
  try {
    await editSlots(
      context.table,
      editsOf(taken, ({ before }) => before),
    );
  } finally {
    // Even if that failed: it may have happened all the same.
    const nowMs = context.clock.nowMs();
    for (const { segment } of taken) {
      context.lanes.of(segment.key.pk).noteReturn(segment.key.sk, nowMs, nowMs);
    }
    context.waiters.wake(queue.id, taken.length);
  }
}

/** The edits that make of each message what `become` says, provided that nobody did anything to it. */
export function editsOf(
  taken: readonly Taken[],
  become: (message: Taken) => Slot,
): readonly SegmentEdit[] {
  return bySegment(taken).map(({ segment, messages }) => ({
    key: segment.key,
    size: segment.slots.length,
    edits: messages.map((message) => ({
      slot: message.index,
      expected: { kind: "exactly", slot: message.slot },
      become: become(message),
      otherwise: () => undefined,
    })),
  }));
}

/** A receive may take messages of one segment at two looks, and has then seen it in two states. */
export function bySegment(
  taken: readonly Taken[],
): readonly { readonly segment: Segment; readonly messages: readonly Taken[] }[] {
  const groups = Map.groupBy(taken, ({ segment }) => segment.key.sk);
  return [...groups.values()].flatMap((messages) =>
    messages[0] === undefined ? [] : [{ segment: messages[0].segment, messages }],
  );
}
