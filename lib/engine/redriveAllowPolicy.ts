import { invalidParameter, invalidParameterValue, type SqsError } from "#contract/errors.ts";
import { redriveAllowPolicyCharactersMax, sourceQueueArnsMax } from "#contract/limits.ts";
import { parseArn } from "#contract/names.ts";
import { parseJsonObject } from "./jsonText.ts";

const permissions = ["allowAll", "denyAll", "byQueue"] as const;
type RedrivePermission = (typeof permissions)[number];

/** Which queues may name a queue as their dead-letter queue (spec section 3.5). */
export interface RedriveAllowPolicy {
  /** The attribute as it was submitted, which is how it is returned. */
  readonly text: string;
  readonly redrivePermission: RedrivePermission;
  /** Empty unless the permission is `byQueue`. */
  readonly sourceQueueArns: readonly string[];
}

/** Reads the `RedriveAllowPolicy` attribute, or refuses it as spec section 3.5 says. */
export function parseRedriveAllowPolicy(json: string): RedriveAllowPolicy {
  const policy = parseJsonObject(json);
  if (policy === undefined || json.length > redriveAllowPolicyCharactersMax)
    throw unsupportedFormat();
  const { redrivePermission, sourceQueueArns, ...others } = Object.fromEntries(policy);
  const permission = permissions.find((each) => each === redrivePermission);
  if (permission === undefined || Object.keys(others).length > 0) throw unsupportedFormat();
  const arns = readArns(sourceQueueArns);
  checkArnCount(json, permission, arns.length);
  return { text: json, redrivePermission: permission, sourceQueueArns: arns };
}

function readArns(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw unsupportedFormat();
  const arns: readonly unknown[] = value;
  if (!arns.every(isQueueArn)) throw unsupportedFormat();
  return arns;
}

function isQueueArn(value: unknown): value is string {
  return typeof value === "string" && parseArn(value)?.service === "sqs";
}

function checkArnCount(json: string, permission: RedrivePermission, count: number): void {
  if (permission === "byQueue" && count === 0) {
    throw refused(
      json,
      "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.",
    );
  }
  if (permission !== "byQueue" && count > 0) {
    throw refused(
      json,
      "To specify one or more source queue ARNs, you must set redrivePermission to byQueue.",
    );
  }
  if (count > sourceQueueArnsMax) {
    throw refused(
      json,
      `The maximum number of source queue ARNs you can specify is ${sourceQueueArnsMax}.`,
    );
  }
}

/** Whether the queue that has this policy may be the dead-letter queue of `sourceArn`. */
export function allowsSource(policy: RedriveAllowPolicy | undefined, sourceArn: string): boolean {
  switch (policy?.redrivePermission) {
    case undefined:
    case "allowAll":
      return true;
    case "denyAll":
      return false;
    case "byQueue":
      return policy.sourceQueueArns.includes(sourceArn);
  }
}

function refused(json: string, sentence: string): SqsError {
  return invalidParameter(
    "RedriveAllowPolicy",
    json,
    `Amazon SQS can't create the redrive allow policy. ${sentence}`,
  );
}

function unsupportedFormat(): SqsError {
  return invalidParameterValue(
    "Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format.",
  );
}
