import type { Condition, Test } from "#table/table.ts";
import { slotAttribute } from "../slot.ts";
import { slotIs } from "../slotEdits.ts";
import { sortableTime } from "../sortableTime.ts";
import type { Entry, Group } from "./group.ts";

/** The entry is as it was read. */
export function entryIs({ number, slot }: Entry): Test {
  return slotIs(number, slot);
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
    // "~" sorts behind every count, so that a timeout which ends just now has ended.
    { attribute, is: "above", value: `${held.token}${sortableTime(held.nowMs)}~` },
  ];
}

/** Nobody has sent to the group since, and it has no overflow page. */
export function hasNotGrown({ lastSequence }: Pick<Group, "lastSequence">): Condition {
  return [
    { attribute: "t", is: "equal", value: lastSequence },
    { attribute: "f", is: "absent" },
  ];
}
