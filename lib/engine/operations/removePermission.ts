import { queueDoesNotExist } from "#contract/errors.ts";
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
  await context.queues.change(account, name, (entry) => {
    if (entry?.kind !== "live") throw queueDoesNotExist();
    const { policy: before, ...others } = entry.queue.settings;
    const policy = withoutPermission(before, label);
    const settings = policy === undefined ? others : { ...others, policy };
    return { kind: "store", queue: { ...entry.queue, settings, modifiedAtMs } };
  });
  return {};
}
