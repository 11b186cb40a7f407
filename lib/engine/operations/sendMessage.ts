import type { Input, Output } from "#contract/operations.ts";
import { checkMessage } from "../draft.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { requireQueue } from "../queueAddress.ts";
import { storeMessages } from "../storeMessages.ts";

/** Stores one message; once answered, it is durable (spec section 6.2). */
export async function sendMessage(
  context: EngineContext,
  input: Input<"SendMessage">,
  caller: Caller,
): Promise<Output<"SendMessage">> {
  const queue = await requireQueue(context, caller, input.QueueUrl);
  const message = checkMessage(queue, caller, input);
  const [stored] = await storeMessages(context, queue, [message]);
  return { ...message.digests, ...stored };
}
