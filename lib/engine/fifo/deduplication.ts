import { hash } from "node:crypto";
import { deduplicationSeconds } from "#contract/limits.ts";
import {
  type Insert,
  type Item,
  type Key,
  type Patch,
  ttlAttribute,
  type Write,
} from "#table/table.ts";
import { contentDeduplicationId } from "../digests.ts";
import type { Queue } from "../queue.ts";

/**
 * The record that a deduplication id is taken: an item of its own, written in one step with the
 * message, so that neither can be there without the other.
 *
 * ```
 *   pk   queue id . epoch / d / hash     spread over the whole table
 *   sk   "d"
 *   a    when the message was accepted, milliseconds
 *   i q  its message id and sequence number, for the answer to a duplicate
 * ```
 *
 * Purging begins a new epoch and so forgets them all. With the scope of a message group, the group is
 * part of what is hashed.
 */
export interface Deduplication {
  readonly acceptedAtMs: number;
  readonly messageId: string;
  readonly sequence: number;
}

/** The record outlives its interval a little, for clocks that differ. */
const keptSeconds = 2 * deduplicationSeconds;
const hashCharacters = 32;

/** The id under which a message is a duplicate or not: the given one, or the hash of its body. */
export function effectiveDeduplicationId(given: string | undefined, body: string): string {
  return given ?? contentDeduplicationId(body);
}

export function deduplicationKey(queue: Queue, groupId: string, id: string): Key {
  const isPerGroup = queue.settings.fifo?.deduplicationScope === "messageGroup";
  const text = isPerGroup ? `${groupId}\u0000${id}` : id;
  const digest = hash("sha256", text, "base64url").slice(0, hashCharacters);
  return { pk: `${queue.id}.${queue.epoch.toString(36)}/d/${digest}`, sk: "d" };
}

/** What a record says, if it still counts. */
export function readDeduplication(
  item: Item | undefined,
  nowMs: number,
): Deduplication | undefined {
  if (item === undefined) return undefined;
  const { a: acceptedAtMs, i: messageId, q: sequence } = item;
  const isComplete =
    typeof acceptedAtMs === "number" &&
    typeof messageId === "string" &&
    typeof sequence === "number";
  if (!isComplete || acceptedAtMs + deduplicationSeconds * 1000 <= nowMs) return undefined;
  return { acceptedAtMs, messageId, sequence };
}

/** Takes an id, provided that it is free: never taken, or taken by `before`, which has expired. */
export function takeId(key: Key, record: Deduplication, before: Item | undefined): Write {
  const attributes = {
    a: record.acceptedAtMs,
    i: record.messageId,
    q: record.sequence,
    [ttlAttribute]: Math.ceil(record.acceptedAtMs / 1000) + keptSeconds,
  };
  if (before === undefined) {
    const insert: Insert = { kind: "insert", item: { ...key, ...attributes } };
    return insert;
  }
  const when = [{ attribute: "a", is: "equal", value: before["a"] ?? 0 }] as const;
  const patch: Patch = { kind: "patch", key, set: attributes, when };
  return patch;
}
