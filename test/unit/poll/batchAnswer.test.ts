import { describe, expect, it } from "vitest";
import { readBatchAnswer, sortOut } from "#poll/batchAnswer.ts";
import type { Message } from "#poll/lambdaEvent.ts";

function aMessage(messageId: string, groupId?: string): Message {
  return {
    messageId,
    groupId,
    receiptHandle: `handle of ${messageId}`,
    record: "{}",
    recordBytes: 2,
  };
}

const batch = ["m1", "m2", "m3"].map((id) => aMessage(id));

describe("readBatchAnswer", () => {
  it.each([
    ["nothing", ""],
    ["null", "null"],
    ["an empty object", "{}"],
    ["an object that says nothing of failures", '{"statusCode":200}'],
    ["a list that is null", '{"batchItemFailures":null}'],
    ["an empty list", '{"batchItemFailures":[]}'],
  ])("takes %s for a success", (_, payload) => {
    expect(readBatchAnswer(payload, batch)).toEqual({ kind: "sorted", failed: new Set() });
  });

  it("finds the messages that failed", () => {
    const payload = '{"batchItemFailures":[{"itemIdentifier":"m3"},{"itemIdentifier":"m1"}]}';

    expect(readBatchAnswer(payload, batch)).toEqual({
      kind: "sorted",
      failed: new Set(["m1", "m3"]),
    });
  });

  it.each([
    ["what is not JSON", "all fine"],
    ["a text", '"all fine"'],
    ["a number", "3"],
    ["a list", "[]"],
    ["failures that are no list", '{"batchItemFailures":{"itemIdentifier":"m1"}}'],
    ["an empty identifier", '{"batchItemFailures":[{"itemIdentifier":""}]}'],
    ["an identifier that is null", '{"batchItemFailures":[{"itemIdentifier":null}]}'],
    ["an identifier under a wrong name", '{"batchItemFailures":[{"messageId":"m1"}]}'],
    ["bare identifiers", '{"batchItemFailures":["m1"]}'],
    ["an item that is null", '{"batchItemFailures":[null]}'],
    [
      "a message that was not in the batch, beside one that was",
      '{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m9"}]}',
    ],
  ])("takes %s for a failure of the whole batch", (_, payload) => {
    expect(readBatchAnswer(payload, batch)).toMatchObject({ kind: "allFailed" });
  });
});

describe("sortOut", () => {
  it("keeps, of each group, what comes behind a failure", () => {
    const grouped = [
      aMessage("a1", "a"),
      aMessage("b1", "b"),
      aMessage("a2", "a"),
      aMessage("b2", "b"),
      aMessage("a3", "a"),
    ];

    const { handled, unhandled } = sortOut(grouped, new Set(["a2"]));

    expect(handled.map(({ messageId }) => messageId)).toEqual(["a1", "b1", "b2"]);
    expect(unhandled.map(({ messageId }) => messageId)).toEqual(["a2", "a3"]);
  });
});
