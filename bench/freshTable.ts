import { randomUUID } from "node:crypto";
import type { Consumed } from "#table/dynamodb/consumed.ts";
import { type DynamodbTableOptions, openDynamodbTable } from "#table/dynamodb/dynamodbTable.ts";
import { ensureTable } from "#table/dynamodb/ensureTable.ts";
import type { BlobStore, Table } from "#table/table.ts";

/** Makes a table of its own at an engine that checks no credentials, and opens it. */
export async function openFreshTable(
  endpoint: string,
  more: Pick<DynamodbTableOptions, "blobs" | "onConsumed"> = {},
): Promise<Table> {
  const options = {
    tableName: `bench-${randomUUID()}`,
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
    random: Math.random,
    newId: randomUUID,
  };
  await ensureTable(options);
  return openDynamodbTable({ ...options, ...more });
}

/** A table of its own, and all that it took, in order: empty the list to begin anew. */
export interface MeteredTable {
  readonly table: Table;
  readonly bill: Consumed[];
}

/** Makes a table of its own whose calls are billed. Where there are `blobs`, large contents go there. */
export async function openMeteredTable(endpoint: string, blobs?: BlobStore): Promise<MeteredTable> {
  const bill: Consumed[] = [];
  const onConsumed = (consumed: Consumed) => void bill.push(consumed);
  return { table: await openFreshTable(endpoint, { blobs, onConsumed }), bill };
}

/** What a bill comes to. */
export function sumOf(bill: readonly Consumed[]): Omit<Consumed, "call"> {
  const sum = (one: (consumed: Consumed) => number) =>
    bill.reduce((total, consumed) => total + one(consumed), 0);
  return {
    writeUnits: sum(({ writeUnits }) => writeUnits),
    readUnits: sum(({ readUnits }) => readUnits),
    roundTrips: sum(({ roundTrips }) => roundTrips),
  };
}
