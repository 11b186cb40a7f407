import type { SqsError } from "#contract/errors.ts";
import type { Key } from "#table/table.ts";
import { notChangeable, refusal, type VisibilityChange } from "../changeVisibility.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { type ReceivedSlot, slotAttribute, writeSlot } from "../slot.ts";
import { editGroups, editsByGroup, type GivenEdit, type GroupEditor } from "./groupEdits.ts";
import { entryIs, isHeld } from "./groupGuards.ts";

type Change = GivenEdit<VisibilityChange>;

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
  const open: VisibilityChange[] = [];
  for (const change of changes) {
    const error = refusal(queue, change, nowMs);
    if (error === undefined) open.push(change);
    else errors.set(change, error);
  }
  const edited = await editGroups(
    context.table,
    editsByGroup(open, (key) => visibilityChanges(key, nowMs)),
  );
  for (const { key, edits, outcomes, group } of edited) {
    if (group !== undefined) context.groups.memory.refresh(group);
    for (const edit of edits) {
      const outcome = outcomes.get(edit);
      if (outcome?.outcome === "done") announce(context, queue, key, edit, nowMs);
      else if (outcome?.outcome === "refused") errors.set(edit.given, outcome.error);
      else errors.set(edit.given, notChangeable(edit.given.text));
    }
  }
  return changes.map((change) => errors.get(change));
}

/** A message that is let go lets its group go, or a part of it. */
function announce(
  { groups, waiters }: EngineContext,
  queue: Queue,
  { sk }: Key,
  { given: { timeoutSeconds } }: Change,
  nowMs: number,
): void {
  groups.ringOf(queue).noteReleased(sk, timeoutSeconds === 0 ? 1 : 0);
  if (timeoutSeconds === 0) waiters.wake(queue.id);
  else waiters.alarm(queue.id, nowMs + timeoutSeconds * 1000);
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
    write: (_group, pending) => ({
      kind: "patch",
      key,
      set: Object.assign({}, ...pending.map(({ edit, entry }) => slotOf(edit, nowMs, entry.slot))),
      when: pending.flatMap(({ entry }) => entryIs(entry)),
    }),
  };
}

function heldBy({ given }: Change): ReceivedSlot {
  return { kind: "received", visibleAtMs: 0, ...given.handle.received };
}

function slotOf({ number, given }: Change, nowMs: number, held: ReceivedSlot) {
  const visibleAtMs = nowMs + given.timeoutSeconds * 1000;
  return { [slotAttribute(number)]: writeSlot({ ...held, visibleAtMs }) ?? "" };
}
