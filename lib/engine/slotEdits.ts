import {
  type Condition,
  type Delete,
  type Item,
  type Key,
  type Patch,
  type Table,
  type Test,
  type Write,
  type WriteResult,
  writeManyMax,
} from "#table/table.ts";
import { gone, readSlot, type Slot, slotAttribute, writeSlot } from "./slot.ts";

/**
 * Guarded changes of slots: every claim, delete and change of visibility is one of these.
 *
 * All changes of one segment are one write, and all segments share a round trip. The write of a
 * segment whose last slot goes is the deletion of its item, so an update can never bring back what
 * was deleted. A lost race carries the item as it now stands, and the change goes on from there
 * without a read; a write that was in fact ours and only lost its answer is recognised by what it
 * left behind.
 */
export interface SlotEdit {
  readonly slot: number;
  /** What the slot must be for the change to be right. */
  readonly expected: Expected;
  readonly become: Slot;
  /** What to do when the slot is something else: another change, or give up. */
  readonly otherwise: (found: Slot) => Slot | undefined;
}

/** A slot as it was read, or as far as a receipt handle knows it. */
export type Expected =
  | { readonly kind: "exactly"; readonly slot: Slot }
  | { readonly kind: "token"; readonly token: string };

export interface SegmentEdit {
  readonly key: Key;
  /** How many slots the segment was stored with. */
  readonly size: number;
  readonly edits: readonly SlotEdit[];
}

export interface SegmentEdited {
  /** For each edit, in order: the slot as it was written, or nothing if the edit gave up. */
  readonly slots: readonly (Slot | undefined)[];
  /** For each edit that was written: the slot that it replaced, unless only its token was known. */
  readonly replaced: readonly (Slot | undefined)[];
  /** The segment's item as it was last seen; `undefined` once it is deleted. */
  readonly current: Item | undefined;
  /** Whether this call deleted it, and nobody else: a message that was moved is gone here as well. */
  readonly isDeleted: boolean;
  /** Whether somebody else got in between at least once. */
  readonly wasContended: boolean;
  /** Whether it kept losing to others until it ran out of tries: then some edits are undecided. */
  readonly isUndecided: boolean;
}

/** Rounds after the first are for lost races only; whoever loses so often had better come back. */
const roundsMax = 6;

export async function editSlots(
  table: Table,
  segments: readonly SegmentEdit[],
): Promise<readonly SegmentEdited[]> {
  const works = segments.map((segment) => new SegmentWork(segment));
  for (let round = 0; round < roundsMax; round += 1) {
    const open = works.filter((work) => !work.isDone);
    if (open.length === 0) break;
    const results = await writeAll(
      table,
      open.map((work) => work.nextWrite()),
    );
    for (const [index, work] of open.entries()) work.take(results[index]);
  }
  return works.map((work) => work.result());
}

async function writeAll(table: Table, writes: readonly Write[]): Promise<readonly WriteResult[]> {
  const [only] = writes;
  if (writes.length === 1 && only !== undefined) return [await table.write(only)];
  const results: WriteResult[] = [];
  for (let start = 0; start < writes.length; start += writeManyMax) {
    results.push(...(await table.writeMany(writes.slice(start, start + writeManyMax))));
  }
  return results;
}

/** What is still to be written of one edit. */
interface Pending {
  readonly edit: SlotEdit;
  readonly expected: Expected;
  readonly become: Slot;
}

/**
 * The edits of one segment on their way: `pending` shrinks as they are written or given up, and when
 * nothing is left but gone slots one last delete removes the item.
 */
class SegmentWork {
  readonly #segment: SegmentEdit;
  readonly #slots: (Slot | undefined)[];
  readonly #replaced: (Slot | undefined)[];
  #pending: ReadonlyMap<number, Pending>;
  #current: Item | undefined;
  #isEmptied = false;
  #isDeleted = false;
  #wasContended = false;

