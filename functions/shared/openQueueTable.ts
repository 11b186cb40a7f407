import { randomUUID } from "node:crypto";
import type { DynamodbStore } from "#service/config.ts";
import type { QueueServiceOptions } from "#service/queueService.ts";
import { openDynamodbTable } from "#table/dynamodb/dynamodbTable.ts";
import { openS3Blobs } from "#table/s3/s3Blobs.ts";

/** Opens the table of the queues, with its bucket if there is one. No request is made. */
export function openQueueTable({
  table: tableName,
  endpoint,
  bucket,
}: DynamodbStore): QueueServiceOptions["table"] {
  return openDynamodbTable({
    tableName,
    ...(endpoint === undefined ? {} : { endpoint }),
    random: Math.random,
    newId: randomUUID,
    blobs: bucket && openS3Blobs({ ...bucket, random: Math.random }),
  });
}
