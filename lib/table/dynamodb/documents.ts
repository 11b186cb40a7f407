import assert from "node:assert/strict";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Item, Key } from "#table/table.ts";

/**
 * An item or a part of one, as the document client takes and gives it. It takes ours as they are:
 * `string` becomes `S`, `number` becomes `N` and `Uint8Array` becomes `B`, empty ones too.
 */
export type Document = Readonly<Record<string, unknown>>;

/** Only the key of an item. */
export function keyOnly({ pk, sk }: Key): Document {
  return { pk, sk };
}

/** The item that the document client gave. Throws on types that this table never writes. */
export function itemOf(document: Document): Item {
  assertItem(document);
  return document;
}

/** The item inside an exception, where the document client does not reach. */
export function itemOfFailure(
  stored: Record<string, AttributeValue> | undefined,
): Item | undefined {
  return stored === undefined ? undefined : itemOf(unmarshall(stored));
}

function assertItem(document: Document): asserts document is Item {
  for (const [name, value] of Object.entries(document)) {
    if (typeof value === "string" || value instanceof Uint8Array) continue;
    assert(
      typeof value === "number",
      `expected ${name} to be a string, a number or binary, got ${typeof value}`,
    );
  }
  const { pk, sk } = document;
  assert(typeof pk === "string" && typeof sk === "string", "expected an item with its key");
}
