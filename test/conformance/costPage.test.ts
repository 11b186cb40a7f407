import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measuredCostPage } from "../../bench/cost.ts";
import {
  type DynamodbEngine,
  startDynamodbEngine,
  whyNoDynamodbEngine,
} from "../support/dynamodbEngine.ts";

const missing = whyNoDynamodbEngine();
let dynamodb: DynamodbEngine | undefined;

beforeAll(async () => {
  if (missing === undefined) dynamodb = await startDynamodbEngine();
});
afterAll(async () => {
  await dynamodb?.stop();
});

describe("docs/cost.md", () => {
  it("prices what is measured today", async ({ skip }) => {
    skip(missing !== undefined, missing);

    // `npm run cost` writes it anew.
    expect(await readFile("docs/cost.md", "utf8")).toBe(
      await measuredCostPage(dynamodb?.endpoint ?? ""),
    );
  });
});
