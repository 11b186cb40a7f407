import { queueDoesNotExist } from "#contract/errors.ts";
import { parseQueueUrl } from "#contract/names.ts";
import type { Caller } from "./engine.ts";
import type { EngineContext } from "./engineContext.ts";
import type { Queue } from "./queue.ts";

/**
 * The queue that a `QueueUrl` names. No URL, an odd one and one of another account's queue all name
 * none (spec section 1.1). It may be as it was some seconds ago, if that will do.
 */
export async function requireQueue(
  { queues }: EngineContext,
  caller: Caller,
  url: string | undefined,
  options: { readonly mayBeRecent?: boolean } = {},
): Promise<Queue> {
  const name = queueNameOf(caller, url);
  const queue = options.mayBeRecent
    ? await queues.findRecent(caller.account, name)
    : await queues.find(caller.account, name);
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
