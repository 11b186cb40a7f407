import type { Deployment } from "../deployment.ts";
import { type Comparison, compare, type Right } from "./policies.ts";

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

/** Calls that IAM would have refused, each with who made it. */
export function refusedCalls(found: readonly NamedComparison[]): readonly unknown[] {
  return found.flatMap(({ name, missing }) => missing.map((each) => ({ name, ...each })));
}

/** Rights that no rehearsal can see used, each with its reason. */
const unseen: Readonly<Record<string, string>> = {
  "logs:CreateLogStream": "Lambda writes the log of a function, with its role",
  "logs:PutLogEvents": "Lambda writes the log of a function, with its role",
};

/** What AWS asks of whoever uses a table under a customer's key, and when is DynamoDB's own affair. */
const unseenViaDynamodb: ReadonlySet<string> = new Set([
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
]);

/** The rights that a role has, that were not used under it, and that have no reason. */
export function rightsInExcess(found: readonly NamedComparison[]): readonly string[] {
  return found.flatMap(({ name, unused }) =>
    unused.filter((each) => !isUnseen(each)).map(({ right }) => `${name} ${right}`),
  );
}

function isUnseen({ right, statement }: Right): boolean {
  const isViaDynamodb = statement.conditions.some(
    ({ key, values }) =>
      key === "kms:ViaService" && values.every((each) => each.startsWith("dynamodb.")),
  );
  return right in unseen || (isViaDynamodb && unseenViaDynamodb.has(right));
}
