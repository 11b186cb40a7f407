import { type Item, type Key, keyOf, type TransactResult, type Write } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import { messageIdOf } from "../messageId.ts";
import type { Queue } from "../queue.ts";
import { type ContentsPlace, chunksPartition } from "../segment.ts";
import { storeContents } from "../segmentContents.ts";
import { expiryOf, newRandomDigits } from "../sendMessages.ts";
import { appendToGroup, bytesOf, isOverflowing } from "./appendToGroup.ts";
import { deduplicationKey, readDeduplication, takeId } from "./deduplication.ts";
import type { FifoDraft, FifoSent } from "./fifoDraft.ts";
import { type Entry, groupKey, pageKey, readEntries, readGroup } from "./group.ts";
import type { GroupTail } from "./groupMemory.ts";

/** Tries at one group before the caller is asked to come again: others send to it all the time. */
const triesMax = 12;
/** What an entry takes besides its contents, for deciding whether these fit. */
export const entryOverheadBytes = 260;

/** A message on its way, with all that does not change from try to try. */
interface Outgoing {
  readonly draft: FifoDraft;
  readonly idKey: Key;
  readonly messageId: string;
  readonly contents: ContentsPlace;
  /** An expired record of the same id, which must still be there. */
  expiredId: Item | undefined;
  sent: FifoSent | undefined;
}

/**
 * Appends messages of one send call to their groups. For each group, taking the deduplication ids,
 * giving the sequence numbers and storing the messages is one all-or-nothing write: after a crash
 * either all of it happened or nothing, and the sender's retry is answered rightly either way.
 */
export async function sendToGroups(
  context: EngineContext,
  queue: Queue,
  drafts: readonly FifoDraft[],
): Promise<readonly FifoSent[]> {
  const firstById = new Map<string, number>();
  const firstOf = drafts.map(({ groupId, deduplicationId }, index) => {
    const { pk } = deduplicationKey(queue, groupId, deduplicationId);
    const first = firstById.get(pk) ?? index;
    firstById.set(pk, first);
    return first;
  });
  const originals = drafts.filter((_, index) => firstOf[index] === index);
  const groups = [...Map.groupBy(originals, ({ groupId }) => groupId)];
  const sent = new Map<FifoDraft, FifoSent>();
  await Promise.all(
    groups.map(async ([groupId, members]) => {
      const answers = await sendToGroup(context, queue, groupId, members);
      for (const [index, draft] of members.entries()) {
        const answer = answers[index];
        if (answer !== undefined) sent.set(draft, answer);
      }
    }),
  );
  return drafts.map((draft, index) => {
    const answer = sent.get(drafts[firstOf[index] ?? index] ?? draft);
    if (answer === undefined) throw new Error("a message was neither stored nor a duplicate");
    return answer;
  });
}

async function sendToGroup(
  context: EngineContext,
  queue: Queue,
  groupId: string,
  drafts: readonly FifoDraft[],
): Promise<readonly FifoSent[]> {
  const key = groupKey(queue, groupId);
  return await context.groups.locks.run(`${key.pk} ${key.sk}`, async () => {
    const outgoing = await Promise.all(drafts.map((draft) => prepare(context, queue, draft)));
    let tail = await knownTail(context, key);
    for (let tries = 0; tries < triesMax; tries += 1) {
      const open = outgoing.filter(({ sent }) => sent === undefined);
      if (open.length === 0) break;
      tail = await trySend(context, key, tail, open);
    }
    return outgoing.map(({ sent }) => {
      if (sent === undefined) throw new Error(`gave up sending to a group after ${triesMax} tries`);
      return sent;
    });
  });
}

async function prepare(
  { table, clock, random }: EngineContext,
  queue: Queue,
  draft: FifoDraft,
): Promise<Outgoing> {
  const contents = await storeContents(table, [draft.content], {
    account: queue.account,
    stateBytes: entryOverheadBytes,
    pk: chunksPartition(queue.id, newRandomDigits(random)),
    expiresAtSeconds: expiryOf(clock.nowMs()),
  });
  return {
    draft,
    contents,
    idKey: deduplicationKey(queue, draft.groupId, draft.deduplicationId),
    messageId: messageIdOf(clock.nowMs(), random.hex(8), 0),
    expiredId: undefined,
    sent: undefined,
  };
}

