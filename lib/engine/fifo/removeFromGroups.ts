import { invalidParameter, type SqsError } from "#contract/errors.ts";
import type { Condition, Key, Write } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { isPurged, type ReceiptHandle } from "../receiptHandle.ts";
import { dropChunks } from "./dropChunks.ts";
import { type Entry, entryAttributeNames } from "./entry.ts";
import { type Group, isEmpty, readGroup } from "./group.ts";
import {
  editGroups,
  editsByGroup,
  type GivenEdit,
  type GroupEdit,
  type GroupEdited,
  type GroupEditor,
} from "./groupEdits.ts";
import { entryIs, hasNotGrown, isHeld, isSameLife } from "./groupGuards.ts";
import { writeAll } from "./groupWrites.ts";

/** A receipt handle together with the text that it was given as. */
export interface GivenHandle {
  readonly handle: ReceiptHandle;
  readonly text: string;
}

type Removal = GivenEdit<GivenHandle>;

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
  const nowMs = context.clock.nowMs();
  const current = handles.filter(({ handle }) => !isPurged(queue, handle));
  const edits = editsByGroup(current, (key) => removals(key, nowMs));
  const owned = await entriesWithChunks(context, edits);
  const edited = await editGroups(context.table, edits);
  const errors = new Map<GivenHandle, SqsError>();
  const done: Entry[] = [];
  for (const { key, edits, outcomes } of edited) {
    for (const edit of edits) {
      const outcome = outcomes.get(edit);
      if (outcome?.outcome === "refused") errors.set(edit.given, outcome.error);
      const entry = owned.get(nameOf(key))?.find(({ number }) => number === edit.number);
      if (outcome?.outcome === "done" && entry !== undefined) done.push(entry);
    }
  }
  await deleteEmpty(context, edited);
  announce(context, queue, edited);
  await dropChunks(context, done);
  return handles.map((given) => errors.get(given));
}

/** Items with no message left; whoever dies before this leaves it to the next receive. */
async function deleteEmpty(
  { table }: EngineContext,
  edited: readonly GroupEdited<Removal>[],
): Promise<void> {
  const deletes = edited.flatMap(({ group }): Write[] =>
    group !== undefined && isEmpty(group)
      ? [{ kind: "delete", key: group.key, when: [isSameLife(group), ...hasNotGrown(group)] }]
      : [],
  );
  await writeAll(table, deletes);
}

/** What was behind the deleted messages may be received now. */
function announce(
  { groups, waiters }: EngineContext,
  queue: Queue,
  edited: readonly GroupEdited<Removal>[],
): void {
  const ring = groups.ringOf(queue);
  for (const { key, edits, outcomes, group } of edited) {
    const count = edits.filter((edit) => outcomes.get(edit)?.outcome === "done").length;
    if (group === undefined || isEmpty(group)) groups.memory.forget(key);
    else groups.memory.refresh(group);
    if (group === undefined) ring.noteGone(key.sk, count);
    else ring.noteReleased(key.sk, count);
    // Where nothing was left, something may have been sent since.
    if (group !== undefined) waiters.wake(queue.id);
  }
}

function removals(key: Key, nowMs: number): GroupEditor<Removal> {
  return {
    guess: (edits) => {
      const when = edits.flatMap(({ number, token }) => isHeld({ number, token, nowMs }));
      const handle = edits[0]?.given.handle;
      const lastSequence = handle?.groupSequence;
      const isAll = lastSequence !== undefined && edits.length === handle?.size;
      return isAll
        ? { kind: "delete", key, when: [...when, ...hasNotGrown({ lastSequence })] }
        : removal(key, edits, when);
    },
    judge: (edit, entry) => {
      if (entry === undefined || cameLater(entry, edit)) {
        return { kind: "settled", edit, as: { outcome: "gone" } };
      }
      const { slot } = entry;
      const isOurs =
        slot.kind === "received" && slot.token === edit.token && slot.visibleAtMs > nowMs;
      return isOurs
        ? { kind: "pending", edit, entry: { ...entry, slot } }
        : { kind: "settled", edit, as: { outcome: "refused", error: expired(edit.given) } };
    },
    write: (group: Group, pending) => {
      const edits = pending.map(({ edit }) => edit);
      const when = pending.flatMap(({ entry }) => entryIs(entry));
      const isAll = pending.length === group.entryCount && group.firstPage === undefined;
      return isAll
        ? { kind: "delete", key, when: [...when, ...hasNotGrown(group)] }
        : removal(key, edits, when);
    },
  };
}

function removal(key: Key, edits: readonly Removal[], when: Condition): Write {
  const remove = edits.flatMap(({ number }) => entryAttributeNames(number));
  return { kind: "patch", key, set: {}, remove, when };
}

/**
 * Whether this entry came after the receive that the handle is of: a group that was emptied begins to
 * count anew, and so another message may have the number of one that is gone.
 */
function cameLater({ facts }: Entry, { given: { handle } }: Removal): boolean {
  // By the group's own numbers: the clocks of who sent it and of who received it may differ.
  return facts.sequence > (handle.groupSequence ?? Infinity);
}

function expired({ text }: GivenHandle): SqsError {
  return invalidParameter("ReceiptHandle", text, "The receipt handle has expired.");
}

/** Where expiry is not free, chunks go with their message. They must be known before it is gone. */
async function entriesWithChunks(
  { table }: EngineContext,
  groups: readonly GroupEdit<Removal>[],
): Promise<ReadonlyMap<string, readonly Entry[]>> {
  const keys = groups.flatMap(({ key, edits }) =>
    edits.some(({ given }) => given.handle.hasChunks) ? [key] : [],
  );
  if (table.traits.expiryIsFree || keys.length === 0) return new Map();
  const items = await table.getMany(keys);
  return new Map(
    items.flatMap((item) => (item === undefined ? [] : [[nameOf(item), readGroup(item).entries]])),
  );
}

function nameOf({ pk, sk }: Key): string {
  return `${pk} ${sk}`;
}
