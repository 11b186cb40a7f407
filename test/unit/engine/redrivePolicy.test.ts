import { describe, expect, it } from "vitest";
import {
  deadLetterNotAllowed,
  deadLetterOwnerDiffers,
  deadLetterTargetMissing,
  deadLetterTypeDiffers,
  parseRedrivePolicy,
  redrivePolicyText,
} from "#engine/redrivePolicy.ts";
import { refusalOf } from "../../support/refusalOf.ts";

const arn = "arn:aws:sqs:eu-central-1:123456789012:failed";

describe("parseRedrivePolicy", () => {
  it.each([
    [`{"deadLetterTargetArn":"${arn}","maxReceiveCount":5}`, 5],
    [`{"maxReceiveCount":"5","deadLetterTargetArn":"${arn}"}`, 5],
    [` { "maxReceiveCount" : 1 , "deadLetterTargetArn" : "${arn}" } `, 1],
    [`{"maxReceiveCount":"1000","deadLetterTargetArn":"${arn}"}`, 1000],
    [`{"maxReceiveCount":5.0,"deadLetterTargetArn":"${arn}"}`, 5],
  ])("reads %s", (json, maxReceiveCount) => {
    const policy = parseRedrivePolicy(json);

    expect(policy).toEqual({ deadLetterTargetArn: arn, maxReceiveCount });
    expect(redrivePolicyText(policy)).toBe(
      `{"deadLetterTargetArn":"${arn}","maxReceiveCount":${maxReceiveCount}}`,
    );
  });

  it.each([["x"], ["[]"], ["null"], ["3"], ['"{}"'], ["{"], [" "]])(
    "refuses %j as no map",
    (json) => {
      expect(refusalOf(() => parseRedrivePolicy(json))).toEqual([
        "InvalidParameterValueException",
        "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.",
      ]);
    },
  );

  // Each row breaks its own rule and every later one, so the rows are in the order of the rules.
  it.each([
    ['{"other":1}', "Redrive policy does not contain mandatory attribute: maxReceiveCount."],
    [
      '{"other":1,"maxReceiveCount":0}',
      "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.",
    ],
    [
      '{"other":1,"maxReceiveCount":0,"deadLetterTargetArn":"x"}',
      "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].",
    ],
    [
      '{"maxReceiveCount":0,"deadLetterTargetArn":"x"}',
      "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.",
    ],
    [
      '{"maxReceiveCount":1,"deadLetterTargetArn":"x"}',
      "Dead-letter target ARN should be fully qualified ARN.",
    ],
    [
      '{"maxReceiveCount":1,"deadLetterTargetArn":"arn:aws:sns:eu-central-1:123456789012:x"}',
      "Only SQS queues are valid resources for deadLetterTargetArn.",
    ],
  ])("refuses %s", (json, reason) => {
    expect(refusalOf(() => parseRedrivePolicy(json))).toEqual([
      "InvalidParameterValueException",
      `Value ${json} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
    ]);
  });

  it.each([
    ["1001", "1001"],
    ["-1", "-1"],
    ["1.5", "1.5"],
    ["null", "null"],
    ["true", "true"],
    ["[5]", "[5]"],
    ['""', ""],
    ['" 5"', " 5"],
    ['"five"', "five"],
    ['"1e2"', "1e2"],
  ])("refuses the count %s", (count, shown) => {
    const json = `{"maxReceiveCount":${count},"deadLetterTargetArn":"${arn}"}`;

    expect(refusalOf(() => parseRedrivePolicy(json))?.[1]).toBe(
      `Value ${json} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: ${shown}, valid values are from 1 to 1000 both inclusive.`,
    );
  });

  it.each([['""'], ["null"], ["3"], ['"failed"'], ['"arn:aws:sqs:eu-central-1:123456789012"']])(
    "refuses the target %s as no ARN",
    (target) => {
      const json = `{"maxReceiveCount":1,"deadLetterTargetArn":${target}}`;

      expect(refusalOf(() => parseRedrivePolicy(json))?.[1]).toBe(
        `Value ${json} for parameter RedrivePolicy is invalid. Reason: Dead-letter target ARN should be fully qualified ARN.`,
      );
    },
  );
});

describe("the refusals of a target", () => {
  it.each([
    [deadLetterOwnerDiffers, "Dead-letter target owner should be same as the source."],
    [deadLetterTargetMissing, "Dead letter target does not exist."],
    [deadLetterTypeDiffers, "Dead-letter queue must be same type of queue as the source.."],
    [deadLetterNotAllowed, "Dead-letter target does not allow this queue as a source queue."],
  ])("%o", (refusal, reason) => {
    const { error, message } = refusal("{…}");

    expect(error).toBe("InvalidParameterValueException");
    expect(message).toBe(`Value {…} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  });
});
