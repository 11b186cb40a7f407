import type { Deployment } from "../deployment.ts";
import { type Comparison, compare } from "./policies.ts";

export interface NamedComparison extends Comparison {
  /** The logical id of the function, or the ARN of a role that a service took. */
  readonly name: string;
}

/** Compares what each role of a deployment may do with what was seen to be called under it. */
export function comparisons(deployment: Deployment): readonly NamedComparison[] {
  const { calls } = deployment.cloud.recorder;
  const functions = [...deployment.functions.values()].map(({ logicalId, roleArn }) => ({
    name: logicalId,
    roleArn,
  }));
  const schedules = deployment.schedules.all.map(({ roleArn }) => ({ name: roleArn, roleArn }));
  const byName = new Map([...functions, ...schedules].map((each) => [each.name, each.roleArn]));
  return [...byName].map(([name, roleArn]) => {
    const seen = calls.filter(({ caller }) => caller === name).flatMap(({ needed }) => needed);
    return { name, ...compare(deployment.statementsOf(roleArn), seen) };
  });
}

/** Rights that no rehearsal can see used, each with its reason. */
const unseen: Readonly<Record<string, string>> = {
  "logs:CreateLogStream": "Lambda writes the log of a function, with its role",
  "logs:PutLogEvents": "Lambda writes the log of a function, with its role",
  "s3:ListBucket": "nobody calls it: without it S3 says that a missing object is forbidden",
  "dynamodb:ConditionCheckItem":
    "a patch of nothing is one in a transaction: the engine makes none yet",
};

/** What serves queues runs the same engine, which finds out on the way what it must do. */
const serving = ["QueueApi", "Sweeper", "Poller"];

/**
 * The rights that were not used and have no reason. The functions that serve queues have their rights
 * in common, and it is enough that one of them used one.
 */
export function rightsInExcess(found: readonly NamedComparison[]): readonly string[] {
  const serves = ({ name }: NamedComparison) => serving.some((start) => name.startsWith(start));
  const unusedBy = found.map((each) => ({
    each,
    actions: each.unused.map(({ action }) => action).filter((action) => !(action in unseen)),
  }));
  const servants = unusedBy.filter(({ each }) => serves(each));
  const unusedByAll = (action: string) => servants.every(({ actions }) => actions.includes(action));
  return unusedBy.flatMap(({ each, actions }) =>
    actions
      .filter((action) => !serves(each) || unusedByAll(action))
      .map((action) => `${each.name} ${action}`),
  );
}
