import { fits, fitsAllStarting } from "./namePattern.ts";
import type { Permission, Resource } from "./permissions.ts";

/** What an access key may do: these actions, on queues with these names. */
export interface Policy {
  /** Names of actions, or `*` for all. Batches go by the name of the single action. */
  readonly actions: readonly string[];
  /** Patterns of queue names: `*` is any run of characters, `?` any one. */
  readonly queues: readonly string[];
}

/** The policy of a key that was given none. */
export const everything: Policy = { actions: ["*"], queues: ["*"] };

/** Whether a policy allows one permission. What is not allowed is denied (spec section 2.4). */
export function allows(policy: Policy, { action, resource }: Permission): boolean {
  const isNamed = policy.actions.some((allowed) => allowed === "*" || allowed === action);
  return isNamed && policy.queues.some((pattern) => reaches(pattern, resource));
}

function reaches(pattern: string, resource: Resource): boolean {
  if (pattern === "*") return true;
  switch (resource.kind) {
    case "queue":
      return fits(pattern, resource.name);
    case "queuesStarting":
      return fitsAllStarting(pattern, resource.prefix);
    case "unknown":
      return false;
  }
}
