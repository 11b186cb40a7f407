import { invalidParameterValue, queueDoesNotExist } from "#contract/errors.ts";
import { isQueueName, queueUrl } from "#contract/names.ts";
import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";

/** Finds a queue of the caller's own account by its name (spec sections 3.1 and 11). */
export async function getQueueUrl(
  { queues }: EngineContext,
  input: Input<"GetQueueUrl">,
  caller: Caller,
): Promise<Output<"GetQueueUrl">> {
  const { QueueName: name, QueueOwnerAWSAccountId: owner = caller.account } = input;
  if (name === undefined) {
    throw invalidParameterValue(
      "Value for parameter QueueName is invalid. Reason: Must specify a queue name.",
    );
  }
  const isOwn = owner === caller.account && isQueueName(name);
  const queue = isOwn ? await queues.find(caller.account, name) : undefined;
  if (queue === undefined) throw queueDoesNotExist();
  return { QueueUrl: queueUrl(caller.origin, queue.account, queue.name) };
}
