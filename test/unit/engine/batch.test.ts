import { describe, expect, it } from "vitest";
import { queueDoesNotExist, SqsError } from "#contract/errors.ts";
import { checkBatchBytes, checkEntries, type EntryKind, failedEntry } from "#engine/batch.ts";
import { refusalOf } from "../../support/refusalOf.ts";

const kind: EntryKind = "SendMessageBatchRequestEntry";
const named = (...ids: string[]) => ids.map((Id) => ({ Id }));
const many = (count: number, id: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => ({ Id: id(index) }));

const badId = [
  "InvalidBatchEntryId",
  "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
];

describe("checkEntries", () => {
  it("gives back the entries in order", () => {
    const entries = [
      { Id: "b", MessageBody: "x" },
      { Id: "a-1_Z", MessageBody: "y" },
    ];

    expect(checkEntries(entries, kind)).toEqual(entries);
    expect(checkEntries(many(10, String), kind)).toHaveLength(10);
    expect(checkEntries(named("x".repeat(80)), kind)).toHaveLength(1);
  });

  it.each<[EntryKind]>([
    ["SendMessageBatchRequestEntry"],
    ["DeleteMessageBatchRequestEntry"],
    ["ChangeMessageVisibilityBatch"],
  ])("asks for at least one %s", (each) => {
    expect(refusalOf(() => checkEntries([], each))).toEqual([
      "EmptyBatchRequest",
      `There should be at least one ${each} in the request.`,
    ]);
  });

  // Each row breaks its own rule and every later one, so the rows are in the order of the rules.
  it.each([
    [
      "no list",
      undefined,
      ["MissingRequiredParameterException", "The request must contain the parameter Entries."],
    ],
    [
      "eleven entries",
      [...many(10, () => "same"), { Id: "" }],
      [
        "TooManyEntriesInBatchRequest",
        "Maximum number of entries per request are 10. You have sent 11.",
      ],
    ],
    ["a bad id after a repeated one", named("same", "same", "b d"), badId],
    ["a repeated id", named("same", "same"), ["BatchEntryIdsNotDistinct", "Id same repeated."]],
  ])("refuses %s", (_, entries, refusal) => {
    expect(refusalOf(() => checkEntries(entries, kind))).toEqual(refusal);
  });

  it.each([[""], ["x".repeat(81)], ["a b"], ["a.b"], ["ä"], ["a\n"]])("refuses the id %j", (id) => {
    expect(refusalOf(() => checkEntries(named("good", id), kind))).toEqual(badId);
  });

  it("refuses an entry without an id", () => {
    expect(refusalOf(() => checkEntries([{}], kind))).toEqual(badId);
  });

  it("names the id that is first met again, and tells capitals apart", () => {
    const ids = named("id_1", "id_2", "id_2", "id_1");

    expect(refusalOf(() => checkEntries(ids, kind))?.[1]).toBe("Id id_2 repeated.");
    expect(checkEntries(named("a", "A"), kind)).toHaveLength(2);
  });
});

describe("checkBatchBytes", () => {
  it("takes one mebibyte and not a byte more", () => {
    expect(refusalOf(() => checkBatchBytes(1_048_576))).toBe(undefined);
    expect(refusalOf(() => checkBatchBytes(1_048_577))).toEqual([
      "BatchRequestTooLong",
      "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
    ]);
  });
});

describe("failedEntry", () => {
  it.each([
    [
      queueDoesNotExist(),
      {
        SenderFault: true,
        Code: "AWS.SimpleQueueService.NonExistentQueue",
        Message: "The specified queue does not exist.",
      },
    ],
    [
      new SqsError("InvalidParameterValueException", "text"),
      { SenderFault: true, Code: "InvalidParameterValue", Message: "text" },
    ],
    [
      new SqsError("InternalFailure", "text"),
      { SenderFault: false, Code: "InternalFailure", Message: "text" },
    ],
  ])("carries the Query code of %o", (error, rest) => {
    expect(failedEntry("one", error)).toEqual({ Id: "one", ...rest });
  });
});
