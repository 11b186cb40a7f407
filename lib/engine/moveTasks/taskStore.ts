import assert from "node:assert/strict";
import {
  type Condition,
  type Item,
  type Patch,
  queryLimitMax,
  type Table,
  ttlAttribute,
  type Write,
  writeManyMax,
} from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import {
  isActive,
  type MoveTask,
  type MoveTaskEnd,
  markedTaskKey,
  markItem,
  markKey,
  marksPartition,
  readTask,
  taskExpiryOf,
  taskItem,
  taskKey,
  tasksPartition,
} from "./moveTask.ts";

/** For how long whoever runs a task keeps it without a sign of life. */
const runnerMs = 30_000;
const tokenBytes = 8;

/** A runner that is to begin now, or to go on. */
export function freshRunner({ random, clock }: EngineContext) {
  return { token: random.hex(tokenBytes), untilMs: clock.nowMs() + runnerMs };
}

/** Stores a new task, unless its source has an active one. */
export async function insertTask(
  { table }: EngineContext,
  task: MoveTask,
): Promise<"started" | "alreadyActive"> {
  const { outcome } = await table.transact([
    { kind: "insert", item: markItem(task) },
    { kind: "insert", item: taskItem(task) },
  ]);
  return outcome === "written" ? "started" : "alreadyActive";
}

/** The source queues of an account that have an active task, at most so many. */
export async function activeSources(
  { table }: EngineContext,
  account: string,
  most: number,
): Promise<ReadonlySet<string>> {
  const from = markKey({ account, queueId: "" }).sk;
  const page = await table.query({ pk: marksPartition, from, to: `${from}~`, limit: most });
  return new Set(page.items.map(({ sk }) => sk.slice(from.length)));
}

/** A queue's latest tasks, the newest first. */
export async function latestTasks(
  { table, clock }: EngineContext,
  queueId: string,
  most: number,
): Promise<readonly MoveTask[]> {
  const pk = tasksPartition(queueId);
  const page = await table.query({ pk, from: "", to: "~", limit: most, descending: true });
  const nowSeconds = clock.nowMs() / 1000;
  return page.items.map(readTask).filter(({ expiresAtSeconds }) => expiresAtSeconds > nowSeconds);
}

/**
 * Asks a running task to stop: whoever runs it does so before its next message. Answers the task as
 * it is now, and whether it was running.
 */
export async function cancelTask(
  { table, random }: EngineContext,
  key: Pick<MoveTask, "queueId" | "id">,
): Promise<{ readonly wasRunning: boolean; readonly task: MoveTask | undefined }> {
  const result = await table.write({
    kind: "patch",
    key: taskKey(key),
    // The token tells whoever has to send this again its own work from another's.
    set: { s: "CANCELLING", c: random.hex(tokenBytes) },
    when: [{ attribute: "s", is: "equal", value: "RUNNING" }],
  });
  return { wasRunning: result.outcome === "written", task: taskIn(result.current) };
}

/**
 * The active tasks of all accounts that nobody runs any more; with `whoeverRuns` all of them, for a
 * process that knows itself to be the only one.
 */
export async function* abandonedTasks(
  { table, clock }: EngineContext,
  { whoeverRuns }: { readonly whoeverRuns: boolean },
): AsyncGenerator<MoveTask> {
  for await (const marks of pagesOfMarks(table)) {
    for (let start = 0; start < marks.length; start += writeManyMax) {
      const some = marks.slice(start, start + writeManyMax);
      const items = await table.getMany(some.map(markedTaskKey));
      for (const [index, mark] of some.entries()) {
        const task = taskIn(items[index]);
        if (task === undefined) await dropMark(table, mark);
        // What is read of marks may be old, and their tasks over.
        else if (isActive(task) && (whoeverRuns || task.runner.untilMs <= clock.nowMs())) {
          yield task;
        }
      }
    }
  }
}

