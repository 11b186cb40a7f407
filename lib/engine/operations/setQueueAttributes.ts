import { missingParameter } from "#contract/errors.ts";
import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { requireQueue } from "../queueAddress.ts";
import { changeSettings } from "../queueSettings.ts";
import { checkRedriveTarget } from "../redriveTarget.ts";

/** Changes a queue's attributes, all that are given or none (spec section 3.2). */
export async function setQueueAttributes(
  context: EngineContext,
  input: Input<"SetQueueAttributes">,
  caller: Caller,
): Promise<Output<"SetQueueAttributes">> {
  const queue = await requireQueue(context, caller, input.QueueUrl);
  const attributes = input.Attributes;
  if (attributes === undefined || attributes.size === 0) throw missingParameter("Attribute.Name");
  changeSettings(queue.settings, attributes, "set");
  await checkRedriveTarget(context, queue, attributes);
  const modifiedAtMs = context.clock.nowMs();
  await context.queues.changeLive(queue.account, queue.name, (before) => {
    const settings = changeSettings(before.settings, attributes, "set");
    return { kind: "store", queue: { ...before, settings, modifiedAtMs } };
  });
  // A wait may have become longer than what a shorter delay or timeout now allows.
  context.waiters.wake(queue.id);
  return {};
}
