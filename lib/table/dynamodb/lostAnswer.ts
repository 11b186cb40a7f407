import type { Attributes, Delete, Insert, Item, Patch, Value, WriteResult } from "#table/table.ts";

/**
 * What a failed condition means.
 *
 * ```
 *   sent ── applied ── answer lost ── sent again ── condition fails, because of the first
 *   sent ── lost on the way ───────── sent again ── condition fails, because of somebody else
 * ```
 *
 * A write that was sent once has lost. One that was sent again may have failed on its own work, so
 * the item decides:
 *
 * - An insert did its work if the item is exactly what it wanted to store.
 * - A patch did its work if all that it sets is there and all that it removes is not. Whatever else
 *   the item holds may have come later.
 * - A delete leaves nothing behind, and a patch that only removes leaves nothing that it wrote, so
 *   neither can be told from the work of another: both report the condition.
 *
 * Somebody else who stored the very same values cannot be told apart either. The item is as wanted
 * all the same, and the port asks whoever must be the only winner to store a value of its own.
 */
export function resultOfFailedCondition(
  write: Insert | Patch | Delete,
  current: Item | undefined,
  wasSentAgain: boolean,
): WriteResult {
  return wasSentAgain && isOwnWork(write, current)
    ? { outcome: "written", current }
    : { outcome: "conditionFailed", current };
}

function isOwnWork(write: Insert | Patch | Delete, current: Item | undefined): boolean {
  if (current === undefined) return false;
  switch (write.kind) {
    case "insert":
      return (
        Object.keys(current).length === Object.keys(write.item).length &&
        holdsAll(current, write.item)
      );
    case "patch":
      return (
        Object.keys(write.set).length > 0 &&
        holdsAll(current, write.set) &&
        (write.remove ?? []).every((name) => current[name] === undefined)
      );
    case "delete":
      return false;
  }
}

function holdsAll(item: Item, wanted: Attributes): boolean {
  return Object.entries(wanted).every(([name, value]) => isSame(item[name], value));
}

function isSame(left: Value | undefined, right: Value): boolean {
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return Buffer.compare(left, right) === 0;
  }
  return left === right;
}
