import { SqsError } from "#contract/errors.ts";
import type { Caller, Engine } from "./engine.ts";
import type { EngineContext } from "./engineContext.ts";
import { putBackToGroups } from "./fifo/putBackToGroups.ts";
import type { Queue } from "./queue.ts";
import { requireQueue } from "./queueAddress.ts";
import { isPurged, type ReceiptHandle, receiptHandleOf, segmentKeyOf } from "./receiptHandle.ts";
import { groupBySegment, segmentEdit } from "./removeMessages.ts";
import { unreceived } from "./slot.ts";
import { editSlots } from "./slotEdits.ts";

/**
 * Puts messages back as if they had not been received, for a receiver of ours that could not hand
 * them on: SQS has no such action. What was received by somebody else since is left alone, and so is
 * what a handle of another queue names.
 */
export async function putBack(
  context: EngineContext,
  input: Parameters<Engine["putBack"]>[0],
  caller: Caller,
): Promise<void> {
  const queue = await requireQueue(context, caller, input.QueueUrl);
  const handles = input.ReceiptHandles.flatMap((text) => handleIn(queue, text) ?? []);
  if (queue.settings.fifo === undefined) await putBackToLanes(context, queue, handles);
  else await putBackToGroups(context, queue, handles);
}

function handleIn(queue: Queue, text: string): ReceiptHandle | undefined {
  try {
    const handle = receiptHandleOf(queue, text);
    return isPurged(queue, handle) ? undefined : handle;
  } catch (error) {
    if (error instanceof SqsError) return undefined;
    throw error;
  }
}

async function putBackToLanes(
  { clock, table, lanes, waiters }: EngineContext,
  queue: Queue,
  handles: readonly ReceiptHandle[],
): Promise<void> {
  if (handles.length === 0) return;
  const nowMs = clock.nowMs();
  const edits = groupBySegment(handles).map((group) =>
    segmentEdit(group, ({ slot, received }) => ({
      slot,
      expected: { kind: "token", token: received.token },
      become: unreceived(received, nowMs),
      otherwise: () => undefined,
    })),
  );
  try {
    await editSlots(table, edits);
  } finally {
    // Even if that failed: it may have happened all the same.
    const changedAtMs = clock.nowMs();
    for (const handle of handles) {
      const { pk, sk } = segmentKeyOf(handle);
      lanes.known(pk)?.noteReturn(sk, changedAtMs, changedAtMs);
    }
    waiters.wake(queue.id, handles.length);
  }
}
