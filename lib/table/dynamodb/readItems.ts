import { BatchGetCommand, GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { Item, Key, Page, Query } from "#table/table.ts";
import { type Connection, refused } from "./connection.ts";
import { type Document, itemOf, keyOnly } from "./documents.ts";
import { sendUntilDone } from "./retry.ts";

/** Reads one item, consistently. */
export async function readItem(connection: Connection, key: Key): Promise<Item | undefined> {
  const { Item } = await connection.call("GetItem", (measured) =>
    connection.documents.send(
      new GetCommand({
        ...measured,
        TableName: connection.tableName,
        Key: keyOnly(key),
        ConsistentRead: true,
      }),
    ),
  );
  return Item === undefined ? undefined : itemOf(Item);
}

/** Reads items consistently and answers them in the order of their keys, which are distinct. */
export async function readItems(
  connection: Connection,
  keys: readonly Key[],
): Promise<readonly (Item | undefined)[]> {
  const [first] = keys;
  if (first === undefined) return [];
  if (keys.length === 1) return [await readItem(connection, first)];
  const found = new Map<string, Item>();
  const left = await sendUntilDone(
    connection.patience,
    keys.map(keyOnly),
    async (wanted) => await readBatch(connection, wanted, found),
  );
  if (left.length > 0) throw refused("BatchGetItem", connection.tableName, "UnprocessedKeys");
  return keys.map((key) => found.get(nameOf(key)));
}

/** Collects what one call finds, and answers the keys that it left out. */
async function readBatch(
  connection: Connection,
  wanted: readonly Document[],
  found: Map<string, Item>,
): Promise<readonly Document[]> {
  const table = connection.tableName;
  const { Responses, UnprocessedKeys } = await connection.call("BatchGetItem", (measured) =>
    connection.documents.send(
      new BatchGetCommand({
        ...measured,
        RequestItems: { [table]: { Keys: [...wanted], ConsistentRead: true } },
      }),
    ),
  );
  for (const stored of Responses?.[table] ?? []) {
    const item = itemOf(stored);
    found.set(nameOf(item), item);
  }
  return UnprocessedKeys?.[table]?.Keys ?? [];
}

function nameOf({ pk, sk }: Key): string {
  return JSON.stringify([pk, sk]);
}

/** Reads a range of one partition, consistently unless told otherwise. A page ends at its limit or at 1 MB. */
export async function queryItems(
  connection: Connection,
  { pk, from, to, limit, descending = false, mayBeStale = false }: Query,
): Promise<Page> {
  // DynamoDB refuses a range that cannot hold anything, and an empty string as a bound.
  if (to === "" || Buffer.compare(Buffer.from(from), Buffer.from(to)) > 0) {
    return { items: [], more: false };
  }
  const range = from === "" ? "sk <= :to" : "sk BETWEEN :from AND :to";
  const { Items, LastEvaluatedKey } = await connection.call("Query", (measured) =>
    connection.documents.send(
      new QueryCommand({
        ...measured,
        TableName: connection.tableName,
        ConsistentRead: !mayBeStale,
        KeyConditionExpression: `pk = :pk AND ${range}`,
        ExpressionAttributeValues: {
          ":pk": pk,
          ":to": to,
          ...(from === "" ? {} : { ":from": from }),
        },
        Limit: limit,
        ScanIndexForward: !descending,
      }),
    ),
  );
  return { items: (Items ?? []).map(itemOf), more: LastEvaluatedKey !== undefined };
}
