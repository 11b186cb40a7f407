import assert from "node:assert/strict";
import { transactMax } from "#table/table.ts";
import type { MoveTask } from "./moveTask.ts";

/**
 * How many messages one step moves at most. Each may need two writes, one where it leaves and one
 * where it arrives, and the task's own record is one more.
 */
export const messagesPerStepMax = 12;
/** A rate is spread over so many steps a second, as long as the steps need not be larger for that. */
const stepsPerSecond = 10;
/** What was missed because a step came late may be caught up with, this much of it. */
const catchUpMsMax = 100;

assert(2 * messagesPerStepMax + 1 <= transactMax);

type Paced = Pick<MoveTask, "messagesPerSecond" | "nextMoveAtMs">;

/** How many messages the next step of a task may move. */
export function messagesPerStep({ messagesPerSecond }: Paced): number {
  if (messagesPerSecond === undefined) return messagesPerStepMax;
  const spread = Math.floor(messagesPerSecond / stepsPerSecond);
  return Math.min(Math.max(spread, 1), messagesPerStepMax);
}

/** How long a task has to wait before its next step; never longer than its rate asks for. */
export function waitMs(task: Paced, nowMs: number): number {
  const longestMs = gapMs(task, messagesPerStep(task));
  // A clock that was set back must not stop the task.
  return Math.min(Math.max(0, task.nextMoveAtMs - nowMs), longestMs);
}

/** When the step after one of so many messages is due. */
export function nextMoveAtMs(task: Paced, count: number, nowMs: number): number {
  return Math.max(task.nextMoveAtMs, nowMs - catchUpMsMax) + gapMs(task, count);
}

function gapMs({ messagesPerSecond }: Paced, count: number): number {
  return messagesPerSecond === undefined ? 0 : Math.ceil((count * 1000) / messagesPerSecond);
}
