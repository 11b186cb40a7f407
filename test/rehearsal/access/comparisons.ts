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
