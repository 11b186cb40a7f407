import { missingParameter } from "#contract/errors.ts";
import type { Input, Output } from "#contract/operations.ts";
import { changeGivenVisibility } from "../changeGivenVisibility.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { checkChangeVisibilityTimeout } from "../parameters.ts";
import { requireQueue } from "../queueAddress.ts";
import { receiptHandleOf } from "../receiptHandle.ts";

/** Sets how long from now a received message stays invisible (spec section 6.6). */
export async function changeMessageVisibility(
  context: EngineContext,
  input: Input<"ChangeMessageVisibility">,
  caller: Caller,
): Promise<Output<"ChangeMessageVisibility">> {
  const queue = await requireQueue(context, caller, input.QueueUrl);
  if (!input.ReceiptHandle) throw missingParameter("ReceiptHandle");
  const timeoutSeconds = checkChangeVisibilityTimeout(input.VisibilityTimeout);
  const handle = receiptHandleOf(queue, input.ReceiptHandle);
  const change = { handle, text: input.ReceiptHandle, timeoutSeconds };
  const [error] = await changeGivenVisibility(context, queue, [change]);
  if (error !== undefined) throw error;
  return {};
}
