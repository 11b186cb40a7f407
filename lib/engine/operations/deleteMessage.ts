import { missingParameter } from "#contract/errors.ts";
import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { requireQueue } from "../queueAddress.ts";
import { receiptHandleOf } from "../receiptHandle.ts";
import { removeGiven } from "../removeGiven.ts";

/** Deletes a message by a handle that was given for it (spec section 6.5). */
export async function deleteMessage(
  context: EngineContext,
  input: Input<"DeleteMessage">,
  caller: Caller,
): Promise<Output<"DeleteMessage">> {
  const queue = await requireQueue(context, caller, input.QueueUrl);
  if (!input.ReceiptHandle) throw missingParameter("ReceiptHandle");
  const text = input.ReceiptHandle;
  const [error] = await removeGiven(context, queue, [
    { handle: receiptHandleOf(queue, text), text },
  ]);
  if (error !== undefined) throw error;
  return {};
}
