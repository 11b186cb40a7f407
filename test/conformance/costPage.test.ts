import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { measuredCostPage } from "../../bench/cost.ts";
import { ownDynamodb } from "../support/ownDynamodb.ts";

const dynamodb = ownDynamodb();

describe("docs/cost.md", () => {
  it("prices what is measured today", async ({ skip }) => {
    skip(dynamodb.missing !== undefined, dynamodb.missing);

    // `npm run cost` writes it anew.
    expect(await readFile("docs/cost.md", "utf8")).toBe(await measuredCostPage(dynamodb.endpoint));
  });
});
