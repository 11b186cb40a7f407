import type { SqsError } from "#contract/errors.ts";
import type { Key, Write } from "#table/table.ts";
import { notChangeable, refusal, type VisibilityChange } from "../changeVisibility.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { segmentKeyOf } from "../receiptHandle.ts";
import { type ReceivedSlot, slotAttribute, writeSlot } from "../slot.ts";
import { type EntryEdit, editGroup, type GroupEditor } from "./groupEdits.ts";
import { entryIs, isHeld } from "./groupGuards.ts";

interface Change extends EntryEdit {
  readonly change: VisibilityChange;
}

/**
 * Changes how long messages of a FIFO queue stay invisible, by handles whose timeout still runs (spec
 * section 6.6). Answers for each change in order what went wrong, if anything did.
 */
export async function changeGroupVisibility(
  context: EngineContext,
  queue: Queue,
  changes: readonly VisibilityChange[],
): Promise<readonly (SqsError | undefined)[]> {
  const nowMs = context.clock.nowMs();
  const errors = new Map<VisibilityChange, SqsError>();
  const open = changes.filter((change) => {
    const error = refusal(queue, change, nowMs);
    if (error !== undefined) errors.set(change, error);
    return error === undefined;
  });
  const groups = [...Map.groupBy(open, ({ handle }) => handle.sk).values()];
  await Promise.all(
    groups.map(async (members) => {
      const bySlot = new Map(members.map((change) => [change.handle.slot, change]));
      const edits = [...bySlot.values()].map(
        (change): Change => ({
          number: change.handle.slot,
          token: change.handle.received.token,
          change,
        }),
      );
      for (const change of await changeGroup(context, queue, edits, nowMs)) {
        errors.set(change, notChangeable(change.text));
      }
    }),
  );
  return changes.map((change) => errors.get(change));
}

/** Answers the changes that could not be made. */
async function changeGroup(
  { table, groups, waiters }: EngineContext,
  queue: Queue,
  edits: readonly Change[],
  nowMs: number,
): Promise<readonly VisibilityChange[]> {
  const [first] = edits;
  if (first === undefined) return [];
  const key = segmentKeyOf(first.change.handle);
  const { outcomes } = await editGroup(table, edits, visibilityChanges(key, nowMs));
  groups.ringOf(queue).hint(key.sk);
  for (const { change } of edits) {
    if (change.timeoutSeconds === 0) waiters.wake(queue.id);
    else waiters.alarm(queue.id, nowMs + change.timeoutSeconds * 1000);
  }
  return edits.flatMap((edit) => (outcomes.get(edit)?.outcome === "done" ? [] : [edit.change]));
}

function visibilityChanges(key: Key, nowMs: number): GroupEditor<Change> {
  return {
    guess: (edits) => ({
      kind: "patch",
      key,
      set: Object.assign({}, ...edits.map((edit) => slotOf(edit, nowMs, heldBy(edit)))),
      when: edits.flatMap(({ number, token }) => isHeld({ number, token, nowMs })),
    }),
    judge: (edit, entry) => {
      const slot = entry?.slot;
      const isOurs =
        slot?.kind === "received" && slot.token === edit.token && slot.visibleAtMs > nowMs;
      return entry !== undefined && isOurs
        ? { kind: "pending", edit, entry: { ...entry, slot } }
        : { kind: "settled", edit, as: { outcome: "gone" } };
    },
    write: (_group, pending): Write => ({
      kind: "patch",
      key,
      set: Object.assign({}, ...pending.map(({ edit, entry }) => slotOf(edit, nowMs, entry.slot))),
      when: pending.map(({ entry }) => entryIs(entry)),
    }),
  };
}

function heldBy({ change }: Change): ReceivedSlot {
  return { kind: "received", visibleAtMs: 0, ...change.handle.received };
}

function slotOf({ number, change }: Change, nowMs: number, held: ReceivedSlot) {
  const visibleAtMs = nowMs + change.timeoutSeconds * 1000;
  return { [slotAttribute(number)]: writeSlot({ ...held, visibleAtMs }) ?? "" };
}