/** A table may drop what has expired in any order: a mark without its task would bar another. */
async function dropMark(table: Table, { pk, sk, t }: Item): Promise<void> {
  assert(t !== undefined);
  await table.write({
    kind: "delete",
    key: { pk, sk },
    when: [{ attribute: "t", is: "equal", value: t }],
  });
}

async function* pagesOfMarks(table: Table): AsyncGenerator<readonly Item[]> {
  let from = "";
  for (;;) {
    const page = await table.query({
      pk: marksPartition,
      from,
      to: "~",
      limit: queryLimitMax,
      mayBeStale: true,
    });
    if (page.items.length > 0) yield page.items;
    const last = page.items.at(-1);
    if (!page.more || last === undefined) return;
    from = `${last.sk}\u0000`;
  }
}

/**
 * Takes over a task as it was seen, or answers nothing if somebody was faster. What is answered is the
 * task as it is now: who runs it may have moved messages since it was seen, and moves none from now on.
 */
export async function takeTask(
  context: EngineContext,
  task: MoveTask,
): Promise<MoveTask | undefined> {
  const runner = freshRunner(context);
  const result = await context.table.write({
    kind: "patch",
    key: taskKey(task),
    set: { h: runner.token, u: runner.untilMs },
    when: isAsKnown(task),
  });
  return result.outcome === "written" ? taskIn(result.current) : undefined;
}

/** Lets go of a task that is not done: whoever looks next goes on with it. */
export async function releaseTask({ table }: EngineContext, task: MoveTask): Promise<void> {
  const [isOurs] = isAsKnown(task);
  await table.write({ kind: "patch", key: taskKey(task), set: { u: 0 }, when: [isOurs] });
}

/** What a step writes together with the messages that it moves. */
export interface Progress {
  readonly write: Patch;
  /** The task once that is written. */
  readonly task: MoveTask;
}

/** The record that so many messages are moved. It fails when the task is not ours, or not to go on. */
export function recordMoved(
  { clock }: EngineContext,
  task: MoveTask,
  { count, nextMoveAtMs }: { readonly count: number; readonly nextMoveAtMs: number },
): Progress {
  const moved = task.moved + count;
  const runner = { ...task.runner, untilMs: clock.nowMs() + runnerMs };
  const set = { n: moved, p: nextMoveAtMs, u: runner.untilMs };
  return {
    write: { kind: "patch", key: taskKey(task), set, when: isAsKnown(task) },
    task: { ...task, moved, nextMoveAtMs, runner },
  };
}

/**
 * Ends a task. If it is not as it was known, because somebody asked it to stop or took it over, that
 * task is answered and nothing is changed.
 */
export async function endTask(
  { table, clock }: EngineContext,
  task: MoveTask,
  end: MoveTaskEnd,
): Promise<{ readonly isEnded: boolean; readonly task: MoveTask | undefined }> {
  const expiresAtSeconds = taskExpiryOf(clock.nowMs());
  const ending: Patch = {
    kind: "patch",
    key: taskKey(task),
    set: {
      s: end.status,
      ...(end.status === "FAILED" && { r: end.reason }),
      [ttlAttribute]: expiresAtSeconds,
    },
    when: isAsKnown(task),
  };
  const unmarking: Write = {
    kind: "delete",
    key: markKey(task),
    when: [{ attribute: "t", is: "equal", value: task.id }],
  };
  const result = await table.transact([ending, unmarking]);
  if (result.outcome === "written") return { isEnded: true, task: { ...task, state: end } };
  const [failure] = result.failures;
  return { isEnded: false, task: failure?.failed === true ? taskIn(failure.current) : undefined };
}

/** The task is run under the same token as we know, and nobody has asked it to stop. */
function isAsKnown({ runner, state }: MoveTask): readonly [Condition[number], Condition[number]] {
  return [
    { attribute: "h", is: "equal", value: runner.token },
    { attribute: "s", is: "equal", value: state.status },
  ];
}

/** The task in an item, if it is one. */
export function taskIn(item: Item | undefined): MoveTask | undefined {
  return item === undefined ? undefined : readTask(item);
}
