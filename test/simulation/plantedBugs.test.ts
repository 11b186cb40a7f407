import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { plantedBugs } from "./plantedBugs.ts";

const root = join(import.meta.dirname, "../..");

describe("the planted bugs", () => {
  it.each(plantedBugs)("can be planted still: $name", async ({ changes }) => {
    for (const { file, find, put } of changes) {
      const source = await readFile(join(root, file), "utf8");
      expect(source.split(find), `${file}: ${find}`).toHaveLength(2);
      expect(put).not.toBe(find);
    }
  });

  it("are listed in the documentation, with what finds each", async () => {
    const page = await readFile(join(root, "docs/testing.md"), "utf8");
    const rows = plantedBugs.map(
      ({ name, breaks, simulation }) => `| ${name} | ${breaks} | ${simulation} |`,
    );
    expect(rows.filter((row) => !page.includes(row))).toEqual([]);
  });
});
