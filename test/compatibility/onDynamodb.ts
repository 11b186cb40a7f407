import type { Table } from "#table/table.ts";
import { freshDynamodbTable } from "../support/dynamodbFreshTable.ts";
import { ownDynamodb } from "../support/ownDynamodb.ts";

/** What a suite needs to know of the table that it runs on. */
export interface OnDynamodb {
  readonly name: string;
  /** Why the table cannot be had here, if it cannot. */
  readonly missing: string | undefined;
  readonly open: () => Promise<Table>;
}

/** One engine for all suites of a test file; a table of its own for each. */
export function onDynamodb(): OnDynamodb {
  const dynamodb = ownDynamodb();
  return {
    name: "DynamoDB (dynoxide)",
    missing: dynamodb.missing,
    open: () => freshDynamodbTable(dynamodb.endpoint),
  };
}
