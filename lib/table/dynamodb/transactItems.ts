import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { TransactWriteCommand, type TransactWriteCommandInput } from "@aws-sdk/lib-dynamodb";
import type { Patch, TransactFailure, TransactResult, Write } from "#table/table.ts";
import { type Connection, refused } from "./connection.ts";
import { itemOfFailure, keyOnly } from "./documents.ts";
import { deleteExpressions, insertExpressions, patchExpressions } from "./expressions.ts";
import { attemptsMax, passingCodes, pause } from "./retry.ts";
import { writeItem } from "./writeItem.ts";

type TransactItem = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];

type Attempt =
  | { readonly kind: "settled"; readonly result: TransactResult }
  | { readonly kind: "tryAgain"; readonly code: string };

/**
 * Makes all writes or none. Keys are distinct.
 *
 * Every attempt carries the same token, by which DynamoDB knows for ten minutes that it has done
 * this already: a transaction whose answer was lost is neither done twice nor reported as lost.
 * Conflicts with other writers, which a transaction does not wait for, are tried again.
 */
export async function transactItems(
  connection: Connection,
  writes: readonly Write[],
  token: string,
): Promise<TransactResult> {
  const [first] = writes;
  if (first === undefined) return { outcome: "written" };
  // Half the price.
  if (writes.length === 1) return await transactOne(connection, first);
  for (let attemptsMade = 1; ; attemptsMade += 1) {
    const attempt = await attemptOnce(connection, writes, token);
    if (attempt.kind === "settled") return attempt.result;
    if (attemptsMade >= attemptsMax) {
      throw refused("TransactWriteItems", connection.tableName, attempt.code);
    }
    await pause(connection.patience, attemptsMade);
  }
}

async function transactOne(connection: Connection, write: Write): Promise<TransactResult> {
  const { outcome, current } = await writeItem(connection, write);
  return outcome === "written" ? { outcome } : { outcome, failures: [{ failed: true, current }] };
}

async function attemptOnce(
  connection: Connection,
  writes: readonly Write[],
  token: string,
): Promise<Attempt> {
  try {
    await connection.call("TransactWriteItems", (measured) =>
      connection.documents.send(
        new TransactWriteCommand({
          ...measured,
          ClientRequestToken: token,
          TransactItems: writes.map((write) => transactItem(write, connection.tableName)),
        }),
      ),
    );
    return { kind: "settled", result: { outcome: "written" } };
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    return cancelled(error);
  }
}

function cancelled(error: TransactionCanceledException): Attempt {
  const reasons = error.CancellationReasons ?? [];
  const failures = reasons.map(
    ({ Code, Item }): TransactFailure =>
      Code === "ConditionalCheckFailed"
        ? { failed: true, current: itemOfFailure(Item) }
        : { failed: false },
  );
  if (failures.some(({ failed }) => failed)) {
    return { kind: "settled", result: { outcome: "conditionFailed", failures } };
  }
  const codes = reasons.flatMap(({ Code }) =>
    Code === undefined || Code === "None" ? [] : [Code],
  );
  const [code] = codes;
  if (code !== undefined && codes.every((each) => passingCodes.has(each))) {
    return { kind: "tryAgain", code };
  }
  throw new Error(`DynamoDB TransactWriteItems failed: ${error.message}`, { cause: error });
}

function transactItem(write: Write, TableName: string): TransactItem {
  const whole = { TableName, ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
  switch (write.kind) {
    case "put":
      return { Put: { TableName, Item: write.item } };
    case "insert":
      return { Put: { ...whole, ...insertExpressions, Item: write.item } };
    case "patch":
      return patchItem(write, whole);
    case "delete":
      return {
        Delete: { ...whole, ...deleteExpressions(write.when), Key: keyOnly(write.key) },
      };
  }
}

function patchItem(
  { key, set, remove = [], when }: Patch,
  whole: { TableName: string; ReturnValuesOnConditionCheckFailure: "ALL_OLD" },
): TransactItem {
  const { UpdateExpression, ConditionExpression, ...words } = patchExpressions(set, remove, when);
  const Key = keyOnly(key);
  // A patch of nothing is what a transaction calls a condition check.
  return UpdateExpression === undefined
    ? { ConditionCheck: { ...whole, ...words, ConditionExpression, Key } }
    : { Update: { ...whole, ...words, ConditionExpression, UpdateExpression, Key } };
}
