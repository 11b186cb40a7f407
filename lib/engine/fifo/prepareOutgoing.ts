import type { Key } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { chunksPartition } from "../segment.ts";
import { storeContents } from "../segmentContents.ts";
import { expiryOf, newRandomDigits } from "../sendMessages.ts";
import { dropChunks } from "./dropChunks.ts";
import { entryFixedBytes, idBytes } from "./entry.ts";
import type { FifoDraft } from "./fifoDraft.ts";
import { itemBytes } from "./group.ts";
import type { Outgoing } from "./outgoing.ts";

/** A draft, and under which key its deduplication id is taken. */
export interface Addressed {
  readonly draft: FifoDraft;
  readonly idKey: Key;
}

/**
 * Makes a draft ready to be sent, at once where its contents fit into the group. Else they are stored
 * first.
 */
export function prepare(
  { table, clock, random }: EngineContext,
  queue: Queue,
  key: Key,
  { draft, idKey }: Addressed,
): Outgoing | Promise<Outgoing> {
  const { content, deduplicationId, isContentBased } = draft;
  // The key says the group.
  const { groupId: _, ...rest } = content;
  const idsBytes = isContentBased ? 0 : deduplicationId.length;
  const idDigits = random.hex(idBytes);
  const facts = isContentBased ? { idDigits } : { idDigits, deduplicationId };
  const contents = storeContents(table, [rest], {
    account: queue.account,
    stateBytes: itemBytes(key) + entryFixedBytes + idsBytes,
    pk: chunksPartition(queue.id, newRandomDigits(random)),
    expiresAtSeconds: expiryOf(clock.nowMs()),
  });
  const outgoing = { idKey, content, facts, expiredId: undefined, outcome: undefined };
  return contents instanceof Promise
    ? contents.then((place) => ({ ...outgoing, contents: place }))
    : { ...outgoing, contents };
}

/** What was stored for a message that turned out to be a duplicate is nobody's. */
export async function dropUnsent(
  context: EngineContext,
  outgoing: readonly Outgoing[],
): Promise<void> {
  const unsent = outgoing.filter(({ outcome }) => outcome?.kind === "duplicate");
  if (unsent.length > 0) await dropChunks(context, unsent);
}
