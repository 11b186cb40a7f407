import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Delete, Insert, Patch, Put, Write, WriteResult } from "#table/table.ts";
import { attemptsOf, type Connection } from "./connection.ts";
import { itemOf, itemOfFailure, keyOnly } from "./documents.ts";
import { deleteExpressions, insertExpressions, patchExpressions } from "./expressions.ts";
import { resultOfFailedCondition } from "./lostAnswer.ts";

/** Makes one write by the action for it: `PutItem`, `UpdateItem` or `DeleteItem`. */
export async function writeItem(connection: Connection, write: Write): Promise<WriteResult> {
  switch (write.kind) {
    case "put":
      return await putItem(connection, write);
    case "insert":
      return await orLost(write, insertItem(connection, write));
    case "patch":
      return await orLost(write, patchItem(connection, write));
    case "delete":
      return await orLost(write, deleteItem(connection, write));
  }
}

async function putItem(connection: Connection, { item }: Put): Promise<WriteResult> {
  await connection.call("PutItem", (measured) =>
    connection.documents.send(
      new PutCommand({
        ...measured,
        TableName: connection.tableName,
        Item: item,
      }),
    ),
  );
  return { outcome: "written", current: item };
}

async function insertItem(connection: Connection, { item }: Insert): Promise<WriteResult> {
  await connection.call("PutItem", (measured) =>
    connection.documents.send(
      new PutCommand({
        ...measured,
        ...insertExpressions,
        TableName: connection.tableName,
        Item: item,
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    ),
  );
  return { outcome: "written", current: item };
}

async function patchItem(
  connection: Connection,
  { key, set, remove = [], when }: Patch,
): Promise<WriteResult> {
  const { Attributes } = await connection.call("UpdateItem", (measured) =>
    connection.documents.send(
      new UpdateCommand({
        ...measured,
        ...patchExpressions(set, remove, when),
        TableName: connection.tableName,
        Key: keyOnly(key),
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    ),
  );
  return { outcome: "written", current: itemOf(Attributes ?? {}) };
}

async function deleteItem(connection: Connection, { key, when }: Delete): Promise<WriteResult> {
  await connection.call("DeleteItem", (measured) =>
    connection.documents.send(
      new DeleteCommand({
        ...measured,
        ...deleteExpressions(when),
        TableName: connection.tableName,
        Key: keyOnly(key),
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    ),
  );
  return { outcome: "written", current: undefined };
}

/** Reads a failed condition as the answer that it is. */
async function orLost(
  write: Insert | Patch | Delete,
  writing: Promise<WriteResult>,
): Promise<WriteResult> {
  try {
    return await writing;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return resultOfFailedCondition(write, itemOfFailure(error.Item), attemptsOf(error) > 1);
  }
}
