import type { Input, Output } from "#contract/operations.ts";
import { changeTags } from "../changeTags.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { requireQueue } from "../queueAddress.ts";
import { checkTagKeys } from "../tags.ts";

/** Removes tags; a key that is not there is fine (spec section 3.7). */
export async function untagQueue(
  context: EngineContext,
  input: Input<"UntagQueue">,
  caller: Caller,
): Promise<Output<"UntagQueue">> {
  const queue = await requireQueue(context, caller, input.QueueUrl);
  const removed = new Set(checkTagKeys(input.TagKeys));
  await changeTags(
    context,
    queue,
    (tags) => new Map([...tags].filter(([key]) => !removed.has(key))),
  );
  return {};
}
