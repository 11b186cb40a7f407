import assert from "node:assert/strict";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Attributes, Item, Key, Value } from "#table/table.ts";

/** An item or a part of one, as DynamoDB's API spells it. */
export type DynamodbItem = Record<string, AttributeValue>;

/** A value as DynamoDB spells it. */
export function toDynamodb(value: Value): AttributeValue {
  switch (typeof value) {
    case "string":
      return { S: value };
    case "number":
      assert(
        Number.isSafeInteger(value),
        `expected a whole number exact in a double, got ${value}`,
      );
      return { N: String(value) };
    default:
      return { B: value };
  }
}

/** An item, or any set of attributes, as DynamoDB spells it. */
export function itemToDynamodb(attributes: Attributes): DynamodbItem {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, toDynamodb(value)]),
  );
}

/** Only the key of an item, as DynamoDB spells it. */
export function keyToDynamodb({ pk, sk }: Key): DynamodbItem {
  return itemToDynamodb({ pk, sk });
}

/** The item that DynamoDB answered. Throws on types that this table never writes. */
export function itemFromDynamodb(stored: DynamodbItem): Item {
  const attributes = Object.entries(stored).map(
    ([name, value]) => [name, fromDynamodb(name, value)] as const,
  );
  const { pk, sk } = stored;
  assert(pk?.S !== undefined && sk?.S !== undefined, "expected an item with its key");
  return { ...Object.fromEntries(attributes), pk: pk.S, sk: sk.S };
}

function fromDynamodb(name: string, value: AttributeValue): Value {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.B !== undefined) return value.B;
  throw new Error(`expected ${name} to be a string, a number or binary, got ${Object.keys(value)}`);
}
