import assert from "node:assert/strict";
import { queueArn } from "#contract/names.ts";
import { type Item, type Key, ttlAttribute } from "#table/table.ts";
import type { QueueSettings } from "./queueSettings.ts";

/**
 * A queue as its item says it: under its account and name, all that is known of it.
 *
 * The `id` is new each time a name is created, and the `epoch` at each purge; together they are part
 * of every message's key, so that one write makes all the old messages unreachable.
 */
export interface Queue {
  readonly account: string;
  readonly name: string;
  /** The region of the request that created it. */
  readonly region: string;
  readonly id: string;
  readonly epoch: number;
  /** Over how many lanes its messages are spread. Only grows. */
  readonly lanes: number;
  /** How many lanes it has for messages with a group id; none until there was such a message. */
  readonly fairLanes?: number;
  /** When it got more lanes of either kind the last time (laneGrowth.ts). */
  readonly lanesGrownAtMs?: number;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly purgedAtMs?: number;
  readonly settings: QueueSettings;
  readonly tags: ReadonlyMap<string, string>;
}

/** What stands under a name: a queue, or the memory of one that was deleted. */
export type QueueEntry =
  | { readonly kind: "live"; readonly queue: Queue; readonly version: number }
  | { readonly kind: "deleted"; readonly deletedAtMs: number; readonly version: number };

/** How long the memory of a deleted queue is kept; longer than SQS's 60 seconds by far. */
const deletedKeptSeconds = 3600;

export function queueKey(account: string, name: string): Key {
  return { pk: `queues.${account}`, sk: name };
}

export function arnOf(queue: Queue): string {
  return queueArn(queue);
}

/** `v` counts the changes, and guards each; `w` is the token of who wrote the last. The rest is one JSON text. */
export function queueItem(entry: QueueEntry, key: Key): Item {
  switch (entry.kind) {
    case "live": {
      const { account: _account, name: _name, tags, ...facts } = entry.queue;
      return { ...key, v: entry.version, q: JSON.stringify({ ...facts, tags: [...tags] }) };
    }
    case "deleted": {
      const expires = Math.ceil(entry.deletedAtMs / 1000) + deletedKeptSeconds;
      return { ...key, v: entry.version, gone: entry.deletedAtMs, [ttlAttribute]: expires };
    }
  }
}

export function readQueueItem(item: Item, account: string): QueueEntry {
  const { v: version, gone: deletedAtMs, q: text } = item;
  assert(typeof version === "number");
  if (typeof deletedAtMs === "number") return { kind: "deleted", deletedAtMs, version };
  assert(typeof text === "string");
  const { tags, ...facts } = JSON.parse(text);
  return {
    kind: "live",
    version,
    queue: { ...facts, account, name: item.sk, tags: new Map(tags) },
  };
}
