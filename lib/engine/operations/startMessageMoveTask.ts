import { activeMoveTasksMax } from "#contract/limits.ts";
import { isFifoName } from "#contract/names.ts";
import type { Input, Output } from "#contract/operations.ts";
import { countMessages } from "../counts.ts";
import { isDeadLetterQueue } from "../deadLetterSources.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { newMoveTask } from "../moveTasks/newMoveTask.ts";
import { checkArn, requireQueueOfArn, requireSourceArn } from "../moveTasks/queueOfArn.ts";
import {
  alreadyRunning,
  checkMessagesPerSecond,
  differentTypes,
  notADeadLetterQueue,
  sameQueue,
  tooManyActive,
} from "../moveTasks/refusals.ts";
import { beginMoveTask } from "../moveTasks/runMoveTasks.ts";
import { writeTaskHandle } from "../moveTasks/taskHandle.ts";
import { activeSources, insertTask } from "../moveTasks/taskStore.ts";
import { arnOf, type Queue } from "../queue.ts";

/**
 * Begins to move the messages of a dead-letter queue to another, or back to where they came from
 * (spec section 9.4). Answers before anything moves.
 */
export async function startMessageMoveTask(
  context: EngineContext,
  input: Input<"StartMessageMoveTask">,
  caller: Caller,
): Promise<Output<"StartMessageMoveTask">> {
  const sourceArn = requireSourceArn(input.SourceArn);
  const { DestinationArn: destinationArn } = input;
  if (destinationArn !== undefined) checkArn("DestinationArn", destinationArn);
  const source = await requireQueueOfArn(context, caller, "SourceArn", sourceArn);
  if (!(await isDeadLetterQueue(context, source))) throw notADeadLetterQueue();
  if (destinationArn !== undefined) await checkDestination(context, caller, source, destinationArn);
  const messagesPerSecond = checkMessagesPerSecond(input.MaxNumberOfMessagesPerSecond);
  await checkActive(context, source);
  const { available: toMove } = await countMessages(context, source);
  const task = newMoveTask(context, source, { destinationArn, messagesPerSecond, toMove });
  if ((await insertTask(context, task)) === "alreadyActive") throw alreadyRunning();
  beginMoveTask(context, task);
  return { TaskHandle: writeTaskHandle({ taskId: task.id, sourceArn }) };
}

async function checkDestination(
  context: EngineContext,
  caller: Caller,
  source: Queue,
  arn: string,
): Promise<void> {
  const destination = await requireQueueOfArn(context, caller, "DestinationArn", arn);
  if (arn === arnOf(source)) throw sameQueue();
  if (isFifoName(destination.name) !== isFifoName(source.name)) throw differentTypes();
}

/** That a source has one active task only is guarded again when the task is stored. */
async function checkActive(context: EngineContext, { account, id }: Queue): Promise<void> {
  const active = await activeSources(context, account, activeMoveTasksMax);
  if (active.has(id)) throw alreadyRunning();
  if (active.size >= activeMoveTasksMax) throw tooManyActive();
}
