import assert from "node:assert/strict";
import { wholeText } from "./wholeText.ts";

const digits = 9;
/** Nine digits of base 36 hold every millisecond until the year 5188. */
export const latestMs = 36 ** digits - 1;

/** A time as text that sorts as the time does. Times before 1970 become 1970. */
export function sortableTime(timeMs: number): string {
  assert(timeMs <= latestMs);
  return wholeText(Math.max(0, Math.floor(timeMs)), 36).padStart(digits, "0");
}

/** The time at the start of a text, in milliseconds since the epoch. */
export function timeOf(text: string): number {
  return Number.parseInt(text.slice(0, digits), 36);
}

/** Behind every key that begins with a time, and before those of the next millisecond. */
export const endOfMillisecond = "~";
