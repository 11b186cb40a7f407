import { parseArn } from "#contract/names.ts";
import type { Key, Patch, Write } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import { arnOf, type Queue } from "../queue.ts";
import { type ContentsPlace, chunksPartition } from "../segment.ts";
import { readContents, storeContents } from "../segmentContents.ts";
import { expiryOf, newRandomDigits } from "../sendMessages.ts";
import { nobodysToken } from "../slot.ts";
import { appendToGroup } from "./appendToGroup.ts";
import { dropChunks } from "./dropChunks.ts";
import {
  type Entry,
  entryAttributeNames,
  entryFixedBytes,
  messageIdOfEntry,
  packEntries,
} from "./entry.ts";
import { type Group, groupKey, isEmpty, itemBytes, lifeBytes, readGroup } from "./group.ts";
import { entryIs, hasNotGrown } from "./groupGuards.ts";
import { currentTail } from "./groupTail.ts";
import type { Step } from "./step.ts";

/** A move is tried again when the target group was sent to meanwhile. */
const triesMax = 6;

interface Move {
  readonly queue: Queue;
  readonly target: Queue;
  readonly group: Group;
  /** As it stands in the source. */
  readonly entry: Entry;
  /** The contents as the target will have them. */
  readonly contents: ContentsPlace;
}

/** Whether an entry has been received in its queue as often as that allows (spec section 9.1). */
export function isExhausted(queue: Queue, { slot, facts }: Entry): boolean {
  const most = queue.settings.redrivePolicy?.maxReceiveCount ?? Infinity;
  const receives = slot.kind === "received" ? slot.receiveCount : 0;
  return receives - (facts.moved?.receivedBefore ?? 0) >= most;
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
): Promise<Step | "kept"> {
  const arn = parseArn(queue.settings.redrivePolicy?.deadLetterTargetArn ?? "");
  const target = arn && (await context.queues.find(queue.account, arn.resource));
  if (target?.settings.fifo === undefined) return "kept";
  const contents = await copyContents(context, { queue, target, group, entry });
  if (contents === undefined) return await dropLost(context, queue, group, entry);
  const key = groupKey(target, group.groupId);
  const move = { queue, target, group, entry, contents };
  // Sends to the target from this process wait, so that they and we do not make each other lose.
  const isMoved = await context.groups.outboxes.hold(`${key.pk} ${key.sk}`, () =>
    tryMove(context, move, key),
  );
  if (!isMoved) {
    if (contents !== entry.contents) await dropChunks(context, [{ contents }]);
    return { kind: "overtaken" };
  }
  await dropChunks(context, [entry]);
  context.report({ event: "message.deadLettered", queue: queue.name, target: target.name });
  context.groups.ringOf(target).hint(key.sk);
  context.waiters.wake(target.id);
  if (isSameKey(key, group.key)) return { kind: "done", group: await groupAt(context, key) };
  return { kind: "done", group: without(group, entry) };
}

async function groupAt({ table }: EngineContext, key: Key): Promise<Group | undefined> {
  const item = await table.get(key);
  return item === undefined ? undefined : readGroup(item);
}

async function tryMove(context: EngineContext, move: Move, key: Key): Promise<boolean> {
  const { table, groups, clock, random } = context;
  const { queue, group, entry, contents } = move;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const tail = await currentTail(table, key);
    const nowMs = clock.nowMs();
    const sequence = groups.sequence.next(tail?.lastSequence ?? 0, nowMs);
    const receivedBefore = entry.slot.kind === "received" ? entry.slot.receiveCount : 0;
    const arrived: Entry = {
      number: tail?.nextEntry ?? 0,
      facts: {
        ...entry.facts,
        sequence,
        deduplicationId: messageIdOfEntry(entry.facts),
        moved: { arrivedAtMs: nowMs, sourceArn: arnOf(queue), receivedBefore },
      },
      contents,
      slot:
        entry.slot.kind === "received"
          ? { ...entry.slot, token: nobodysToken, visibleAtMs: nowMs }
          : entry.slot,
    };
    const append = appendToGroup(table.traits, {
      key,
      tail,
      newLife: random.hex(lifeBytes),
      entries: [arrived],
      lastSequence: sequence,
      expiresAtSeconds: expiryOf(nowMs),
    });
    const result = await table.transact(withRemoval(append.writes, group, entry));
    groups.memory.forget(group.key);
    groups.memory.forget(key);
    if (result.outcome === "written") return true;
    if (result.failures[0]?.failed === true) return false;
  }
  return false;
}

/** The removal comes first, or joins the first write where a queue is its own dead-letter queue. */
function withRemoval(
  [append, ...others]: readonly Write[],
  group: Group,
  entry: Entry,
): readonly Write[] {
  if (append === undefined) return [];
  const isOwn = append.kind === "patch" && isSameKey(append.key, group.key);
  if (!isOwn) return [removalOf(group, entry), append, ...others];
  const joined: Patch = {
    ...append,
    remove: entryAttributeNames(entry.number),
    when: [...append.when, ...entryIs(entry)],
  };
  return [joined, ...others];
}

function isSameKey(one: Key, other: Key): boolean {
  return one.pk === other.pk && one.sk === other.sk;
}

function removalOf(group: Group, entry: Entry): Write {
  if (group.entryCount === 1 && group.firstPage === undefined) {
    return { kind: "delete", key: group.key, when: [...entryIs(entry), ...hasNotGrown(group)] };
  }
  const remove = entryAttributeNames(entry.number);
  return { kind: "patch", key: group.key, set: {}, remove, when: entryIs(entry) };
}

function without(group: Group, entry: Entry): Group | undefined {
  const entries = group.entries.filter(({ number }) => number !== entry.number);
  const bytes = group.bytes - packEntries([entry]).bytes;
  const after = { ...group, entries, entryCount: entries.length, bytes };
  return isEmpty(after) ? undefined : after;
}

/** Retention begins anew after a move (spec section 9.2), so the contents are stored anew. */
async function copyContents(
  { table, clock, random }: EngineContext,
  { queue, target, group, entry }: Omit<Move, "contents">,
): Promise<ContentsPlace | undefined> {
  if (entry.contents.kind === "inline") return entry.contents;
  const contents = await readContents(table, entry.contents, queue.account);
  if (contents === undefined) return undefined;
  return await storeContents(table, contents, {
    account: queue.account,
    stateBytes: itemBytes(groupKey(target, group.groupId)) + entryFixedBytes,
    pk: chunksPartition(target.id, newRandomDigits(random)),
    expiresAtSeconds: expiryOf(clock.nowMs()),
  });
}

/** A message whose contents have expired: nobody could ever receive it, here or there. */
async function dropLost(
  context: EngineContext,
  queue: Queue,
  group: Group,
  entry: Entry,
): Promise<Step> {
  context.report({ event: "message.contentsMissing", queue: queue.name, count: 1 });
  const { outcome } = await context.table.write(removalOf(group, entry));
  context.groups.memory.forget(group.key);
  return outcome === "written"
    ? { kind: "done", group: without(group, entry) }
    : { kind: "overtaken" };
}
