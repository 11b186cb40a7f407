import { moveTaskSecondsMax } from "#contract/limits.ts";
import { isFifoName } from "#contract/names.ts";
import type { EngineContext } from "../engineContext.ts";
import { queueIsGone } from "./directions.ts";
import { GroupMover } from "./groupMover.ts";
import { LaneMover } from "./laneMover.ts";
import { isActive, type MoveTask, type MoveTaskEnd } from "./moveTask.ts";
import { messagesPerStep, waitMs } from "./pace.ts";
import type { Mover } from "./step.ts";
import { endTask, releaseTask } from "./taskStore.ts";

/** The reason of a task that did not end within 36 hours. */
const outOfTime = "TaskTimedOut";
/** After others got to the messages first, for how long they are left alone. */
const contendedPauseMs = 50;

/**
 * Runs a task that this process has taken, step by step, until it ends, somebody else takes it over,
 * or `mayGoOn` says no: then it is let go, for whoever looks next. All that counts is in the table, so
 * a process may die at any point of this.
 */
export async function runTask(
  context: EngineContext,
  taken: MoveTask,
  mayGoOn: () => boolean,
): Promise<void> {
  const run = new TaskRun(context, taken);
  // Whoever started the task is answered before anything moves.
  await context.background.pause(context.clock, 0);
  while (run.task !== undefined && mayGoOn()) await run.goOn(mayGoOn);
  if (run.task !== undefined) await releaseTask(context, run.task);
}

class TaskRun {
  readonly #context: EngineContext;
  readonly #mover: Mover;
  /** As it is recorded; `undefined` once it is no longer ours to run. */
  task: MoveTask | undefined;

  constructor(context: EngineContext, task: MoveTask) {
    this.#context = context;
    this.task = task;
    this.#mover = isFifoName(task.sourceName) ? new GroupMover(context) : new LaneMover(context);
  }

  /** Waits until the next step is due, and makes it. */
  async goOn(mayGoOn: () => boolean): Promise<void> {
    const { clock, background } = this.#context;
    const { task } = this;
    if (task === undefined) return;
    const isOutOfTime = clock.nowMs() >= task.startedAtMs + moveTaskSecondsMax * 1000;
    if (task.state.status === "CANCELLING") return await this.#end(task, { status: "CANCELLED" });
    if (isOutOfTime) return await this.#end(task, { status: "FAILED", reason: outOfTime });
    const pauseMs = waitMs(task, clock.nowMs());
    if (pauseMs > 0) await background.pause(clock, pauseMs);
    if (mayGoOn()) await this.#step(task);
  }

  async #step(task: MoveTask): Promise<void> {
    const { queues, clock, background } = this.#context;
    const source = await queues.findNow(task.account, task.sourceName);
    if (source?.id !== task.queueId) {
      return await this.#end(task, { status: "FAILED", reason: queueIsGone });
    }
    const step = await this.#mover.step(task, source, messagesPerStep(task));
    switch (step.outcome) {
      case "moved":
        this.task = step.task;
        return;
      case "contended":
        return await background.pause(clock, contendedPauseMs);
      case "nothingLeft":
        return await this.#end(task, { status: "COMPLETED" });
      case "stuck":
        return await this.#end(task, { status: "FAILED", reason: step.reason });
      case "overtaken":
        this.#learn(task, step.task);
    }
  }

  async #end(task: MoveTask, end: MoveTaskEnd): Promise<void> {
    const { isEnded, task: found } = await endTask(this.#context, task, end);
    if (!isEnded) return this.#learn(task, found);
    this.task = undefined;
    if (end.status !== "FAILED") return;
    const { sourceName: source, moved } = task;
    this.#context.report({ event: "moveTask.failed", source, reason: end.reason, moved });
  }

  /** The task is not as we knew it: asked to stop, or somebody else's by now. */
  #learn(known: MoveTask, found: MoveTask | undefined): void {
    const isOurs = found !== undefined && found.runner.token === known.runner.token;
    this.task = isOurs && isActive(found) ? found : undefined;
  }
}
