import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { BucketConfig, DynamodbStore, Store } from "#service/config.ts";
import type { QueueServiceOptions } from "#service/queueService.ts";
import { clock } from "./platform.ts";

type Table = QueueServiceOptions["table"];

/** Opens the database that holds the queues, and loads no other: DynamoDB's client is large. */
export async function openTable(store: Store): Promise<Table> {
  switch (store.kind) {
    case "memory":
      return await openMemory();
    case "folder":
      return await openSqlite(join(store.path, "millrace.db"));
    case "dynamodb":
      return await openDynamodb(store);
  }
}

async function openMemory(): Promise<Table> {
  const { openMemoryTable } = await import("#table/memory/memoryTable.ts");
  return openMemoryTable({ clock });
}

async function openSqlite(path: string): Promise<Table> {
  const { openSqliteTable } = await import("#table/sqlite/sqliteTable.ts");
  return openSqliteTable({ path, clock });
}

async function openDynamodb({ table: tableName, endpoint, bucket }: DynamodbStore): Promise<Table> {
  const { openDynamodbTable } = await import("#table/dynamodb/dynamodbTable.ts");
  const { ensureTable } = await import("#table/dynamodb/ensureTable.ts");
  const connection = {
    tableName,
    random: Math.random,
    ...(endpoint === undefined ? {} : { endpoint }),
  };
  try {
    await ensureTable(connection);
  } catch (error) {
    throw new Error(`table ${tableName} of DynamoDB: ${innermost(error)}`, { cause: error });
  }
  const blobs = bucket === undefined ? undefined : await openBucket(bucket);
  return openDynamodbTable({ ...connection, newId: randomUUID, blobs });
}

async function openBucket(bucket: BucketConfig): Promise<Table["blobs"]> {
  const { openS3Blobs } = await import("#table/s3/s3Blobs.ts");
  return openS3Blobs({ ...bucket, random: Math.random });
}

/** The adapter says what it tried, and its cause what DynamoDB, or the network, had against it. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message || error.name : innermost(error.cause);
}
