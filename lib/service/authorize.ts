import { type Members, type Permission, permissionsFor } from "#auth/permissions.ts";
import { allows } from "#auth/policy.ts";
import { SqsError } from "#contract/errors.ts";
import { queueArn } from "#contract/names.ts";
import type { Identity } from "./authenticate.ts";

/**
 * Refuses an action that the caller's policy does not allow (spec section 2.4). Whether the queue
 * exists is not looked at, so that the answer tells nothing of it. One without a policy may do
 * everything.
 */
export function authorize(identity: Identity, action: string, input: Members): void {
  const { policy } = identity;
  if (policy === undefined) return;
  const denied = permissionsFor(action, input).find((needed) => !allows(policy, needed));
  if (denied !== undefined) throw accessDenied(identity, denied);
}

function accessDenied(identity: Identity, permission: Permission): SqsError {
  const { account, senderId } = identity;
  // SQS prints the action in lower case.
  const action = `sqs:${permission.action.toLowerCase()}`;
  return new SqsError(
    "AccessDeniedException",
    `User: arn:aws:iam::${account}:user/${senderId} is not authorized to perform: ${action} ` +
      `on resource: ${resourceArn(identity, permission)} ` +
      `because no identity-based policy allows the ${action} action`,
  );
}

function resourceArn({ account, region }: Identity, { resource }: Permission): string {
  switch (resource.kind) {
    case "queue":
      return queueArn({ region, account: resource.account ?? account, name: resource.name });
    // The form that SQS prints for ListQueues: all of the account.
    case "queuesStarting":
    case "unknown":
      return queueArn({ region, account, name: "" });
  }
}
