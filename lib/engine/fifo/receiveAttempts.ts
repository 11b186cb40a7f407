import { hash } from "node:crypto";
import { invalidParameter, type SqsError } from "#contract/errors.ts";
import { receiveAttemptSeconds } from "#contract/limits.ts";
import { type Item, type Key, ttlAttribute } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";

/** What a receive under an attempt id gave out, so that it can be given again (spec section 7.6). */
export interface ReceiveAttempt {
  readonly atMs: number;
  readonly messages: readonly AttemptedMessage[];
}

export interface AttemptedMessage {
  /** The group's sort key. */
  readonly sk: string;
  /** The entry's number. */
  readonly number: number;
  readonly token: string;
  /** Until when the receive made it invisible. Another time means that somebody changed it. */
  readonly visibleAtMs: number;
  readonly receiptHandle: string;
}

const hashCharacters = 32;
const keptSeconds = 2 * receiveAttemptSeconds;

function attemptKey(queue: Queue, attemptId: string): Key {
  const digest = hash("sha256", attemptId, "base64url").slice(0, hashCharacters);
  return { pk: `${queue.id}.${queue.epoch.toString(36)}/r/${digest}`, sk: "r" };
}

/** What the receive of that id gave out; for a while it is remembered that it can be no more. */
export async function findAttempt(
  { table, clock }: EngineContext,
  queue: Queue,
  attemptId: string,
): Promise<ReceiveAttempt | undefined> {
  const item = await table.get(attemptKey(queue, attemptId));
  const nowMs = clock.nowMs();
  const attempt = readAttempt(item);
  // The table may keep it for longer than that.
  if (attempt === undefined || attempt.atMs + keptSeconds * 1000 <= nowMs) return undefined;
  if (attempt.atMs + receiveAttemptSeconds * 1000 <= nowMs) throw attemptNotRetryable(attemptId);
  return attempt;
}

function readAttempt(item: Item | undefined): ReceiveAttempt | undefined {
  const text = item?.["l"];
  return typeof text === "string" ? JSON.parse(text) : undefined;
}

/** Remembers what a receive gave out, over whatever an earlier one under the same id did. */
export async function storeAttempt(
  { table }: EngineContext,
  queue: Queue,
  attemptId: string,
  attempt: ReceiveAttempt,
): Promise<void> {
  const expires = Math.ceil(attempt.atMs / 1000) + keptSeconds;
  const attributes = { l: JSON.stringify(attempt), [ttlAttribute]: expires };
  await table.write({ kind: "put", item: { ...attemptKey(queue, attemptId), ...attributes } });
}

/** The refusal to repeat a receive of which something was deleted or changed since. */
export function attemptNotRetryable(attemptId: string): SqsError {
  return invalidParameter(
    "ReceiveRequestAttemptId",
    attemptId,
    "The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.",
  );
}