/** One all-or-nothing write of what is still open. Answers the tail to go on from. */
async function trySend(
  context: EngineContext,
  key: Key,
  tail: GroupTail | undefined,
  open: readonly Outgoing[],
): Promise<GroupTail | undefined> {
  const { table, clock, groups } = context;
  const nowMs = clock.nowMs();
  const numbered = open.map((message, index) => ({
    message,
    entry: entryOf(message, {
      number: (tail?.nextEntry ?? 0) + index,
      sequence: groups.sequence.next(tail?.lastSequence ?? 0, nowMs),
      nowMs,
    }),
  }));
  const entries = numbered.map(({ entry }) => entry);
  const lastSequence = entries.at(-1)?.facts.sequence ?? 0;
  const append = appendToGroup(table, {
    key,
    tail,
    entries,
    lastSequence,
    expiresAtSeconds: expiryOf(nowMs),
  });
  const ids = numbered.map(({ message, entry }) =>
    takeId(
      message.idKey,
      { acceptedAtMs: nowMs, messageId: message.messageId, sequence: entry.facts.sequence },
      message.expiredId,
    ),
  );
  const writes = [...ids, ...append.writes];
  const result = await table.transact(writes);
  if (result.outcome === "written") {
    for (const { message, entry } of numbered) message.sent = entry.facts;
    groups.memory.set(key, append.tail);
    return append.tail;
  }
  learnDuplicates(open, result, nowMs);
  return await tailAfter(context, key, tail, writes.slice(ids.length), result);
}

function entryOf(
  { messageId, draft, contents }: Outgoing,
  place: { readonly number: number; readonly sequence: number; readonly nowMs: number },
): Entry {
  const { number, sequence, nowMs } = place;
  const { isContentBased, deduplicationId } = draft;
  return {
    number,
    facts: {
      messageId,
      sequence,
      sentAtMs: nowMs,
      ...(!isContentBased && { deduplicationId }),
    },
    contents,
    slot: { kind: "fresh" },
  };
}

/** Ids that were taken: by a message that still counts, or by one that no longer does. */
function learnDuplicates(
  open: readonly Outgoing[],
  { failures }: TransactResult & { outcome: "conditionFailed" },
  nowMs: number,
): void {
  for (const [index, message] of open.entries()) {
    const failure = failures[index];
    if (failure?.failed !== true) continue;
    message.sent = readDeduplication(failure.current, nowMs);
    message.expiredId = failure.current;
  }
}

/** What the group looks like, given which of its writes was refused. */
async function tailAfter(
  context: EngineContext,
  key: Key,
  tail: GroupTail | undefined,
  writes: readonly Write[],
  { failures }: TransactResult & { outcome: "conditionFailed" },
): Promise<GroupTail | undefined> {
  const own = failures.slice(-writes.length);
  const isGroupRefused = own.some(({ failed }) => failed);
  if (!isGroupRefused) return tail;
  context.groups.memory.forget(key);
  const [first] = own;
  const isAboutGroup =
    first?.failed === true && writes[0] !== undefined && isSameKey(writes[0], key);
  return isAboutGroup ? await tailOf(context, first.current) : await currentTail(context, key);
}

function isSameKey(write: Write, key: Key): boolean {
  const { pk, sk } = keyOf(write);
  return pk === key.pk && sk === key.sk;
}

async function knownTail(context: EngineContext, key: Key): Promise<GroupTail | undefined> {
  const known = context.groups.memory.get(key);
  // Deletes make room that the memory does not see; look before beginning an overflow page.
  const isUsable =
    known !== undefined && (known.pages !== undefined || !isOverflowing(context.table, known));
  return isUsable ? known : await currentTail(context, key);
}

/** A group's tail as the table has it now. */
export async function currentTail(
  context: EngineContext,
  key: Key,
): Promise<GroupTail | undefined> {
  return await tailOf(context, await context.table.get(key));
}

async function tailOf(
  { table }: EngineContext,
  item: Item | undefined,
): Promise<GroupTail | undefined> {
  if (item === undefined) return undefined;
  const group = readGroup(item);
  const page =
    group.pages === undefined ? undefined : await table.get(pageKey(group, group.pages.last));
  const pageEntries = page === undefined ? [] : readEntries(page);
  return {
    lastSequence: group.lastSequence,
    nextEntry: group.nextEntry,
    entryCount: group.entries.length,
    bytes: bytesOf(group.entries),
    pages: group.pages,
    page:
      page === undefined || group.pages === undefined
        ? undefined
        : {
            number: group.pages.last,
            entryCount: pageEntries.length,
            bytes: bytesOf(pageEntries),
          },
  };
}
