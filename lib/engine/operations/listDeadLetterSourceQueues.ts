import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { pageOfQueues } from "../pageOfQueues.ts";
import { arnOf, type Queue } from "../queue.ts";
import { requireQueue } from "../queueAddress.ts";

/** The queues whose redrive policy names this one (spec section 3.8). */
export async function listDeadLetterSourceQueues(
  context: EngineContext,
  input: Input<"ListDeadLetterSourceQueues">,
  caller: Caller,
): Promise<Output<"ListDeadLetterSourceQueues">> {
  const target = await requireQueue(context, caller, input.QueueUrl);
  const { urls, nextToken } = await pageOfQueues(caller, input, {
    binding: `ListDeadLetterSourceQueues ${caller.account} ${target.name}`,
    list: (after) => sources(context, target, after),
  });
  return { queueUrls: urls, ...(nextToken !== undefined && { NextToken: nextToken }) };
}

async function* sources({ queues }: EngineContext, target: Queue, after?: string) {
  const arn = arnOf(target);
  for await (const queue of queues.list(target.account, "", after)) {
    if (queue.settings.redrivePolicy?.deadLetterTargetArn === arn) yield queue;
  }
}
