import { describe, expect, it } from "vitest";
import type { Attributes, Condition, Key, Table, Write } from "#table/table.ts";
import type { Setup } from "./fixture.ts";

interface Case {
  readonly says: string;
  readonly attributes: Attributes;
  readonly when: Condition;
  readonly holds: boolean;
}

const bytes = Uint8Array.of(0, 1, 255);
const otherBytes = Uint8Array.of(0, 1, 254);

const cases: readonly Case[] = [
  {
    says: "absent holds for a missing attribute",
    attributes: {},
    when: [{ attribute: "a", is: "absent" }],
    holds: true,
  },
  {
    says: "absent fails for an attribute",
    attributes: { a: 1 },
    when: [{ attribute: "a", is: "absent" }],
    holds: false,
  },
  {
    says: "absent fails for an empty string",
    attributes: { a: "" },
    when: [{ attribute: "a", is: "absent" }],
    holds: false,
  },
  {
    says: "absent fails for empty bytes",
    attributes: { a: new Uint8Array() },
    when: [{ attribute: "a", is: "absent" }],
    holds: false,
  },
  {
    says: "present holds for an attribute",
    attributes: { a: 0 },
    when: [{ attribute: "a", is: "present" }],
    holds: true,
  },
  {
    says: "present fails for a missing attribute",
    attributes: { b: 1 },
    when: [{ attribute: "a", is: "present" }],
    holds: false,
  },
  {
    says: "names of another case are other attributes",
    attributes: { A: 1 },
    when: [{ attribute: "a", is: "present" }],
    holds: false,
  },
  ...equalCases(),
  {
    says: "prefixed holds for a string that starts so",
    attributes: { a: "prefix and more" },
    when: [{ attribute: "a", is: "prefixed", value: "prefix" }],
    holds: true,
  },
  {
    says: "prefixed holds for the string itself",
    attributes: { a: "prefix" },
    when: [{ attribute: "a", is: "prefixed", value: "prefix" }],
    holds: true,
  },
  {
    says: "prefixed fails for a shorter string",
    attributes: { a: "pre" },
    when: [{ attribute: "a", is: "prefixed", value: "prefix" }],
    holds: false,
  },
  {
    says: "prefixed fails for another case",
    attributes: { a: "Prefix" },
    when: [{ attribute: "a", is: "prefixed", value: "prefix" }],
    holds: false,
  },
  {
    says: "prefixed fails for a missing attribute",
    attributes: {},
    when: [{ attribute: "a", is: "prefixed", value: "prefix" }],
    holds: false,
  },
  {
    says: "prefixed fails for a number",
    attributes: { a: 12 },
    when: [{ attribute: "a", is: "prefixed", value: "1" }],
    holds: false,
  },
  {
    says: "prefixed takes no character as a pattern",
    attributes: { a: "axb" },
    when: [{ attribute: "a", is: "prefixed", value: "a%" }],
    holds: false,
  },
  ...aboveCases(),
  {
    says: "several tests hold together",
    attributes: { a: "token 1", n: 3 },
    when: [
      { attribute: "a", is: "prefixed", value: "token" },
      { attribute: "n", is: "equal", value: 3 },
      { attribute: "z", is: "absent" },
    ],
    holds: true,
  },
  {
    says: "several tests fail when one does",
    attributes: { a: "token 1", n: 3 },
    when: [
      { attribute: "a", is: "prefixed", value: "token" },
      { attribute: "n", is: "equal", value: 4 },
      { attribute: "z", is: "absent" },
    ],
    holds: false,
  },
  {
    says: "two tests of one attribute both count",
    attributes: { a: "token 1" },
    when: [
      { attribute: "a", is: "present" },
      { attribute: "a", is: "equal", value: "token 2" },
    ],
    holds: false,
  },
  {
    says: "no tests hold",
    attributes: {},
    when: [],
    holds: true,
  },
];

/** What each kind of test says, through each way of writing. */
export function describeConditions(setup: Setup): void {
  describe.each(ways)("condition of a $name", ({ writesOf, holds: seen }) => {
    it.each(cases)("$says", async ({ attributes, when, holds }) => {
      const { table, pk } = setup();
      const keys = ["first", "second"].map((sk) => ({ pk, sk }));
      await table.writeMany(keys.map((key) => ({ kind: "put", item: { ...key, ...attributes } })));

      const result = await seen(table, writesOf(keys, when));

      expect(result).toBe(holds);
    });

    it("fails for every item that is not there", async () => {
      const { table, pk } = setup();
      const keys = ["first", "second"].map((sk) => ({ pk, sk }));

      const results = [
        await seen(table, writesOf(keys, [])),
        await seen(table, writesOf(keys, [{ attribute: "a", is: "absent" }])),
        await seen(table, writesOf(keys, [{ attribute: "a", is: "present" }])),
        await seen(table, writesOf(keys, [{ attribute: "a", is: "equal", value: "x" }])),
        await seen(table, writesOf(keys, [{ attribute: "a", is: "prefixed", value: "x" }])),
        await seen(table, writesOf(keys, [{ attribute: "a", is: "above", value: "" }])),
      ];

      expect(results).toEqual([false, false, false, false, false, false]);
    });
  });
}

