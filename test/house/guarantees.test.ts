import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const page = readFileSync("docs/guarantees.md", "utf8");

/** The rows of the page's tables, but for their heads and the lines below those. */
const rows = page
  .split("\n")
  .filter((line, at, lines) => line.startsWith("|") && !isHead(line, lines[at + 1]));

function isHead(line: string, next = ""): boolean {
  return /^\|[ -|]*---/.test(line) || /^\|[ -|]*---/.test(next);
}

/** The tests that a row names: a file, and words of the title of a test in it. */
function testsIn(row: string): readonly (readonly [file: string, title: string])[] {
  return [...row.matchAll(/`(test\/[\w./]+\.ts)` "([^"]+)"/g)].map(
    ([, file = "", title = ""]) => [file, title] as const,
  );
}

describe("docs/guarantees.md", () => {
  it("names for each promise a test that holds it", () => {
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.filter((row) => testsIn(row).length === 0)).toEqual([]);
  });

  it("names files and titles that are there", () => {
    const wrong = rows
      .flatMap(testsIn)
      .filter(([file, title]) => !existsSync(file) || !readFileSync(file, "utf8").includes(title));

    expect(wrong).toEqual([]);
  });
});
