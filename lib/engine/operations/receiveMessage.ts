import { invalidParameter } from "#contract/errors.ts";
import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { checkReceiveRequestAttemptId } from "../messageIds.ts";
import {
  checkMaxNumberOfMessages,
  checkReceiveVisibilityTimeout,
  checkWaitTimeSeconds,
} from "../parameters.ts";
import type { Queue } from "../queue.ts";
import { requireQueue } from "../queueAddress.ts";
import { receiveNow } from "../receiveNow.ts";
import type { ReceiveOptions } from "../receiveOptions.ts";
import { selectSystemAttributes } from "../systemAttributes.ts";
import { waitForMessages } from "../waitForMessages.ts";

/**
 * Receives up to ten messages, at once or within a wait of up to 20 seconds (spec section 6.4). The
 * first message ends the wait. A caller who hangs up is handed nothing.
 */
export async function receiveMessage(
  context: EngineContext,
  input: Input<"ReceiveMessage">,
  caller: Caller,
): Promise<Output<"ReceiveMessage">> {
  const queue = await requireQueue(context, caller, input.QueueUrl);
  const options = readOptions(queue, input, caller);
  const waitSeconds = checkWaitTimeSeconds(input.WaitTimeSeconds) ?? queue.settings.waitTimeSeconds;
  const messages =
    waitSeconds === 0
      ? (await receiveNow(context, queue, options)).messages
      : await waitForMessages(context, queue, { ...options, waitMs: waitSeconds * 1000 });
  return { Messages: messages };
}

function readOptions(queue: Queue, input: Input<"ReceiveMessage">, caller: Caller): ReceiveOptions {
  const most = checkMaxNumberOfMessages(input.MaxNumberOfMessages);
  checkWaitTimeSeconds(input.WaitTimeSeconds);
  const timeoutSeconds =
    checkReceiveVisibilityTimeout(input.VisibilityTimeout) ??
    queue.settings.visibilityTimeoutSeconds;
  const attemptId = checkAttemptId(queue, input.ReceiveRequestAttemptId);
  return {
    most,
    visibilityTimeoutMs: timeoutSeconds * 1000,
    selection: {
      systemAttributes: selectSystemAttributes({
        attributeNames: input.AttributeNames,
        messageSystemAttributeNames: input.MessageSystemAttributeNames,
      }),
      messageAttributeNames: input.MessageAttributeNames,
    },
    ...(attemptId !== undefined && { attemptId }),
    signal: caller.signal,
  };
}

function checkAttemptId(queue: Queue, attemptId: string | undefined): string | undefined {
  if (attemptId === undefined) return undefined;
  if (queue.settings.fifo !== undefined) return checkReceiveRequestAttemptId(attemptId);
  throw invalidParameter(
    "ReceiveRequestAttemptId",
    attemptId,
    "The request include parameter that is not valid for this queue type.",
  );
}
