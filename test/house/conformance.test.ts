import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { operations } from "#contract/operations.ts";
import { conformanceLacks } from "../../build/conformanceLacks.ts";

const page = readFileSync("docs/conformance.md", "utf8");
const readme = readFileSync("README.md", "utf8");

/** The page with one row altered. */
function withRow(start: string, alter: (row: string) => string): string {
  const row = page.split("\n").find((line) => line.startsWith(start));
  if (row === undefined) throw new Error(`expected a row that starts with ${start}`);
  return page.replace(row, alter(row));
}

describe("docs/conformance.md", () => {
  it("shows every action over both protocols on both tables, and every trap with its test", () => {
    expect(conformanceLacks(page)).toEqual([]);
  });

  it("would lack an action that has no row", () => {
    const without = withRow("| CancelMessageMoveTask |", () => "");

    expect(conformanceLacks(without)).toContain(
      "CancelMessageMoveTask is not answered in Query on DynamoDB",
    );
  });

  it("would lack an action that is refused only", () => {
    const refused = withRow("| TagQueue |", (row) => row.replaceAll(/\d+ \+ /g, "0 + "));

    expect(conformanceLacks(refused)).toEqual([
      "TagQueue is not answered in JSON on SQLite",
      "TagQueue is not answered in JSON on DynamoDB",
      "TagQueue is not answered in Query on SQLite",
      "TagQueue is not answered in Query on DynamoDB",
    ]);
  });

  it.each([
    ["no test", (row: string) => row.replace(/✓ \d+/, "lacking")],
    ["a test that was not run", (row: string) => row.replace("✓", "–")],
    ["a test that failed", (row: string) => row.replace("✓", "✗")],
  ])("would lack a trap with %s", (_name, alter) => {
    const lacks = conformanceLacks(withRow("| 13.21 |", alter));

    expect(lacks).toContain(
      "13.21 (carriage returns in XML are not escaped) has no test that holds",
    );
  });
});

describe("README.md", () => {
  it("names every action that is served, and no other", () => {
    const [, list = ""] = /## What is supported\n.*?\n\n(.*?)\n\n/s.exec(readme) ?? [];

    expect(list.split(/[\s·]+/).toSorted()).toEqual(Object.keys(operations).toSorted());
  });
});
