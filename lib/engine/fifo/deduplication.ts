import { hash } from "node:crypto";
import { deduplicationSeconds } from "#contract/limits.ts";
import { type Item, type Key, ttlAttribute, type Write } from "#table/table.ts";
import { messageIdOf } from "../messageId.ts";
import type { Queue } from "../queue.ts";
import type { FifoSent } from "./fifoDraft.ts";

/**
 * The record that a deduplication id is taken: an item of its own, written in one step with the
 * message, so that neither can be there without the other.
 *
 * ```
 *   pk   queue id . epoch / d / hash     spread over the whole table
 *   sk   "d"
 *   a    when the message was accepted, milliseconds
 *   i q  the digits of its id and its sequence number, for the answer to a duplicate
 * ```
 *
 * Purging begins a new epoch and so forgets them all. With the scope of a message group, the group is
 * part of what is hashed.
 */
export interface Deduplication {
  readonly acceptedAtMs: number;
  readonly idDigits: string;
  readonly sequence: number;
}

/** The record outlives its interval a little, for clocks that differ. */
const keptSeconds = 2 * deduplicationSeconds;
const hashCharacters = 32;

/** Where the record of an id stands: one place a queue, or one a group, as the queue's scope says. */
export function deduplicationKey(queue: Queue, groupId: string, id: string): Key {
  const isPerGroup = queue.settings.fifo?.deduplicationScope === "messageGroup";
  // No id has a space in it.
  const text = isPerGroup ? `${groupId} ${id}` : id;
  const digest = hash("sha256", text, "base64url").slice(0, hashCharacters);
  return { pk: `${queue.id}.${queue.epoch.toString(36)}/d/${digest}`, sk: "d" };
}

/** What the sender of a duplicate is told: what that of the first was. `undefined` once it is over. */
export function answerToDuplicate(item: Item | undefined, nowMs: number): FifoSent | undefined {
  if (item === undefined) return undefined;
  const { a: acceptedAtMs, i: idDigits, q: sequence } = item;
  const isComplete =
    typeof acceptedAtMs === "number" &&
    typeof idDigits === "string" &&
    typeof sequence === "number";
  if (!isComplete || acceptedAtMs + deduplicationSeconds * 1000 <= nowMs) return undefined;
  return { messageId: messageIdOf(acceptedAtMs, idDigits, 0), sequence };
}

/** Takes an id, provided that it is free: never taken, or taken by `before`, which is over. */
export function takeId(key: Key, record: Deduplication, before: Item | undefined): Write {
  const attributes = {
    a: record.acceptedAtMs,
    i: record.idDigits,
    q: record.sequence,
    [ttlAttribute]: Math.ceil(record.acceptedAtMs / 1000) + keptSeconds,
  };
  if (before === undefined) return { kind: "insert", item: { ...key, ...attributes } };
  const { a = 0, i = "" } = before;
  const when = [
    { attribute: "a", is: "equal", value: a },
    { attribute: "i", is: "equal", value: i },
  ] as const;
  return { kind: "patch", key, set: attributes, when };
}
