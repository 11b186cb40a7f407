import { randomUUID } from "node:crypto";
import { type DynamodbTableOptions, openDynamodbTable } from "#table/dynamodb/dynamodbTable.ts";
import { ensureTable } from "#table/dynamodb/ensureTable.ts";
import type { Table } from "#table/table.ts";

/** Options for a table of a new name at an engine that checks no credentials. Retries do not wait. */
export function dynamodbOptions(endpoint: string): DynamodbTableOptions {
  return {
    tableName: `test-${randomUUID()}`,
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    newId: randomUUID,
    random: Math.random,
    sleep: async () => undefined,
  };
}

/** Makes a table of a new name at an engine, and opens it. */
export async function freshDynamodbTable(endpoint: string): Promise<Table> {
  return (await freshDynamodbTables(endpoint)).open();
}

/** Makes a table of a new name at an engine, to be opened as often as one likes. */
export async function freshDynamodbTables(
  endpoint: string,
): Promise<{ open(changes?: Partial<DynamodbTableOptions>): Table }> {
  const options = dynamodbOptions(endpoint);
  await ensureTable(options);
  return { open: (changes) => openDynamodbTable({ ...options, ...changes }) };
}
