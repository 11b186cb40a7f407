import type { EngineContext } from "../engineContext.ts";
import { messageIdOf } from "../messageId.ts";
import { arnOf, type Queue } from "../queue.ts";
import { orderDigits } from "../segment.ts";
import { newRandomDigits } from "../sendMessages.ts";
import { activeTaskExpiryOf, type MoveTask } from "./moveTask.ts";
import { freshRunner } from "./taskStore.ts";

/** A task that is to begin now, run by this process. */
export function newMoveTask(
  context: EngineContext,
  source: Queue,
  asked: {
    readonly destinationArn: string | undefined;
    readonly messagesPerSecond: number | undefined;
    readonly toMove: number;
  },
): MoveTask {
  const startedAtMs = context.clock.nowMs();
  const { destinationArn, messagesPerSecond, toMove } = asked;
  return {
    queueId: source.id,
    id: newTaskId(context, startedAtMs),
    account: source.account,
    sourceName: source.name,
    sourceArn: arnOf(source),
    ...(destinationArn !== undefined && { destinationArn }),
    ...(messagesPerSecond !== undefined && { messagesPerSecond }),
    toMove,
    startedAtMs,
    state: { status: "RUNNING" },
    moved: 0,
    runner: freshRunner(context),
    nextMoveAtMs: startedAtMs,
    expiresAtSeconds: activeTaskExpiryOf(startedAtMs),
  };
}

/** Ids of one process sort in the order of their making, those of the same millisecond too. */
function newTaskId({ random, sendOrder }: EngineContext, nowMs: number): string {
  const order = sendOrder.next(nowMs).toString(16).padStart(orderDigits, "0");
  return messageIdOf(nowMs, `${order}${newRandomDigits(random)}`, 0);
}
