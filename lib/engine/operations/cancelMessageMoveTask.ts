import { missingParameter } from "#contract/errors.ts";
import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { isTaskId } from "../moveTasks/moveTask.ts";
import { requireQueueOfArn } from "../moveTasks/queueOfArn.ts";
import { noSuchTask, notActive } from "../moveTasks/refusals.ts";
import { readTaskHandle } from "../moveTasks/taskHandle.ts";
import { cancelTask } from "../moveTasks/taskStore.ts";

/** Asks a running move task to stop. What it has moved stays moved (spec section 9.4). */
export async function cancelMessageMoveTask(
  context: EngineContext,
  input: Input<"CancelMessageMoveTask">,
  caller: Caller,
): Promise<Output<"CancelMessageMoveTask">> {
  const { TaskHandle: text } = input;
  if (text === undefined || text === "") throw missingParameter("TaskHandle");
  const { taskId, sourceArn } = readTaskHandle(text);
  const source = await requireQueueOfArn(context, caller, "SourceArn", sourceArn);
  if (!isTaskId(taskId)) throw noSuchTask();
  const { wasRunning, task } = await cancelTask(context, { queueId: source.id, id: taskId });
  if (task === undefined) throw noSuchTask();
  if (!wasRunning) throw notActive();
  return { ApproximateNumberOfMessagesMoved: task.moved };
}
