import assert from "node:assert/strict";
import { moveTaskSecondsMax } from "#contract/limits.ts";
import { type Item, type Key, ttlAttribute } from "#table/table.ts";

/**
 * A message move task: messages of a dead-letter queue on their way back (spec section 9.4).
 *
 * ```
 *            start                cancel                 next step
 *   (none) ───────► RUNNING ─────────────► CANCELLING ─────────────► CANCELLED
 *                      ├─ nothing visible is left ► COMPLETED
 *                      └─ it cannot go on ────────► FAILED
 * ```
 *
 * It is an item, and while it is active a mark as well:
 *
 * ```
 *   task   pk  moves.{id of the source queue}   mark   pk  moves
 *          sk  its id, which sorts by time             sk  {account}.{id of the source queue}
 *          s   status, by its name                     q   id of the source queue
 *          r   why it failed                           t   id of the task
 *          n   how many messages it moved              x   as the task's
 *          c   the token of whoever asked it to stop
 *          h   the token of whoever runs it
 *          u   until when that one does, unless it says so again; milliseconds
 *          p   when the next message may move, milliseconds
 *          m   what never changes (JSON, MoveTaskFacts)
 *          x   when the table may drop it, seconds
 * ```
 *
 * Both are written in one step. The key of the mark lets a source have one active task only, and its
 * partition tells every process which tasks there are to run.
 *
 * Whoever runs a task moves each few messages in one step with `n`, under the condition that `h` is
 * still its own and `s` still RUNNING. So the count is true, and of two that run the same task only
 * the one that came last can move anything: a task can be taken over at any time.
 */
export interface MoveTask extends MoveTaskFacts {
  readonly queueId: string;
  /** In the form of a version 7 UUID. */
  readonly id: string;
  readonly state: MoveTaskState;
  readonly moved: number;
  readonly runner: Runner;
  readonly nextMoveAtMs: number;
  readonly expiresAtSeconds: number;
}

export type MoveTaskState =
  | { readonly status: "RUNNING" | "CANCELLING" | "COMPLETED" | "CANCELLED" }
  | { readonly status: "FAILED"; readonly reason: string };

/** What a task becomes in the end. */
export type MoveTaskEnd = Exclude<MoveTaskState, { readonly status: "RUNNING" | "CANCELLING" }>;

interface MoveTaskFacts {
  readonly account: string;
  /** The name of the source queue. */
  readonly sourceName: string;
  readonly sourceArn: string;
  /** Absent when each message goes back to its own source. */
  readonly destinationArn?: string;
  readonly messagesPerSecond?: number;
  /** How many messages were visible at the start. */
  readonly toMove: number;
  readonly startedAtMs: number;
}

/** Who runs a task. When `untilMs` is over, anybody may take its place. */
export interface Runner {
  readonly token: string;
  readonly untilMs: number;
}

/** Whether a task has not ended. */
export function isActive({ state }: MoveTask): boolean {
  return state.status === "RUNNING" || state.status === "CANCELLING";
}

const idPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text could be the id of a task. */
export function isTaskId(text: string): boolean {
  return idPattern.test(text);
}

/** For how long a task that has ended is listed. */
const listedSeconds = 30 * 24 * 60 * 60;

/** When the table may drop a task that was active last at that time. */
export function taskExpiryOf(activeAtMs: number): number {
  return Math.ceil(activeAtMs / 1000) + listedSeconds;
}

/** The same for a task that may still run for as long as any may. */
export function activeTaskExpiryOf(startedAtMs: number): number {
  return taskExpiryOf(startedAtMs + moveTaskSecondsMax * 1000);
}

/** Where a task is stored, given its source queue and its id. */
export function taskKey({ queueId, id }: Pick<MoveTask, "queueId" | "id">): Key {
  return { pk: tasksPartition(queueId), sk: id };
}

/** All tasks of a source queue, the oldest first. */
export function tasksPartition(queueId: string): string {
  return `moves.${queueId}`;
}

/** The marks of all active tasks, account by account. */
export const marksPartition = "moves";

/** Where the mark of a source's active task is: there is room for one. */
export function markKey({ account, queueId }: Pick<MoveTask, "account" | "queueId">): Key {
  return { pk: marksPartition, sk: `${account}.${queueId}` };
}

/** The mark that a task has while it is active. */
export function markItem(task: MoveTask): Item {
  const { queueId: q, id: t, expiresAtSeconds } = task;
  return { ...markKey(task), q, t, [ttlAttribute]: expiresAtSeconds };
}

/** The key of the task that a mark stands for. */
export function markedTaskKey({ q: queueId, t: id }: Item): Key {
  assert(typeof queueId === "string" && typeof id === "string");
  return taskKey({ queueId, id });
}

/** A task as it is stored at its start. */
export function taskItem(task: MoveTask): Item {
  const { queueId: _queueId, id: _id, state, moved, runner, nextMoveAtMs, ...others } = task;
  const { expiresAtSeconds, ...facts } = others;
  return {
    ...taskKey(task),
    s: state.status,
    ...(state.status === "FAILED" && { r: state.reason }),
    n: moved,
    h: runner.token,
    u: runner.untilMs,
    p: nextMoveAtMs,
    m: JSON.stringify(facts),
    [ttlAttribute]: expiresAtSeconds,
  };
}

/** The task in an item that `taskItem` made, whatever became of it since. */
export function readTask(item: Item): MoveTask {
  const { n: moved, h: token, u: untilMs, p: nextMoveAtMs, m: facts } = item;
  const expiresAtSeconds = item[ttlAttribute];
  assert(typeof moved === "number" && typeof nextMoveAtMs === "number");
  assert(typeof token === "string" && typeof untilMs === "number" && typeof facts === "string");
  assert(typeof expiresAtSeconds === "number");
  return {
    ...JSON.parse(facts),
    queueId: item.pk.slice(tasksPartition("").length),
    id: item.sk,
    state: readState(item),
    moved,
    runner: { token, untilMs },
    nextMoveAtMs,
    expiresAtSeconds,
  };
}

function readState({ s: status, r: reason = "" }: Item): MoveTaskState {
  switch (status) {
    case "RUNNING":
    case "CANCELLING":
    case "COMPLETED":
    case "CANCELLED":
      return { status };
    case "FAILED":
      return { status, reason: String(reason) };
    default:
      throw new Error(`expected the status of a move task, got ${status}`);
  }
}
