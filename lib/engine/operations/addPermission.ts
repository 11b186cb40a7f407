import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { arnOf } from "../queue.ts";
import { requireQueue } from "../queueAddress.ts";
import { checkPermission, withPermission } from "../queuePermissions.ts";

/** Adds a statement to a queue's policy that lets other accounts do some actions (spec section 3.6). */
export async function addPermission(
  context: EngineContext,
  input: Input<"AddPermission">,
  caller: Caller,
): Promise<Output<"AddPermission">> {
  const { account, name } = await requireQueue(context, caller, input.QueueUrl);
  const permission = checkPermission({
    label: input.Label,
    accounts: input.AWSAccountIds,
    actions: input.Actions,
  });
  const modifiedAtMs = context.clock.nowMs();
  await context.queues.changeLive(account, name, (queue) => {
    const policy = withPermission(queue.settings.policy, permission, arnOf(queue));
    const settings = { ...queue.settings, policy };
    return { kind: "store", queue: { ...queue, settings, modifiedAtMs } };
  });
  return {};
}
