import type { EngineContext } from "./engineContext.ts";
import { arnOf, type Queue } from "./queue.ts";

/** The queues whose redrive policy names this one, in the order of their names (spec section 3.8). */
export async function* deadLetterSources(
  { queues }: EngineContext,
  target: Queue,
  after?: string,
): AsyncGenerator<Queue> {
  const arn = arnOf(target);
  for await (const queue of queues.list(target.account, "", after)) {
    if (queue.settings.redrivePolicy?.deadLetterTargetArn === arn) yield queue;
  }
}

/** Whether any queue names this one as its dead-letter queue. */
export async function isDeadLetterQueue(context: EngineContext, queue: Queue): Promise<boolean> {
  for await (const _ of deadLetterSources(context, queue)) return true;
  return false;
}
