import { invalidParameter, invalidParameterValue, type SqsError } from "#contract/errors.ts";
import { maxReceiveCount as countRange, within } from "#contract/limits.ts";
import { parseArn } from "#contract/names.ts";
import { parseJsonObject } from "./jsonText.ts";

/** When messages leave a queue for its dead-letter queue (spec section 3.4). */
export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

const members = ["maxReceiveCount", "deadLetterTargetArn"];

/**
 * Reads the `RedrivePolicy` attribute and refuses what its text alone shows to be wrong, in the
 * order of spec section 3.4. Whether the target may be used is for the caller to find out, with the
 * refusals below.
 */
export function parseRedrivePolicy(json: string): RedrivePolicy {
  const policy = parseJsonObject(json);
  if (policy === undefined) {
    throw invalidParameterValue(
      "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.",
    );
  }
  for (const member of members) {
    if (policy.has(member)) continue;
    throw redrivePolicyRefused(
      json,
      `Redrive policy does not contain mandatory attribute: ${member}.`,
    );
  }
  if (policy.size > members.length) {
    throw redrivePolicyRefused(
      json,
      "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].",
    );
  }
  const maxReceiveCount = readCount(json, policy.get("maxReceiveCount"));
  const deadLetterTargetArn = readTarget(json, policy.get("deadLetterTargetArn"));
  return { deadLetterTargetArn, maxReceiveCount };
}

/** The policy as GetQueueAttributes shows it: compact, two keys in this order, a numeric count. */
export function redrivePolicyText({ deadLetterTargetArn, maxReceiveCount }: RedrivePolicy): string {
  return JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
}

function readCount(json: string, value: unknown): number {
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof count === "number" && within(countRange, count)) return count;
  const given = typeof value === "string" ? value : JSON.stringify(value);
  throw redrivePolicyRefused(
    json,
    `Invalid value for maxReceiveCount: ${given}, valid values are from 1 to 1000 both inclusive.`,
  );
}

function readTarget(json: string, value: unknown): string {
  const arn = typeof value === "string" ? parseArn(value) : undefined;
  if (typeof value !== "string" || arn === undefined) {
    throw redrivePolicyRefused(json, "Dead-letter target ARN should be fully qualified ARN.");
  }
  if (arn.service !== "sqs") {
    throw redrivePolicyRefused(
      json,
      "Only SQS queues are valid resources for deadLetterTargetArn.",
    );
  }
  return value;
}

/** The refusal of a redrive policy. `json` is the attribute as it was submitted. */
function redrivePolicyRefused(json: string, reason: string): SqsError {
  return invalidParameter("RedrivePolicy", json, reason);
}

/** The target is of another account or region than the source (spec section 3.4). */
export function deadLetterOwnerDiffers(json: string): SqsError {
  return redrivePolicyRefused(json, "Dead-letter target owner should be same as the source.");
}

/** There is no such target queue (spec section 3.4). */
export function deadLetterTargetMissing(json: string): SqsError {
  return redrivePolicyRefused(json, "Dead letter target does not exist.");
}

/** One of source and target is FIFO and the other is not. SQS's text ends in two full stops. */
export function deadLetterTypeDiffers(json: string): SqsError {
  return redrivePolicyRefused(json, "Dead-letter queue must be same type of queue as the source..");
}

/** The target's `RedriveAllowPolicy` names other sources. The text is ours: SQS's is not known. */
export function deadLetterNotAllowed(json: string): SqsError {
  return redrivePolicyRefused(
    json,
    "Dead-letter target does not allow this queue as a source queue.",
  );
}
