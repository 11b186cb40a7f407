import type { SqsError } from "#contract/errors.ts";
import type { Item, Key, Table, Write, WriteResult } from "#table/table.ts";
import { type ReceiptHandle, segmentKeyOf } from "../receiptHandle.ts";
import { inContention } from "../removeMessages.ts";
import type { ReceivedSlot } from "../slot.ts";
import type { Entry } from "./entry.ts";
import { type Group, type GroupHead, readGroup, readHead } from "./group.ts";
import { writeAll } from "./groupWrites.ts";

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

/** An edit that may be made, and the entry that it is about. */
export type PendingEdit<Edit extends EntryEdit> = Verdict<Edit> & { readonly kind: "pending" };

export interface GroupEditor<Edit extends EntryEdit> {
  /** The write that is right if the handles still tell the truth, which they mostly do. */
  readonly guess: (edits: readonly Edit[]) => Write;
  /** What an edit comes to, given the entry as it is now (`undefined`: there is none). */
  readonly judge: (edit: Edit, entry: Entry | undefined) => Verdict<Edit>;
  /** The write for edits that were judged to be pending. */
  readonly write: (group: Group, pending: readonly PendingEdit<Edit>[]) => Write;
}

/** The edits of one group, no two of the same receive of an entry. */
export interface GroupEdit<Edit extends EntryEdit> {
  readonly key: Key;
  readonly edits: readonly Edit[];
  readonly editor: GroupEditor<Edit>;
}

export interface GroupEdited<Edit extends EntryEdit> {
  readonly key: Key;
  readonly edits: readonly Edit[];
  readonly outcomes: ReadonlyMap<Edit, EntryEdited>;
  /** As it was last seen; `undefined` if it is gone. */
  readonly group: GroupHead | undefined;
}

/** An edit, with what was given to ask for it. */
export interface GivenEdit<Given> extends EntryEdit {
  readonly given: Given;
}

/** What is given by handles, as edits of their groups: one edit for each receive of an entry. */
export function editsByGroup<Given extends { readonly handle: ReceiptHandle }>(
  all: readonly Given[],
  editorOf: (key: Key) => GroupEditor<GivenEdit<Given>>,
): readonly GroupEdit<GivenEdit<Given>>[] {
  const groups = Map.groupBy(all, ({ handle }) => groupName(handle)).values();
  return [...groups].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const key = segmentKeyOf(first.handle);
    const distinct = new Map(members.map((given) => [receiveName(given.handle), given]));
    const edits = [...distinct.values()].map((given) => ({
      number: given.handle.slot,
      token: given.handle.received.token,
      given,
    }));
    return [{ key, edits, editor: editorOf(key) }];
  });
}

/**
 * The group that a handle is of. The epoch is part of it: a process that has not heard of a purge yet is
 * asked about what was before and what came after in one batch.
 */
export function groupName({ epoch, sk }: Pick<ReceiptHandle, "epoch" | "sk">): string {
  return `${epoch} ${sk}`;
}

/**
 * One receive of one entry. A batch may name an entry twice, by handles of different receives, of
 * which no more than one still holds.
 */
function receiveName({ slot, received }: ReceiptHandle): string {
  return `${slot} ${received.token}`;
}

/** Rounds after the first follow lost races. */
const roundsMax = 8;

/**
 * Makes guarded changes of groups' entries, from the handles alone where they still hold. All groups
 * share a round trip.
 */
export async function editGroups<Edit extends EntryEdit>(
  table: Table,
  groups: readonly GroupEdit<Edit>[],
): Promise<readonly GroupEdited<Edit>[]> {
  const works = groups.map((group) => new GroupWork(group));
  for (let round = 0; round < roundsMax; round += 1) {
    const open = works.filter((work) => work.write !== undefined);
    const results = await writeAll(
      table,
      open.flatMap(({ write }) => (write === undefined ? [] : [write])),
    );
    for (const [index, work] of open.entries()) work.take(results[index]);
  }
  return works.map((work) => work.result());
}

class GroupWork<Edit extends EntryEdit> {
  readonly #edit: GroupEdit<Edit>;
  readonly #outcomes = new Map<Edit, EntryEdited>();
  #open: readonly Edit[];
  #current: Item | undefined;
  /** What is to be written next; `undefined` once every edit is settled. */
  write: Write | undefined;

  constructor(edit: GroupEdit<Edit>) {
    this.#edit = edit;
    this.#open = edit.edits;
    this.write = edit.editor.guess(edit.edits);
  }

  take(result: WriteResult | undefined): void {
    if (result === undefined) return;
    this.#current = result.current;
    this.write = undefined;
    if (result.outcome === "written") {
      for (const edit of this.#open) this.#outcomes.set(edit, { outcome: "done" });
      this.#open = [];
    } else this.#judge();
  }

  /** Edits that are open after all rounds were overtaken each time: the caller may try again. */
  result(): GroupEdited<Edit> {
    for (const edit of this.#open) {
      this.#outcomes.set(edit, { outcome: "refused", error: inContention() });
    }
    const { key, edits } = this.#edit;
    const group = this.#current === undefined ? undefined : readHead(this.#current);
    return { key, edits, outcomes: this.#outcomes, group };
  }

  #judge(): void {
    const { editor } = this.#edit;
    const group = this.#current === undefined ? undefined : readGroup(this.#current);
    const pending: PendingEdit<Edit>[] = [];
    for (const edit of this.#open) {
      const entry = group?.entries.find(({ number }) => number === edit.number);
      const verdict = editor.judge(edit, entry);
      if (verdict.kind === "pending") pending.push(verdict);
      else this.#outcomes.set(edit, verdict.as);
    }
    this.#open = pending.map(({ edit }) => edit);
    if (group !== undefined && pending.length > 0) this.write = editor.write(group, pending);
  }
}
