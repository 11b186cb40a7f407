import type { Condition, Test } from "#table/table.ts";
import { slotAttribute, slotTime } from "../slot.ts";
import { slotIs } from "../slotEdits.ts";
import { type Entry, entryAttribute } from "./entry.ts";
import type { Group } from "./group.ts";

/** The group has not been emptied and made anew since. */
export function isSameLife({ life }: Pick<Group, "life">): Test {
  return { attribute: "i", is: "equal", value: life };
}

/**
 * The entry is there, and as it was read. A slot that was received says so by its token; that one is
 * fresh says nothing of its message, so the entry must be there as well, in the same life.
 */
export function entryIs({ number, slot }: Pick<Entry, "number" | "slot">): Condition {
  const test = slotIs(number, slot);
  if (slot.kind !== "fresh") return [test];
  return [{ attribute: entryAttribute(number), is: "present" }, test];
}

/**
 * The entry is held under that token, and its visibility timeout has not ended: the slot's text is
 * the token and then the time at which it ends (slot.ts).
 */
export function isHeld(held: {
  readonly number: number;
  readonly token: string;
  readonly nowMs: number;
}): Condition {
  const attribute = slotAttribute(held.number);
  return [
    { attribute, is: "prefixed", value: held.token },
    // "~" sorts behind ".", so that a timeout which ends just now has ended.
    { attribute, is: "above", value: `${held.token}${slotTime(held.nowMs)}~` },
  ];
}

/** Nobody has sent to the group since, and all that it has is in its item. */
export function hasNotGrown({ lastSequence }: Pick<Group, "lastSequence">): Condition {
  return [
    { attribute: "t", is: "equal", value: lastSequence },
    { attribute: "f", is: "absent" },
  ];
}

/** Nobody has sent to the group since, and nobody has moved a page into its item. */
export function tailIs(tail: Pick<Group, "life" | "lastSequence" | "firstPage">): Condition {
  return [
    isSameLife(tail),
    { attribute: "t", is: "equal", value: tail.lastSequence },
    tail.firstPage === undefined
      ? { attribute: "f", is: "absent" }
      : { attribute: "f", is: "equal", value: tail.firstPage },
  ];
}
