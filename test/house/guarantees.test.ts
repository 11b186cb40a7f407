import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const promises = rowsOf(readFileSync("docs/guarantees.md", "utf8"));
const attacks = rowsOf(sectionOf(readFileSync("docs/testing.md", "utf8"), "Floods and attacks"));

/** The rows of a page's tables, but for their heads and the lines below those. */
function rowsOf(page: string): readonly string[] {
  return page
    .split("\n")
    .filter((line, at, lines) => line.startsWith("|") && !isHead(line, lines[at + 1]));
}

function sectionOf(page: string, title: string): string {
  return page.split(/^## /m).find((section) => section.startsWith(title)) ?? "";
}

function isHead(line: string, next = ""): boolean {
  return /^\|[ -|]*---/.test(line) || /^\|[ -|]*---/.test(next);
}

/** The tests that a row names: a file, and words of the titles of tests in it. */
function testsIn(row: string): readonly (readonly [file: string, title: string])[] {
  return [...row.matchAll(/`(test\/[\w./]+\.ts)`((?:,? "[^"]+")+)/g)].flatMap(
    ([, file = "", titles = ""]) =>
      [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => [file, title] as const),
  );
}

describe.each([
  ["docs/guarantees.md", promises, 25],
  ["the floods and attacks of docs/testing.md", attacks, 18],
])("%s", (_page, rows, count) => {
  it("name for each row a test that holds it", () => {
    expect(rows.length).toBeGreaterThan(count);
    expect(rows.filter((row) => testsIn(row).length === 0)).toEqual([]);
  });

  it("name files and titles that are there", () => {
    const wrong = rows
      .flatMap(testsIn)
      .filter(([file, title]) => !existsSync(file) || !readFileSync(file, "utf8").includes(title));

    expect(wrong).toEqual([]);
  });
});
