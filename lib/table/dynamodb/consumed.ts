import {
  ConditionalCheckFailedException,
  type ConsumedCapacity,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";
import type { Attributes, Value } from "#table/table.ts";
import { itemOfFailure } from "./documents.ts";

/** What one call to DynamoDB cost. */
export interface Consumed {
  /** The name of the API action, such as `UpdateItem`. */
  readonly call: string;
  readonly readUnits: number;
  /**
   * As DynamoDB counted them. Where it does not say (failed conditions, and for some engines batches
   * of statements), the units of the items that it showed, by its published rules: at least these.
   */
  readonly writeUnits: number;
  /** 1, and one more for each time that the SDK had to send the call again. */
  readonly roundTrips: number;
}

/** The sum over tables and calls of what DynamoDB says that it counted. */
export function unitsCounted(
  capacity: ConsumedCapacity | readonly ConsumedCapacity[] | undefined,
): number | undefined {
  if (capacity === undefined) return undefined;
  return [capacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

/** What a write of this item costs: a unit for each KiB begun, and one for an item that is not there. */
export function writeUnits(item: Attributes | undefined): number {
  return Math.max(1, Math.ceil(itemBytes(item ?? {}) / 1024));
}

/** What a write costs that failed its condition: as much as writing the item that it found. */
export function unitsOfFailure(error: unknown): number {
  if (error instanceof ConditionalCheckFailedException)
    return writeUnits(itemOfFailure(error.Item));
  if (!(error instanceof TransactionCanceledException)) return 0;
  const reasons = error.CancellationReasons ?? [];
  return reasons.reduce((sum, { Item }) => sum + 2 * writeUnits(itemOfFailure(Item)), 0);
}

function itemBytes(item: Attributes): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

function valueBytes(value: Value): number {
  if (typeof value === "number") return Math.ceil(String(value).length / 2) + 1;
  return Buffer.byteLength(value);
}
