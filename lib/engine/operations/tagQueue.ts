import type { Input, Output } from "#contract/operations.ts";
import { changeTags } from "../changeTags.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { requireQueue } from "../queueAddress.ts";
import { checkAllTags, checkTags } from "../tags.ts";

/** Adds tags; one with a key that is there already replaces it (spec section 3.7). */
export async function tagQueue(
  context: EngineContext,
  input: Input<"TagQueue">,
  caller: Caller,
): Promise<Output<"TagQueue">> {
  const queue = await requireQueue(context, caller, input.QueueUrl);
  const added = checkTags(input.Tags);
  await changeTags(context, queue, (tags) => checkAllTags(new Map([...tags, ...added])));
  return {};
}
