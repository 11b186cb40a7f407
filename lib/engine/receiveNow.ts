import type { EngineContext } from "./engineContext.ts";
import { receiveFromGroups } from "./fifo/receiveFromGroups.ts";
import type { Queue } from "./queue.ts";
import { receiveFromLanes } from "./receiveFromLanes.ts";
import type { Received, ReceiveOptions } from "./receiveOptions.ts";

/** One look for messages, without waiting. */
export async function receiveNow(
  context: EngineContext,
  queue: Queue,
  options: ReceiveOptions,
): Promise<Received> {
  const received =
    queue.settings.fifo === undefined
      ? await receiveFromLanes(context, queue, options)
      : await receiveFromGroups(context, queue, options);
  if (received.messages.length > 0) {
    context.waiters.alarm(queue.id, received.nextVisibleMs);
    context.polls.noteLife(queue.id, context.clock.nowMs());
  }
  return received;
}
