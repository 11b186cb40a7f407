import { describe, expect, it } from "vitest";
import {
  checkChangeVisibilityTimeout,
  checkDelaySeconds,
  checkEntryVisibilityTimeout,
  checkMaxNumberOfMessages,
  checkReceiveVisibilityTimeout,
  checkWaitTimeSeconds,
  delayNotValidHere,
  totalVisibilityBeyondLimit,
} from "#engine/parameters.ts";
import { refusalOf } from "../../support/refusalOf.ts";

const checks = [
  {
    check: checkDelaySeconds,
    name: "DelaySeconds",
    range: [0, 900],
    reason: "DelaySeconds must be >= 0 and <= 900.",
  },
  {
    check: checkMaxNumberOfMessages,
    name: "MaxNumberOfMessages",
    range: [1, 10],
    reason: "Must be between 1 and 10, if provided.",
  },
  {
    check: checkWaitTimeSeconds,
    name: "WaitTimeSeconds",
    range: [0, 20],
    reason: "Must be >= 0 and <= 20, if provided.",
  },
  {
    check: checkReceiveVisibilityTimeout,
    name: "VisibilityTimeout",
    range: [0, 43_200],
    reason: "Must be >= 0 and <= 43200, if provided.",
  },
  {
    check: checkChangeVisibilityTimeout,
    name: "VisibilityTimeout",
    range: [0, 43_200],
    reason: "Must be between 0 and 43200.",
  },
  {
    check: (value: number) => checkEntryVisibilityTimeout(value, 1),
    name: "VisibilityTimeout",
    range: [0, 43_200],
    reason: "VisibilityTimeout must be an integer between 0 and 43200.",
  },
];

describe.each(checks)("$name: $reason", ({ check, name, range: [min = 0, max = 0], reason }) => {
  it("gives back what is in range", () => {
    expect([min, min + 1, max].map((value) => check(value))).toEqual([min, min + 1, max]);
  });

  it.each([[min - 1], [max + 1], [2 ** 31], [1.5]])("refuses %d", (value) => {
    expect(refusalOf(() => check(value))).toEqual([
      "InvalidParameterValueException",
      `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`,
    ]);
  });
});

describe("an absent parameter", () => {
  it("is left to the queue's own value where there is one", () => {
    expect(checkDelaySeconds(undefined)).toBe(undefined);
    expect(checkWaitTimeSeconds(undefined)).toBe(undefined);
    expect(checkReceiveVisibilityTimeout(undefined)).toBe(undefined);
  });

  it("asks for one message", () => {
    expect(checkMaxNumberOfMessages(undefined)).toBe(1);
  });

  it("is missed where there is no default", () => {
    expect(refusalOf(() => checkChangeVisibilityTimeout(undefined))).toEqual([
      "MissingRequiredParameterException",
      "The request must contain the parameter VisibilityTimeout.",
    ]);
    expect(refusalOf(() => checkEntryVisibilityTimeout(undefined, 3))).toEqual([
      "MissingRequiredParameterException",
      "The request must contain the parameter ChangeMessageVisibilityBatchRequestEntry.3.VisibilityTimeout.",
    ]);
  });
});

describe("the refusals that need the queue", () => {
  it.each([
    [
      delayNotValidHere(5),
      "Value 5 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.",
    ],
    [
      totalVisibilityBeyondLimit(43_200),
      "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
    ],
  ])("%s", ({ error, message }, text) => {
    expect([error, message]).toEqual(["InvalidParameterValueException", text]);
  });
});
