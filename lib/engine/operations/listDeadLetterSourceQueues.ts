import type { Input, Output } from "#contract/operations.ts";
import { deadLetterSources } from "../deadLetterSources.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { pageOfQueues } from "../pageOfQueues.ts";
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
    list: (after) => deadLetterSources(context, target, after),
  });
  return { queueUrls: urls, ...(nextToken !== undefined && { NextToken: nextToken }) };
}
