import { parseArn } from "#contract/names.ts";
import type { Write } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import { arnOf, type Queue } from "../queue.ts";
import { chunksPartition } from "../segment.ts";
import { readContents, storeContents } from "../segmentContents.ts";
import { expiryOf, newRandomDigits } from "../sendMessages.ts";
import { appendToGroup } from "./appendToGroup.ts";
import { dropEntryChunks } from "./dropEntryChunks.ts";
import { type Entry, entryAttributeNames, type Group, groupKey } from "./group.ts";
import { entryIs, hasNotGrown } from "./groupGuards.ts";
import { currentTail, entryOverheadBytes } from "./sendToGroups.ts";

/** A move is tried again when the target group was sent to meanwhile. */
const triesMax = 6;

/** Whether an entry has been received in its queue as often as that allows (spec section 9.1). */
export function isExhausted(queue: Queue, { slot, facts }: Entry): boolean {
  const most = queue.settings.redrivePolicy?.maxReceiveCount ?? Infinity;
  const receives = slot.kind === "received" ? slot.receiveCount : 0;
  return receives - (facts.receivedBefore ?? 0) >= most;
}

/**
 * Moves a message to the end of its group in the dead-letter queue, in one all-or-nothing write. The
 * group id is kept, the deduplication id becomes the message id, and nothing is deduplicated (spec
 * section 9.3). `kept` means that there is no such queue any more.
 */
export async function moveToFifoDeadLetterQueue(
  context: EngineContext,
  queue: Queue,
  group: Group,
  entry: Entry,
): Promise<"moved" | "kept" | "gone"> {
  const arn = parseArn(queue.settings.redrivePolicy?.deadLetterTargetArn ?? "");
  const target = arn && (await context.queues.find(queue.account, arn.resource));
  if (target?.settings.fifo === undefined) return "kept";
  const contents = await copyContents(context, { queue, target, entry });
  if (contents === undefined) return "gone";
  const key = groupKey(target, group.groupId);
  // Sends to the target from this process wait, so that they and we do not make each other lose.
  const outcome = await context.groups.locks.run(`${key.pk} ${key.sk}`, async () => {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const result = await tryMove(
        context,
        { queue, target, group, entry: { ...entry, contents } },
        entry,
      );
      if (result !== "again") return result;
    }
    return "gone";
  });
  if (outcome !== "moved") return outcome;
  await dropEntryChunks(context, [entry]);
  context.report({ event: "message.deadLettered", queue: queue.name, target: target.name });
  context.groups.ringOf(target).hint(key.sk);
  context.waiters.wake(target.id);
  return "moved";
}

interface Move {
  readonly queue: Queue;
  readonly target: Queue;
  readonly group: Group;
  readonly entry: Entry;
}

async function tryMove(
  context: EngineContext,
  { queue, target, group, entry }: Move,
  found: Entry,
): Promise<"moved" | "gone" | "again"> {
  const { table, clock, groups } = context;
  const key = groupKey(target, group.groupId);
  const tail = await currentTail(context, key);
  const nowMs = clock.nowMs();
  const sequence = groups.sequence.next(tail?.lastSequence ?? 0, nowMs);
  const receivedBefore = entry.slot.kind === "received" ? entry.slot.receiveCount : 0;
  const arrived: Entry = {
    ...entry,
    number: tail?.nextEntry ?? 0,
    facts: {
      ...entry.facts,
      sequence,
      deduplicationId: entry.facts.messageId,
      arrivedAtMs: nowMs,
      sourceArn: arnOf(queue),
      receivedBefore,
    },
    slot:
      entry.slot.kind === "received"
        ? { ...entry.slot, token: nobodysToken, visibleAtMs: nowMs }
        : entry.slot,
  };
  const append = appendToGroup(table, {
    key,
    tail,
    entries: [arrived],
    lastSequence: sequence,
    expiresAtSeconds: expiryOf(nowMs),
  });
  const isSelf = key.pk === group.key.pk;
  if (isSelf) return "gone";
  const removal = removalOf(group, found);
  const result = await table.transact([removal, ...append.writes]);
  groups.memory.forget(group.key);
  groups.memory.forget(key);
  if (result.outcome === "written") return "moved";
  return result.failures[0]?.failed === true ? "gone" : "again";
}

/** The token of a slot that nobody has received in this queue yet: no handle can hold it. */
const nobodysToken = "........";

function removalOf(group: Group, entry: Entry): Write {
  const isSole = group.entries.length === 1 && group.pages === undefined;
  if (isSole) {
    return { kind: "delete", key: group.key, when: [entryIs(entry), ...hasNotGrown(group)] };
  }
  const remove = entryAttributeNames(entry.number);
  return { kind: "patch", key: group.key, set: {}, remove, when: [entryIs(entry)] };
}

/** Retention begins anew after a move (spec section 9.2), so the contents are stored anew. */
async function copyContents(
  { table, clock, random }: EngineContext,
  { queue, target, entry }: Pick<Move, "queue" | "target" | "entry">,
) {
  if (entry.contents.kind === "inline") return entry.contents;
  const contents = await readContents(table, entry.contents, queue.account);
  if (contents === undefined) return undefined;
  return await storeContents(table, contents, {
    account: queue.account,
    stateBytes: entryOverheadBytes,
    pk: chunksPartition(target.id, newRandomDigits(random)),
    expiresAtSeconds: expiryOf(clock.nowMs()),
  });
}
