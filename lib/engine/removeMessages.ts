import { SqsError } from "#contract/errors.ts";
import type { Table } from "#table/table.ts";
import type { EngineContext } from "./engineContext.ts";
import { growingIfRefused } from "./laneGrowth.ts";
import type { Queue } from "./queue.ts";
import { isPurged, type ReceiptHandle, segmentKeyOf } from "./receiptHandle.ts";
import { readSegment, type Segment } from "./segment.ts";
import { dropChunks } from "./segmentContents.ts";
import { gone, type Slot } from "./slot.ts";
import { editSlots, type SegmentEdit, type SlotEdit } from "./slotEdits.ts";

/**
 * Deletes the messages that handles lead to, whoever holds them now: a message that was received
 * again since is deleted all the same (spec section 6.5), and one that is gone already is fine.
 */
export async function removeMessages(
  context: EngineContext,
  queue: Queue,
  handles: readonly ReceiptHandle[],
): Promise<void> {
  const current = handles.filter((handle) => !isPurged(queue, handle));
  const groups = groupBySegment(current);
  const orphans = await segmentsWithChunks(context.table, queue, current);
  const edits = groups.map((group) =>
    segmentEdit(group, ({ slot, received }) => deletion(slot, received.token)),
  );
  const lanes = current.map(({ lane }) => lane);
  const results = await growingIfRefused(context, queue, lanes, () =>
    editSlots(context.table, edits),
  );
  if (results.some(({ isUndecided }) => isUndecided)) {
    throw inContention();
  }
  for (const [place, group] of groups.entries()) {
    const [first] = group;
    if (first === undefined) continue;
    const { pk, sk } = segmentKeyOf(first);
    context.lanes.known(pk)?.noteGone(sk, group.length, results[place]?.isDeleted === true);
  }
  const deleted = new Set(
    groups.flatMap(([first], place) =>
      first !== undefined && results[place]?.isDeleted === true ? [first.sk] : [],
    ),
  );
  const dropped = orphans.filter(({ key }) => deleted.has(key.sk));
  await dropChunks(
    context.table,
    dropped.map(({ contents }) => contents),
  );
}

/** For the caller to try again: others were faster, time after time. */
export function inContention(): SqsError {
  return new SqsError("ServiceUnavailableException", "The message is in contention. Try again.");
}

/** Handles of one segment, together. */
export function groupBySegment(handles: readonly ReceiptHandle[]): readonly ReceiptHandle[][] {
  return [...Map.groupBy(handles, ({ lane, sk }) => `${lane}.${sk}`).values()];
}

export function segmentEdit(
  handles: readonly ReceiptHandle[],
  edit: (handle: ReceiptHandle) => SlotEdit,
): SegmentEdit {
  const [first] = handles;
  if (first === undefined) throw new RangeError("expected at least one handle of a segment");
  const bySlot = new Map(handles.map((handle) => [handle.slot, edit(handle)]));
  return { key: segmentKeyOf(first), size: first.size, edits: [...bySlot.values()] };
}

function deletion(slot: number, token: string): SlotEdit {
  return { slot, expected: { kind: "token", token }, become: gone, otherwise: (_: Slot) => gone };
}

/** Where expiry is not free, chunks go with their segment. They must be known before it is gone. */
async function segmentsWithChunks(
  table: Table,
  queue: Queue,
  handles: readonly ReceiptHandle[],
): Promise<readonly Segment[]> {
  const keys = groupBySegment(handles.filter(({ hasChunks }) => hasChunks)).flatMap(([first]) =>
    first === undefined ? [] : [segmentKeyOf(first)],
  );
  if (table.traits.expiryIsFree || keys.length === 0) return [];
  const items = await table.getMany(keys);
  return items.flatMap((item) => (item === undefined ? [] : [readSegment(item, queue.id)]));
}
