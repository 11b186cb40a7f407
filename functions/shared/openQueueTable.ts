import { randomUUID } from "node:crypto";
import type { DynamodbStore } from "#service/config.ts";
import type { QueueServiceOptions } from "#service/queueService.ts";
import { openDynamodbTable } from "#table/dynamodb/dynamodbTable.ts";
import { openWarmUpTable } from "#table/dynamodb/warmUpTable.ts";
import { openS3Blobs } from "#table/s3/s3Blobs.ts";

/** Opens the table of the queues, with its bucket if there is one. No request is made. */
export function openQueueTable(store: DynamodbStore): QueueServiceOptions["table"] {
  const { bucket } = store;
  return openDynamodbTable({
    ...optionsOf(store),
    blobs: bucket && openS3Blobs({ ...bucket, random: Math.random }),
  });
}

/** An empty table in this process, reached as that of the queues is. */
export function openWarmUpQueueTable(store: DynamodbStore): QueueServiceOptions["table"] {
  return openWarmUpTable(optionsOf(store));
}

function optionsOf({ table: tableName, endpoint }: DynamodbStore) {
  return {
    tableName,
    ...(endpoint === undefined ? {} : { endpoint }),
    random: Math.random,
    newId: randomUUID,
  };
}
