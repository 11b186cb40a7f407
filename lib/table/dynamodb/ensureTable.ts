import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { ttlAttribute } from "#table/table.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";

const looksMax = 60;
const lookPauseMs = 1000;

/**
 * Makes the table if it is not there: on demand, keyed by `pk` and `sk`, with expiry. Answers once it
 * may be used, which takes DynamoDB some seconds. Several processes may do this at once, and an
 * existing table is left as it is, except that expiry is turned on. Throws if its key is another.
 */
export async function ensureTable(options: Omit<ConnectionOptions, "onConsumed">): Promise<void> {
  const connection = new Connection(options);
  try {
    const found = await describe(connection);
    if (found === undefined) await create(connection);
    else assertKey(found);
    await untilActive(connection);
    await ensureExpiry(connection);
  } finally {
    connection.client.destroy();
  }
}

async function describe({ client, tableName }: Connection): Promise<TableDescription | undefined> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    return Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw new Error(`cannot look at table ${tableName}`, { cause: error });
  }
}

async function create({ client, tableName }: Connection): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: "pk", AttributeType: "S" },
          { AttributeName: "sk", AttributeType: "S" },
        ],
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
      }),
    );
  } catch (error) {
    // Another process was faster, or an earlier attempt of ours was.
    if (error instanceof ResourceInUseException) return;
    throw new Error(`cannot create table ${tableName}`, { cause: error });
  }
}

function assertKey({
  TableName,
  KeySchema = [],
  AttributeDefinitions = [],
}: TableDescription): void {
  const types = new Map(
    AttributeDefinitions.map((each) => [each.AttributeName, each.AttributeType]),
  );
  const key = KeySchema.map(
    ({ AttributeName, KeyType }) => `${AttributeName} (${KeyType}, ${types.get(AttributeName)})`,
  ).join(", ");
  const expected = "pk (HASH, S), sk (RANGE, S)";
  if (key !== expected) {
    throw new Error(`expected table ${TableName} to have the key ${expected}, got ${key}`);
  }
}

async function untilActive(connection: Connection): Promise<void> {
  for (let looks = 0; looks < looksMax; looks += 1) {
    if (looks > 0) await connection.patience.sleep(lookPauseMs);
    const found = await describe(connection);
    if (found !== undefined) assertKey(found);
    const status = found?.TableStatus;
    if (status === "ACTIVE" || status === "UPDATING") return;
  }
  throw new Error(`table ${connection.tableName} did not become active in ${looksMax} seconds`);
}

async function ensureExpiry(connection: Connection): Promise<void> {
  if (await hasExpiry(connection)) return;
  const { client, tableName } = connection;
  try {
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: tableName,
        TimeToLiveSpecification: { AttributeName: ttlAttribute, Enabled: true },
      }),
    );
  } catch (error) {
    // DynamoDB has no name of its own for "another process just did that".
    if (await hasExpiry(connection)) return;
    throw new Error(`cannot turn on expiry of table ${tableName}`, { cause: error });
  }
}

async function hasExpiry({ client, tableName }: Connection): Promise<boolean> {
  const { TimeToLiveDescription: found } = await client.send(
    new DescribeTimeToLiveCommand({ TableName: tableName }),
  );
  const isOn = found?.TimeToLiveStatus === "ENABLED" || found?.TimeToLiveStatus === "ENABLING";
  if (isOn && found.AttributeName !== ttlAttribute) {
    throw new Error(
      `expected table ${tableName} to expire items by ${ttlAttribute}, got ${found.AttributeName}`,
    );
  }
  return isOn;
}
