import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { requireQueue } from "../queueAddress.ts";

/** A queue's tags (spec section 3.7). */
export async function listQueueTags(
  context: EngineContext,
  input: Input<"ListQueueTags">,
  caller: Caller,
): Promise<Output<"ListQueueTags">> {
  const { tags } = await requireQueue(context, caller, input.QueueUrl);
  return { Tags: tags };
}
