import { invalidParameter } from "#contract/errors.ts";
import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { checkReceiveRequestAttemptId } from "../idParameters.ts";
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
  // Those who wait ask again and again.
  const mayBeRecent = input.WaitTimeSeconds !== undefined && input.WaitTimeSeconds > 0;
  const queue = await requireQueue(context, caller, input.QueueUrl, { mayBeRecent });
  const options = readOptions(queue, input, caller);
  const waitMs = waitSecondsOf(queue, input) * 1000;
  const messages = options.isWaiting
    ? await waitForMessages(context, queue, { ...options, waitMs })
    : (await receiveNow(context, queue, options)).messages;
  return { Messages: messages };
}

function waitSecondsOf(queue: Queue, input: Input<"ReceiveMessage">): number {
  return checkWaitTimeSeconds(input.WaitTimeSeconds) ?? queue.settings.waitTimeSeconds;
}

function readOptions(queue: Queue, input: Input<"ReceiveMessage">, caller: Caller): ReceiveOptions {
  const most = checkMaxNumberOfMessages(input.MaxNumberOfMessages);
  const isWaiting = waitSecondsOf(queue, input) > 0;
  const timeoutSeconds =
    checkReceiveVisibilityTimeout(input.VisibilityTimeout) ??
    queue.settings.visibilityTimeoutSeconds;
  const attemptId = checkAttemptId(queue, input.ReceiveRequestAttemptId);
  return {
    most,
    visibilityTimeoutMs: timeoutSeconds * 1000,
    isWaiting,
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
