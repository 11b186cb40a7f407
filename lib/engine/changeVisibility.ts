import { invalidParameter, type SqsError } from "#contract/errors.ts";
import { visibilityTimeoutSeconds } from "#contract/limits.ts";
import type { EngineContext } from "./engineContext.ts";
import { totalVisibilityBeyondLimit } from "./parameters.ts";
import type { Queue } from "./queue.ts";
import { isPurged, type ReceiptHandle, segmentKeyOf } from "./receiptHandle.ts";
import { groupBySegment, inContention, segmentEdit } from "./removeMessages.ts";
import type { Slot } from "./slot.ts";
import { editSlots, type SlotEdit } from "./slotEdits.ts";

export interface VisibilityChange {
  readonly handle: ReceiptHandle;
  /** The handle as the caller gave it, for the error text. */
  readonly text: string;
  readonly timeoutSeconds: number;
}

/**
 * Makes messages invisible until so long from now, or available at once, for the receive that the
 * handle names or the one that came after it (spec section 6.6). Answers for each change in order
 * what went wrong, if anything did.
 */
export async function changeVisibility(
  context: EngineContext,
  queue: Queue,
  changes: readonly VisibilityChange[],
): Promise<readonly (SqsError | undefined)[]> {
  const nowMs = context.clock.nowMs();
  const errors = changes.map((change) => refusal(queue, change, nowMs));
  const open = changes.filter((_, index) => errors[index] === undefined);
  const byHandle = new Map(open.map((change) => [change.handle, change]));
  const groups = groupBySegment([...byHandle.keys()]);
  const edits = groups.map((group) =>
    segmentEdit(group, (handle) => visibilityEdit(handle, byHandle.get(handle), nowMs)),
  );
  const results = await editSlots(context.table, edits).catch((error: unknown) => {
    // It may have happened all the same, and then nobody else would say so.
    for (const change of open) announce(context, queue, change, nowMs);
    throw error;
  });
  for (const [place, group] of groups.entries()) {
    for (const handle of group) {
      const change = byHandle.get(handle);
      if (change === undefined) continue;
      const slot = edits[place]?.edits.findIndex((edit) => edit.slot === handle.slot) ?? -1;
      const isWritten = results[place]?.slots[slot] !== undefined;
      if (isWritten) announce(context, queue, change, nowMs);
      else errors[changes.indexOf(change)] = refused(change, results[place]?.isUndecided === true);
    }
  }
  return errors;
}

function refused(change: VisibilityChange, isUndecided: boolean): SqsError {
  return isUndecided ? inContention() : notChangeable(change.text);
}

/** Why a change cannot be right, whatever the message's state. */
export function refusal(
  queue: Queue,
  change: VisibilityChange,
  nowMs: number,
): SqsError | undefined {
  const { handle, text, timeoutSeconds } = change;
  if (isPurged(queue, handle)) return notChangeable(text);
  const heldMs = Math.max(0, nowMs - handle.receivedAtMs);
  return heldMs + timeoutSeconds * 1000 > visibilityTimeoutSeconds.max * 1000
    ? totalVisibilityBeyondLimit(timeoutSeconds)
    : undefined;
}

function visibilityEdit(
  { slot, received }: ReceiptHandle,
  change: VisibilityChange | undefined,
  nowMs: number,
): SlotEdit {
  const visibleAtMs = nowMs + (change?.timeoutSeconds ?? 0) * 1000;
  return {
    slot,
    expected: { kind: "token", token: received.token },
    become: { kind: "received", visibleAtMs, ...received },
    otherwise: (found: Slot) => (found.kind === "received" ? { ...found, visibleAtMs } : undefined),
  };
}

function announce(
  { lanes, waiters, clock }: EngineContext,
  queue: Queue,
  { handle, timeoutSeconds }: VisibilityChange,
  nowMs: number,
): void {
  const { pk, sk } = segmentKeyOf(handle);
  const visibleAtMs = nowMs + timeoutSeconds * 1000;
  lanes.known(pk)?.noteReturn(sk, visibleAtMs, clock.nowMs());
  if (timeoutSeconds === 0) waiters.wake(queue.id);
  else waiters.alarm(queue.id, visibleAtMs);
}

/** The message is gone, or not this handle's any more (spec section 6.6). */
export function notChangeable(text: string): SqsError {
  return invalidParameter(
    "ReceiptHandle",
    text,
    "Message does not exist or is not available for visibility timeout change.",
  );
}
