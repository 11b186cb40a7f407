import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import type { MoveTask } from "../moveTasks/moveTask.ts";
import { requireQueueOfArn, requireSourceArn } from "../moveTasks/queueOfArn.ts";
import { checkTaskResults } from "../moveTasks/refusals.ts";
import { writeTaskHandle } from "../moveTasks/taskHandle.ts";
import { latestTasks } from "../moveTasks/taskStore.ts";

type Results = NonNullable<Output<"ListMessageMoveTasks">["Results"]>;

/** The latest move tasks of a queue, the newest first (spec section 9.4). */
export async function listMessageMoveTasks(
  context: EngineContext,
  input: Input<"ListMessageMoveTasks">,
  caller: Caller,
): Promise<Output<"ListMessageMoveTasks">> {
  const sourceArn = requireSourceArn(input.SourceArn);
  const most = checkTaskResults(input.MaxResults);
  const source = await requireQueueOfArn(context, caller, "SourceArn", sourceArn);
  const tasks = await latestTasks(context, source.id, most);
  return tasks.length === 0 ? {} : { Results: tasks.map(resultOf) };
}

function resultOf(task: MoveTask): Results[number] {
  const { id: taskId, state, sourceArn, destinationArn, messagesPerSecond } = task;
  return {
    ...(state.status === "RUNNING" && { TaskHandle: writeTaskHandle({ taskId, sourceArn }) }),
    Status: state.status,
    SourceArn: sourceArn,
    ...(destinationArn !== undefined && { DestinationArn: destinationArn }),
    ...(messagesPerSecond !== undefined && { MaxNumberOfMessagesPerSecond: messagesPerSecond }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(state.status === "FAILED" && { FailureReason: state.reason }),
    StartedTimestamp: task.startedAtMs,
  };
}
