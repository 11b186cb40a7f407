import { describe, expect, it } from "vitest";
import {
  checkDeduplicationId,
  checkGroupId,
  checkReceiveRequestAttemptId,
  deduplicationIdMissing,
  deduplicationIdNotValidHere,
  deduplicationIdNotValidInEntry,
  groupIdMissing,
  groupIdMissingInBatch,
} from "#engine/idParameters.ts";
import { refusalOf } from "../../support/refusalOf.ts";

const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

describe.each([
  { name: "MessageGroupId", check: checkGroupId },
  { name: "MessageDeduplicationId", check: checkDeduplicationId },
  { name: "ReceiveRequestAttemptId", check: checkReceiveRequestAttemptId },
])("$name", ({ name, check }) => {
  it.each([["x"], ["azAZ09"], [punctuation], ["x".repeat(128)]])("takes %s", (value) => {
    expect(check(value)).toBe(value);
  });

  it.each([[""], [" "], ["a b"], ["x".repeat(129)], ["ä"], ["a\t"], ["a\n"], ["\x7f"], ["😀"]])(
    "refuses %j",
    (value) => {
      expect(refusalOf(() => check(value))).toEqual([
        "InvalidParameterValueException",
        `Value ${value} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
      ]);
    },
  );
});

describe("the refusals that need the queue", () => {
  it.each([
    [
      groupIdMissing(),
      "MissingRequiredParameterException",
      "The request must contain the parameter MessageGroupId.",
    ],
    [
      groupIdMissingInBatch(),
      "InvalidParameterValueException",
      "The request must contain the parameter MessageGroupId.",
    ],
    [
      deduplicationIdMissing(),
      "InvalidParameterValueException",
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    ],
    [
      deduplicationIdNotValidHere("x"),
      "InvalidParameterValueException",
      "Value x for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type.",
    ],
    [
      deduplicationIdNotValidInEntry(),
      "InvalidParameterValueException",
      "The request include parameter that is not valid for this queue type",
    ],
  ])("%s", ({ error, message }, name, text) => {
    expect([error, message]).toEqual([name, text]);
  });
});
