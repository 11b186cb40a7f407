import type { SqsError } from "#contract/errors.ts";
import type { Item, Table, Write } from "#table/table.ts";
import type { ReceivedSlot } from "../slot.ts";
import { type Entry, type Group, readGroup } from "./group.ts";

/** A change that a receipt handle asks for, of one entry of a group. */
export interface EntryEdit {
  readonly number: number;
  readonly token: string;
}

/** What became of it: done, nothing left to do, or refused. */
export type EntryEdited =
  | { readonly outcome: "done" }
  | { readonly outcome: "gone" }
  | { readonly outcome: "refused"; readonly error: SqsError };

/** What a group's item says about an edit that could not be made blindly. */
export type Verdict<Edit extends EntryEdit> =
  | { readonly kind: "pending"; readonly edit: Edit; readonly entry: HeldEntry }
  | { readonly kind: "settled"; readonly edit: Edit; readonly as: EntryEdited };

export type HeldEntry = Entry & { readonly slot: ReceivedSlot };

export interface GroupEditor<Edit extends EntryEdit> {
  /** The write that is right if the handles still tell the truth, which they mostly do. */
  readonly guess: (edits: readonly Edit[]) => Write;
  /** What an edit comes to, given the entry as it is now (`undefined`: there is none). */
  readonly judge: (edit: Edit, entry: Entry | undefined) => Verdict<Edit>;
  /** The write for edits that were judged to be pending. */
  readonly write: (
    group: Group,
    pending: readonly (Verdict<Edit> & { kind: "pending" })[],
  ) => Write;
}

export interface GroupEdited<Edit extends EntryEdit> {
  readonly outcomes: ReadonlyMap<Edit, EntryEdited>;
  /** As it is now; `undefined` if it is gone. */
  readonly group: Group | undefined;
}

/** Rounds after the first follow lost races. */
const roundsMax = 8;

/** Makes guarded changes of one group's entries, from the handles alone where they still hold. */
export async function editGroup<Edit extends EntryEdit>(
  table: Table,
  edits: readonly Edit[],
  editor: GroupEditor<Edit>,
): Promise<GroupEdited<Edit>> {
  const outcomes = new Map<Edit, EntryEdited>();
  let write = editor.guess(edits);
  let open = edits;
  for (let round = 0; round < roundsMax; round += 1) {
    const result = await table.write(write);
    if (result.outcome === "written") {
      for (const edit of open) outcomes.set(edit, { outcome: "done" });
      return { outcomes, group: groupOf(result.current) };
    }
    const group = groupOf(result.current);
    const verdicts = open.map((edit) =>
      editor.judge(
        edit,
        group?.entries.find(({ number }) => number === edit.number),
      ),
    );
    for (const verdict of verdicts) {
      if (verdict.kind === "settled") outcomes.set(verdict.edit, verdict.as);
    }
    const pending = verdicts.filter((verdict) => verdict.kind === "pending");
    if (pending.length === 0 || group === undefined) return { outcomes, group };
    open = pending.map(({ edit }) => edit);
    write = editor.write(group, pending);
  }
  throw new Error(`gave up changing a group: overtaken ${roundsMax} times`);
}

function groupOf(item: Item | undefined): Group | undefined {
  return item === undefined ? undefined : readGroup(item);
}
