import type { Input, Output } from "#contract/operations.ts";
import type { Caller } from "../engine.ts";
import type { EngineContext } from "../engineContext.ts";
import { requireQueue } from "../queueAddress.ts";
import { requireLabel, withoutPermission } from "../queuePermissions.ts";

/** Takes the statements of a label out of a queue's policy, and the policy with the last of them. */
export async function removePermission(
  context: EngineContext,
  input: Input<"RemovePermission">,
  caller: Caller,
): Promise<Output<"RemovePermission">> {
  const { account, name } = await requireQueue(context, caller, input.QueueUrl);
  const label = requireLabel(input.Label);
  const modifiedAtMs = context.clock.nowMs();
  await context.queues.changeLive(account, name, (queue) => {
    const { policy: before, ...others } = queue.settings;
    const policy = withoutPermission(before, label);
    const settings = policy === undefined ? others : { ...others, policy };
    return { kind: "store", queue: { ...queue, settings, modifiedAtMs } };
  });
  return {};
}
