import { queueDoesNotExist } from "#contract/errors.ts";
import { parseQueueUrl } from "#contract/names.ts";
import type { Caller } from "./engine.ts";
import type { EngineContext } from "./engineContext.ts";
import type { Queue } from "./queue.ts";

/**
 * The queue that a `QueueUrl` names. No URL, an odd one and one of another account's queue all name
 * none (spec section 1.1).
 */
export async function requireQueue(
  { queues }: EngineContext,
  caller: Caller,
  url: string | undefined,
): Promise<Queue> {
  const name = queueNameOf(caller, url);
  const queue = await queues.find(caller.account, name);
  if (queue === undefined) throw queueDoesNotExist();
  return queue;
}

/** The name in a `QueueUrl`, if the URL is of the caller's own account. */
function queueNameOf(caller: Caller, url: string | undefined): string {
  const address = parseQueueUrl(url ?? "");
  const account = address?.account ?? caller.account;
  if (address === undefined || account !== caller.account) throw queueDoesNotExist();
  return address.name;
}
