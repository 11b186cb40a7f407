import { describe, expect, it } from "vitest";
import { resultOfFailedCondition } from "#table/dynamodb/lostAnswer.ts";
import type { Delete, Insert, Item, Patch } from "#table/table.ts";

const key = { pk: "p", sk: "s" };
const insert: Insert = { kind: "insert", item: { ...key, n: 1, b: Uint8Array.of(1) } };
const patch: Patch = { kind: "patch", key, set: { n: 1, t: "" }, remove: ["gone"], when: [] };
const removal: Patch = { kind: "patch", key, set: {}, remove: ["gone"], when: [] };
const deletion: Delete = { kind: "delete", key, when: [] };

interface Case {
  readonly says: string;
  readonly write: Insert | Patch | Delete;
  readonly current: Item | undefined;
  readonly outcome: "written" | "conditionFailed";
}

const cases: readonly Case[] = [
  {
    says: "an insert that finds its own item is written",
    write: insert,
    current: { ...key, n: 1, b: Uint8Array.of(1) },
    outcome: "written",
  },
  {
    says: "an insert that finds other bytes has lost",
    write: insert,
    current: { ...key, n: 1, b: Uint8Array.of(2) },
    outcome: "conditionFailed",
  },
  {
    says: "an insert that finds its item with more in it has lost",
    write: insert,
    current: { ...key, n: 1, b: Uint8Array.of(1), more: 1 },
    outcome: "conditionFailed",
  },
  {
    says: "an insert that finds its item with less in it has lost",
    write: insert,
    current: { ...key, n: 1 },
    outcome: "conditionFailed",
  },
  {
    says: "an insert that finds nothing any more has lost",
    write: insert,
    current: undefined,
    outcome: "conditionFailed",
  },
  {
    says: "a patch that finds what it sets is written, whatever else is there",
    write: patch,
    current: { ...key, n: 1, t: "", other: 5 },
    outcome: "written",
  },
  {
    says: "a patch that finds a part of what it sets has lost",
    write: patch,
    current: { ...key, n: 1 },
    outcome: "conditionFailed",
  },
  {
    says: "a patch that finds a value of another kind has lost",
    write: patch,
    current: { ...key, n: "1", t: "" },
    outcome: "conditionFailed",
  },
  {
    says: "a patch that finds what it removes has lost",
    write: patch,
    current: { ...key, n: 1, t: "", gone: 1 },
    outcome: "conditionFailed",
  },
  {
    says: "a patch that finds nothing has lost",
    write: patch,
    current: undefined,
    outcome: "conditionFailed",
  },
  {
    says: "a patch that only removes cannot tell",
    write: removal,
    current: key,
    outcome: "conditionFailed",
  },
  {
    says: "a delete cannot tell",
    write: deletion,
    current: undefined,
    outcome: "conditionFailed",
  },
];

describe("resultOfFailedCondition", () => {
  it.each(cases)("$says, when it was sent again", ({ write, current, outcome }) => {
    expect(resultOfFailedCondition(write, current, true)).toEqual({ outcome, current });
  });

  it.each(cases)("takes the condition at its word when sent once: $says", ({ write, current }) => {
    const result = resultOfFailedCondition(write, current, false);

    expect(result).toEqual({ outcome: "conditionFailed", current });
  });
});
