import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { pageOfQueues } from "../pageOfQueues.ts";

/** The caller's queues in the order of their names, a page at a time (spec section 3.8). */
export async function listQueues(
  { queues }: EngineContext,
  input: Input<"ListQueues">,
  caller: Caller,
): Promise<Output<"ListQueues">> {
  const prefix = input.QueueNamePrefix ?? "";
  const { urls, nextToken } = await pageOfQueues(caller, input, {
    binding: `ListQueues ${caller.account} ${prefix}`,
    list: (after) => queues.list(caller.account, prefix, after),
  });
  return { QueueUrls: urls, ...(nextToken !== undefined && { NextToken: nextToken }) };
}
