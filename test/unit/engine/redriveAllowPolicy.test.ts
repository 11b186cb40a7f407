import { describe, expect, it } from "vitest";
import { allowsSource, parseRedriveAllowPolicy } from "#engine/redriveAllowPolicy.ts";
import { refusalOf } from "../../support/refusalOf.ts";

const arns = Array.from(
  { length: 11 },
  (_, index) => `arn:aws:sqs:eu-central-1:123456789012:source${index}`,
);
const [first = "", second = ""] = arns;

const byQueue = (sources: readonly string[]) =>
  JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: sources });

describe("parseRedriveAllowPolicy", () => {
  it.each([
    ['{"redrivePermission":"allowAll"}', "allowAll", []],
    [' { "redrivePermission" : "denyAll" } ', "denyAll", []],
    ['{"redrivePermission":"denyAll","sourceQueueArns":[]}', "denyAll", []],
    [byQueue([first]), "byQueue", [first]],
    [byQueue(arns.slice(0, 10)), "byQueue", arns.slice(0, 10)],
  ])("reads %s and keeps its text", (text, redrivePermission, sourceQueueArns) => {
    expect(parseRedriveAllowPolicy(text)).toEqual({ text, redrivePermission, sourceQueueArns });
  });

  it.each([
    ["x"],
    ["[]"],
    ["null"],
    ["{}"],
    [`{"sourceQueueArns":["${first}"]}`],
    ['{"redrivePermission":"AllowAll"}'],
    ['{"redrivePermission":3}'],
    ['{"redrivePermission":"denyAll","other":1}'],
    ['{"redrivePermission":"denyAll","__proto__":1}'],
    [`{"redrivePermission":"byQueue","sourceQueueArns":"${first}"}`],
    ['{"redrivePermission":"byQueue","sourceQueueArns":[3]}'],
    ['{"redrivePermission":"byQueue","sourceQueueArns":["source"]}'],
    ['{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sns:r:123456789012:x"]}'],
  ])("refuses the format of %s", (text) => {
    expect(refusalOf(() => parseRedriveAllowPolicy(text))).toEqual([
      "InvalidParameterValueException",
      "Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format.",
    ]);
  });

  it.each([
    [
      '{"redrivePermission":"byQueue"}',
      "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.",
    ],
    [
      byQueue([]),
      "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.",
    ],
    [
      byQueue([first]).replace("byQueue", "allowAll"),
      "To specify one or more source queue ARNs, you must set redrivePermission to byQueue.",
    ],
    [
      byQueue(arns).replace("byQueue", "denyAll"),
      "To specify one or more source queue ARNs, you must set redrivePermission to byQueue.",
    ],
    [byQueue(arns), "The maximum number of source queue ARNs you can specify is 10."],
  ])("refuses %s", (text, sentence) => {
    expect(refusalOf(() => parseRedriveAllowPolicy(text))).toEqual([
      "InvalidParameterValueException",
      `Value ${text} for parameter RedriveAllowPolicy is invalid. Reason: Amazon SQS can't create the redrive allow policy. ${sentence}`,
    ]);
  });
});

describe("allowsSource", () => {
  it.each([
    ["no policy", undefined, true],
    ["allowAll", '{"redrivePermission":"allowAll"}', true],
    ["denyAll", '{"redrivePermission":"denyAll"}', false],
    ["byQueue with the source", byQueue([second, first]), true],
    ["byQueue with another", byQueue([second]), false],
  ])("%s", (_, text, expected) => {
    const policy = text === undefined ? undefined : parseRedriveAllowPolicy(text);

    expect(allowsSource(policy, first)).toBe(expected);
  });
});
