import type { Message } from "./lambdaEvent.ts";

/** What a worker's answer says of its batch. */
export type Verdict =
  | { readonly kind: "sorted"; readonly failed: ReadonlySet<string> }
  /** None counts as handled, since the answer says nothing that can be relied on. */
  | { readonly kind: "allFailed"; readonly reason: string };

const noneFailed: Verdict = { kind: "sorted", failed: new Set() };

/**
 * Reads the answer of a worker that reports batch item failures, by AWS's rules: nothing, an empty
 * object and an empty or null list are a success; an answer that is malformed, or that names what was
 * not in the batch, fails all of it
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
 */
export function readBatchAnswer(payload: string, batch: readonly Message[]): Verdict {
  if (payload.trim() === "") return noneFailed;
  const answer = parsed(payload);
  if (answer === null) return noneFailed;
  if (!isObject(answer)) return allFailed("expected an object with batchItemFailures");
  const list = answer["batchItemFailures"] ?? [];
  if (!Array.isArray(list)) return allFailed("expected batchItemFailures to be a list");
  const known = new Set(batch.map(({ messageId }) => messageId));
  const failed = new Set<string>();
  for (const item of list) {
    const id: unknown = isObject(item) ? item["itemIdentifier"] : undefined;
    if (typeof id !== "string" || !known.has(id)) {
      return allFailed("expected each itemIdentifier to be the id of a message in the batch");
    }
    failed.add(id);
  }
  return { kind: "sorted", failed };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function allFailed(reason: string): Verdict {
  return { kind: "allFailed", reason };
}

/**
 * The messages that were handled, and those that are to come again. In a FIFO queue all that comes
 * after a failure in the same group comes again, handled or not: its order is kept.
 */
export function sortOut(
  batch: readonly Message[],
  failed: ReadonlySet<string>,
): { readonly handled: readonly Message[]; readonly unhandled: readonly Message[] } {
  const stuck = new Set<string>();
  const handled: Message[] = [];
  const unhandled: Message[] = [];
  for (const message of batch) {
    const { messageId, groupId } = message;
    if (failed.has(messageId) && groupId !== undefined) stuck.add(groupId);
    const comesAgain = failed.has(messageId) || (groupId !== undefined && stuck.has(groupId));
    (comesAgain ? unhandled : handled).push(message);
  }
  return { handled, unhandled };
}