interface Way {
  readonly name: string;
  readonly writesOf: (keys: readonly Key[], when: Condition) => readonly Write[];
  /** Whether the condition held for every write. */
  readonly holds: (table: Table, writes: readonly Write[]) => Promise<boolean>;
}

const ways: readonly Way[] = [
  { name: "patch", writesOf: patches, holds: heldSingly },
  { name: "delete", writesOf: deletes, holds: heldSingly },
  { name: "patch among many", writesOf: patches, holds: heldInBatch },
  { name: "delete among many", writesOf: deletes, holds: heldInBatch },
  { name: "patch in a transaction", writesOf: patches, holds: heldInTransaction },
  { name: "delete in a transaction", writesOf: deletes, holds: heldInTransaction },
];

function patches(keys: readonly Key[], when: Condition): readonly Write[] {
  return keys.map((key) => ({ kind: "patch", key, set: { written: 1 }, when }));
}

function deletes(keys: readonly Key[], when: Condition): readonly Write[] {
  return keys.map((key) => ({ kind: "delete", key, when }));
}

async function heldSingly(table: Table, writes: readonly Write[]): Promise<boolean> {
  const outcomes: string[] = [];
  for (const write of writes) outcomes.push((await table.write(write)).outcome);
  return allAgree(outcomes);
}

async function heldInBatch(table: Table, writes: readonly Write[]): Promise<boolean> {
  return allAgree((await table.writeMany(writes)).map(({ outcome }) => outcome));
}

async function heldInTransaction(table: Table, writes: readonly Write[]): Promise<boolean> {
  const result = await table.transact(writes);
  if (result.outcome === "written") return true;
  expect(result.failures.map(({ failed }) => failed)).toEqual(writes.map(() => true));
  return false;
}

function allAgree(outcomes: readonly string[]): boolean {
  expect(new Set(outcomes).size).toBe(1);
  return outcomes[0] === "written";
}

function equalCases(): readonly Case[] {
  const rows = [
    ["the same string", "text", "text", true],
    ["another string", "text", "Text", false],
    ["the empty string", "", "", true],
    ["a string that only starts so", "text", "tex", false],
    ["the same number", 7, 7, true],
    ["zero", 0, 0, true],
    ["a negative number", -7, -7, true],
    ["another number", 7, 8, false],
    ["a number written as a string", 7, "7", false],
    ["the same bytes", bytes, bytes, true],
    ["other bytes", bytes, otherBytes, false],
    ["fewer bytes", bytes, bytes.slice(0, 2), false],
    ["empty bytes", new Uint8Array(), new Uint8Array(), true],
    ["bytes that spell the string", "a", new TextEncoder().encode("a"), false],
  ] as const;
  return [
    ...rows.map(([what, stored, value, holds]) => ({
      says: `equal ${holds ? "holds" : "fails"} for ${what}`,
      attributes: { a: stored },
      when: [{ attribute: "a", is: "equal", value }] as const,
      holds,
    })),
    {
      says: "equal fails for a missing attribute",
      attributes: {},
      when: [{ attribute: "a", is: "equal", value: "" }],
      holds: false,
    },
  ];
}

function aboveCases(): readonly Case[] {
  const rows = [
    ["a greater string", "b", "a", true],
    ["a string that goes on", "ab", "a", true],
    ["a small letter, after every capital", "a", "Z", true],
    ["digits, one by one", "9", "10", true],
    ["anything, after the empty string", "a", "", true],
    ["the same string", "a", "a", false],
    ["a smaller string", "a", "b", false],
    ["a string that ends sooner", "a", "ab", false],
    ["the empty string", "", "", false],
    ["a character of more bytes", "é", "z", true],
    ["a character of fewer bytes", "z", "é", false],
    ["a character beyond U+FFFF, by its bytes", "x𝄞", "x\uffff", true],
    ["a character up to U+FFFF, by its bytes", "x\uffff", "x𝄞", false],
    ["a greater character beyond U+FFFF", "\u{10ffff}", "𝄞", true],
    ["a number", 7, "", false],
    ["bytes", bytes, "", false],
  ] as const;
  return [
    ...rows.map(([what, stored, value, holds]) => ({
      says: `above ${holds ? "holds" : "fails"} for ${what}`,
      attributes: { a: stored },
      when: [{ attribute: "a", is: "above", value }] as const,
      holds,
    })),
    {
      says: "above fails for a missing attribute",
      attributes: {},
      when: [{ attribute: "a", is: "above", value: "" }],
      holds: false,
    },
  ];
}
