import { SqsError } from "#contract/errors.ts";
import type { Table } from "#table/table.ts";
import type { EngineContext } from "./engineContext.ts";
import { growingIfRefused } from "./laneGrowth.ts";
import type { Queue } from "./queue.ts";
import { isPurged, type ReceiptHandle, segmentKeyOf } from "./receiptHandle.ts";
import { type ContentsPlace, ownChunksPlace, readSegment } from "./segment.ts";
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
  const chunks = await chunksOf(context.table, queue, groups);
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
  const dropped: ContentsPlace[] = [];
  for (const [place, group] of groups.entries()) {
    const [first] = group;
    if (first === undefined) continue;
    const { pk, sk } = segmentKeyOf(first);
    const isDeleted = results[place]?.isDeleted === true;
    context.lanes.known(pk)?.noteGone(sk, group.length, isDeleted);
    const owned = chunks[place];
    if (isDeleted && owned !== undefined) dropped.push(owned);
  }
  // The messages are gone, and what is left over expires should this fail: nobody need wait for it.
  if (dropped.length > 0) {
    context.background.run("chunks.drop", () => dropChunks(context.table, dropped));
  }
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

/**
 * The chunks of each of these segments. Where expiry is not free, they go with their segment, and must
 * be known before it is gone.
 */
async function chunksOf(
  table: Table,
  queue: Queue,
  groups: readonly (readonly ReceiptHandle[])[],
): Promise<readonly (ContentsPlace | undefined)[]> {
  if (table.traits.expiryIsFree) return [];
  const known = groups.map((handles) => {
    const { sk, ownChunks } = handles.find((handle) => handle.ownChunks !== undefined) ?? {};
    if (sk === undefined || ownChunks === undefined) return undefined;
    return ownChunksPlace(queue.id, sk, ownChunks);
  });
  const unknown = groups.flatMap((handles, place) =>
    known[place] === undefined && handles.some(({ hasChunks }) => hasChunks) ? [place] : [],
  );
  if (unknown.length === 0) return known;
  const keys = unknown.flatMap((place) => groups[place]?.slice(0, 1).map(segmentKeyOf) ?? []);
  const items = await table.getMany(keys);
  const found = new Map(
    items.map((item, index) => [
      unknown[index],
      item === undefined ? undefined : readSegment(item, queue.id).contents,
    ]),
  );
  return known.map((place, index) => place ?? found.get(index));
}
