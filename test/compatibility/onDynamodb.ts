import { afterAll, beforeAll } from "vitest";
import type { Table } from "#table/table.ts";
import {
  type DynamodbEngine,
  startDynamodbEngine,
  whyNoDynamodbEngine,
} from "../support/dynamodbEngine.ts";
import { freshDynamodbTable } from "../support/dynamodbFreshTable.ts";

/** What a suite needs to know of the table that it runs on. */
export interface OnDynamodb {
  readonly name: string;
  /** Why the table cannot be had here, if it cannot. */
  readonly missing: string | undefined;
  readonly open: () => Promise<Table>;
}

/** One engine for all suites of a test file; a table of its own for each. */
export function onDynamodb(): OnDynamodb {
  const missing = whyNoDynamodbEngine();
  let engine: DynamodbEngine | undefined;
  beforeAll(async () => {
    if (missing === undefined) engine = await startDynamodbEngine();
  });
  afterAll(async () => {
    await engine?.stop();
  });
  return {
    name: "DynamoDB (dynoxide)",
    missing,
    open: () => freshDynamodbTable(engine?.endpoint ?? ""),
  };
}
