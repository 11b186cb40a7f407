import type { EngineContext } from "../engineContext.ts";
import type { MoveTask } from "./moveTask.ts";
import { runTask } from "./runTask.ts";
import { abandonedTasks, takeTask } from "./taskStore.ts";

/** How often a process looks for tasks that nobody runs any more. */
const lookPauseMs = 30_000;

/** How long a process may go on running tasks. */
export interface MoveBudget {
  readonly untilMs: number;
}

/**
 * Runs the move tasks of this table that nobody else runs, whoever started them, until they end or the
 * time is up; a step under way is finished, so it may take about a second longer.
 */
export async function runMoveTasks(context: EngineContext, budget: MoveBudget): Promise<void> {
  await takeAndRun(context, budget, { whoeverRuns: false });
}

/** Runs a task that this process has just started, in the background. */
export function beginMoveTask(context: EngineContext, task: MoveTask): void {
  const { background } = context;
  background.run("moveTask", () => runTask(context, task, () => !background.isClosing));
}

/**
 * Goes on with tasks whose process died, in the background and as long as the engine lives. Who has a
 * table alone need not wait until it is certain that nobody runs them.
 */
export function resumeMoveTasks(context: EngineContext): void {
  const { background, clock, table } = context;
  background.run("moveTasks", async () => {
    let whoeverRuns = !table.traits.isShared;
    if (!whoeverRuns) await background.pause(clock, lookPauseMs);
    while (!background.isClosing) {
      const look = { whoeverRuns };
      background.run("moveTasks.look", () => takeAndRun(context, { untilMs: Infinity }, look));
      whoeverRuns = false;
      await background.pause(clock, lookPauseMs);
    }
  });
}

async function takeAndRun(
  context: EngineContext,
  { untilMs }: MoveBudget,
  look: { readonly whoeverRuns: boolean },
): Promise<void> {
  const { background, clock } = context;
  const mayGoOn = () => !background.isClosing && clock.nowMs() < untilMs;
  const running: Promise<void>[] = [];
  for await (const task of abandonedTasks(context, look)) {
    if (!mayGoOn()) break;
    const taken = await takeTask(context, task);
    if (taken === undefined) continue;
    running.push(background.track("moveTask", () => runTask(context, taken, mayGoOn)));
  }
  await Promise.all(running);
}
