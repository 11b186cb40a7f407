import { segmentsPerSecondMax } from "../laneLoads.ts";
import { type Segment, sentAtMs } from "../segment.ts";

const seconds = 2;

/** So many of a lane's last segments say whether it is written to too fast. */
export const segmentsRead = seconds * segmentsPerSecondMax;

/** Whether any of these segments was sent within the last two seconds. */
export function isBusy(segments: readonly Segment[], nowMs: number): boolean {
  return segments.some((segment) => isRecent(segment, nowMs));
}

/**
 * Whether so many of these segments were sent within the last two seconds that their lane needs relief.
 * What was received and deleted meanwhile is not seen, so it takes a backlog to notice.
 */
export function isDense(segments: readonly Segment[], nowMs: number): boolean {
  if (segments.length < segmentsRead) return false;
  const recent = segments.filter((segment) => isRecent(segment, nowMs));
  return recent.length >= segmentsRead;
}

function isRecent(segment: Segment, nowMs: number): boolean {
  return sentAtMs(segment) > nowMs - seconds * 1000;
}