  constructor(segment: SegmentEdit) {
    this.#segment = segment;
    this.#slots = segment.edits.map(() => undefined);
    this.#replaced = segment.edits.map(() => undefined);
    this.#pending = new Map(
      segment.edits.map((edit, index) => [
        index,
        { edit, expected: edit.expected, become: edit.become },
      ]),
    );
  }

  get isDone(): boolean {
    return this.#pending.size === 0 && !this.#isEmptied;
  }

  nextWrite(): Write {
    const { key, size } = this.#segment;
    if (this.#isEmptied) return { kind: "delete", key, when: allGone(size) };
    const pending = [...this.#pending.values()];
    return this.#leavesNothing(pending)
      ? deletionOf(key, pending, this.#otherSlots(pending))
      : patchOf(key, pending);
  }

  take(result: WriteResult | undefined): void {
    if (result === undefined) throw new Error("expected a result for each write");
    this.#current = result.current;
    if (result.outcome === "written") this.#settleAll();
    else this.#goOnFrom(result.current);
  }

  result(): SegmentEdited {
    return {
      slots: this.#slots,
      replaced: this.#replaced,
      current: this.#current,
      isDeleted: this.#isDeleted,
      wasContended: this.#wasContended,
      isUndecided: this.#pending.size > 0,
    };
  }

  #settleAll(): void {
    for (const [index, pending] of this.#pending) this.#settle(index, pending);
    this.#pending = new Map();
    this.#isDeleted = this.#current === undefined;
    this.#isEmptied = this.#current !== undefined && isEmpty(this.#current, this.#segment.size);
  }

  #settle(index: number, { expected, become }: Pending): void {
    this.#slots[index] = become;
    if (expected.kind === "exactly") this.#replaced[index] = expected.slot;
  }

  /** After a lost race: what did we find, and what is left to do? */
  #goOnFrom(current: Item | undefined): void {
    if (current === undefined) {
      // Deleted, by somebody or by an earlier try of our own: what was to go has gone.
      for (const [index, pending] of this.#pending) {
        if (pending.become.kind === "gone") this.#settle(index, pending);
      }
      this.#pending = new Map();
      this.#isEmptied = false;
      return;
    }
    const left = new Map<number, Pending>();
    for (const [index, pending] of this.#pending) {
      const next = this.#reconsider(pending, slotIn(current, pending.edit.slot));
      if (next === "done") this.#settle(index, pending);
      else if (next !== undefined) left.set(index, next);
    }
    this.#pending = left;
    this.#isEmptied = left.size === 0 && this.#removes && isEmpty(current, this.#segment.size);
  }

  #reconsider({ edit, expected, become }: Pending, found: Slot): Pending | "done" | undefined {
    if (isSame(found, become)) return "done";
    if (matches(expected, found)) return { edit, expected: exactly(found), become };
    this.#wasContended = true;
    const other = edit.otherwise(found);
    return other === undefined ? undefined : { edit, expected: exactly(found), become: other };
  }

  /**
   * Whether these edits delete messages. Only who deletes looks after what an item leaves behind, so
   * others that find one empty let it lie for the next receive.
   */
  get #removes(): boolean {
    return this.#segment.edits.some(({ become }) => become.kind === "gone");
  }

  /** Whether the item has no live slot left after these edits, as far as is known. */
  #leavesNothing(pending: readonly Pending[]): boolean {
    if (!pending.every(({ become }) => become.kind === "gone")) return false;
    const live = new Set(pending.map(({ edit }) => edit.slot));
    return live.size + this.#otherSlots(pending).length === this.#segment.size;
  }

  /** Slots that are known to be gone already. */
  #otherSlots(pending: readonly Pending[]): readonly number[] {
    const current = this.#current;
    if (current === undefined) return [];
    const edited = new Set(pending.map(({ edit }) => edit.slot));
    return Array.from({ length: this.#segment.size }, (_, index) => index).filter(
      (index) => !edited.has(index) && slotIn(current, index).kind === "gone",
    );
  }
}

function exactly(slot: Slot): Expected {
  return { kind: "exactly", slot };
}

function slotIn(item: Item, index: number): Slot {
  const text = item[slotAttribute(index)];
  return readSlot(typeof text === "string" ? text : undefined);
}

function isSame(left: Slot, right: Slot): boolean {
  return writeSlot(left) === writeSlot(right);
}

function matches(expected: Expected, found: Slot): boolean {
  return expected.kind === "exactly"
    ? isSame(expected.slot, found)
    : found.kind === "received" && found.token === expected.token;
}

function isEmpty(item: Item, size: number): boolean {
  return Array.from({ length: size }, (_, index) => slotIn(item, index)).every(
    ({ kind }) => kind === "gone",
  );
}

function allGone(size: number): Condition {
  return Array.from({ length: size }, (_, index) => guard(index, exactly(gone)));
}

function guard(slot: number, expected: Expected): Test {
  return expected.kind === "token"
    ? { attribute: slotAttribute(slot), is: "prefixed", value: expected.token }
    : slotIs(slot, expected.slot);
}

/** The statement that the slot with that number is just so. */
export function slotIs(index: number, slot: Slot): Test {
  const attribute = slotAttribute(index);
  const value = writeSlot(slot);
  return value === undefined ? { attribute, is: "absent" } : { attribute, is: "equal", value };
}

function deletionOf(key: Key, pending: readonly Pending[], others: readonly number[]): Delete {
  const edited = pending.map(({ edit, expected }) => guard(edit.slot, expected));
  return {
    kind: "delete",
    key,
    when: [...edited, ...others.map((slot) => guard(slot, exactly(gone)))],
  };
}

function patchOf(key: Key, pending: readonly Pending[]): Patch {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const { edit, become } of pending) {
    const text = writeSlot(become);
    if (text === undefined) remove.push(slotAttribute(edit.slot));
    else set[slotAttribute(edit.slot)] = text;
  }
  const when = pending.map(({ edit, expected }) => guard(edit.slot, expected));
  return { kind: "patch", key, set, remove, when };
}
