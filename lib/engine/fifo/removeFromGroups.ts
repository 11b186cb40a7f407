import { invalidParameter, type SqsError } from "#contract/errors.ts";
import type { Key, Write } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { type ReceiptHandle, segmentKeyOf } from "../receiptHandle.ts";
import { dropEntryChunks } from "./dropEntryChunks.ts";
import { type Entry, entryAttributeNames, readGroup } from "./group.ts";
import { type EntryEdit, editGroup, type GroupEditor } from "./groupEdits.ts";
import { entryIs, hasNotGrown, isHeld } from "./groupGuards.ts";

/** A receipt handle together with the text that it was given as. */
export interface GivenHandle {
  readonly handle: ReceiptHandle;
  readonly text: string;
}

interface Removal extends EntryEdit, GivenHandle {}

/**
 * Deletes messages of a FIFO queue by handles whose visibility timeout still runs. An expired handle
 * is refused, a message that is gone already is fine (spec section 6.5). Answers for each handle in
 * order what went wrong, if anything did.
 */
export async function removeFromGroups(
  context: EngineContext,
  queue: Queue,
  handles: readonly GivenHandle[],
): Promise<readonly (SqsError | undefined)[]> {
  const current = handles.filter(({ handle }) => handle.epoch === queue.epoch);
  const errors = new Map<GivenHandle, SqsError>();
  const groups = [...Map.groupBy(current, ({ handle }) => handle.sk).values()];
  await Promise.all(
    groups.map(async (members) => {
      for (const [given, error] of await removeFromGroup(context, queue, members)) {
        errors.set(given, error);
      }
    }),
  );
  return handles.map((given) => errors.get(given));
}

async function removeFromGroup(
  context: EngineContext,
  queue: Queue,
  members: readonly GivenHandle[],
): Promise<ReadonlyMap<GivenHandle, SqsError>> {
  const [first] = members;
  if (first === undefined) return new Map();
  const { table, clock, groups, waiters } = context;
  const key = segmentKeyOf(first.handle);
  const bySlot = new Map(members.map((given) => [given.handle.slot, given]));
  const edits = [...bySlot.values()].map(
    ({ handle, text }): Removal => ({
      number: handle.slot,
      token: handle.received.token,
      handle,
      text,
    }),
  );
  const owned = await entriesWithChunks(context, key, edits);
  const { outcomes, group } = await editGroup(table, edits, removals(key, clock.nowMs()));
  const isEmpty = group?.entries.length === 0 && group.pages === undefined;
  if (isEmpty) await table.write({ kind: "delete", key, when: hasNotGrown(group) });
  groups.noteChange(queue, key);
  if (group !== undefined && !isEmpty) waiters.wake(queue.id);
  const done = owned.filter(({ number }) =>
    edits.some((edit) => edit.number === number && outcomes.get(edit)?.outcome === "done"),
  );
  await dropEntryChunks(context, done);
  const errors = new Map<GivenHandle, SqsError>();
  for (const edit of edits) {
    const outcome = outcomes.get(edit);
    const given = bySlot.get(edit.number);
    if (outcome?.outcome === "refused" && given !== undefined) errors.set(given, outcome.error);
  }
  return errors;
}

function removals(key: Key, nowMs: number): GroupEditor<Removal> {
  return {
    guess: (edits) => {
      const when = edits.flatMap(({ number, token }) => isHeld({ number, token, nowMs }));
      const [first] = edits;
      const lastSequence = first?.handle.groupSequence;
      const isAll = lastSequence !== undefined && edits.length === first?.handle.size;
      return isAll
        ? { kind: "delete", key, when: [...when, ...hasNotGrown({ lastSequence })] }
        : removal(key, edits, when);
    },
    judge: (edit, entry) => {
      if (entry === undefined) return { kind: "settled", edit, as: { outcome: "gone" } };
      const { slot } = entry;
      const isOurs =
        slot.kind === "received" && slot.token === edit.token && slot.visibleAtMs > nowMs;
      return isOurs
        ? { kind: "pending", edit, entry: { ...entry, slot } }
        : { kind: "settled", edit, as: { outcome: "refused", error: handleExpired(edit.text) } };
    },
    write: (group, pending) => {
      const edits = pending.map(({ edit }) => edit);
      const when = pending.map(({ entry }) => entryIs(entry));
      const isAll = pending.length === group.entries.length && group.pages === undefined;
      return isAll
        ? { kind: "delete", key, when: [...when, ...hasNotGrown(group)] }
        : removal(key, edits, when);
    },
  };
}

function removal(
  key: Key,
  edits: readonly Removal[],
  when: readonly ReturnType<typeof entryIs>[],
): Write {
  const remove = edits.flatMap(({ number }) => entryAttributeNames(number));
  return { kind: "patch", key, set: {}, remove, when };
}

function handleExpired(text: string): SqsError {
  return invalidParameter("ReceiptHandle", text, "The receipt handle has expired.");
}

/** Where expiry is not free, chunks go with their message. They must be known before it is gone. */
async function entriesWithChunks(
  { table }: EngineContext,
  key: Key,
  edits: readonly Removal[],
): Promise<readonly Entry[]> {
  if (table.traits.expiryIsFree || !edits.some(({ handle }) => handle.hasChunks)) return [];
  const item = await table.get(key);
  if (item === undefined) return [];
  return readGroup(item).entries.filter(({ number }) =>
    edits.some((edit) => edit.number === number),
  );
}
