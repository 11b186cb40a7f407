import type { Key, TransactResult, Write } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { inContention } from "../removeMessages.ts";
import { expiryOf } from "../sendMessages.ts";
import { appendToGroup, fitsIntoItem } from "./appendToGroup.ts";
import { answerToDuplicate, deduplicationKey, takeId } from "./deduplication.ts";
import { type Entry, type EntryFacts, messageIdOfEntry } from "./entry.ts";
import type { FifoDraft, FifoSent } from "./fifoDraft.ts";
import { groupKey, lifeBytes } from "./group.ts";
import { currentTail, type GroupTail, tailOf } from "./groupTail.ts";
import type { Outgoing } from "./outgoing.ts";
import { type Addressed, dropUnsent, prepare } from "./prepareOutgoing.ts";

/** Tries at one group before the caller is asked to come again: others send to it all the time. */
const triesMax = 12;

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
  const addressed = drafts.map((draft): Addressed => {
    const { groupId, deduplicationId } = draft;
    return { draft, idKey: deduplicationKey(queue, groupId, deduplicationId) };
  });
  const originals = new Map<string, Addressed>();
  for (const each of addressed) {
    if (!originals.has(each.idKey.pk)) originals.set(each.idKey.pk, each);
  }
  const groups = Map.groupBy(originals.values(), ({ draft }) => draft.groupId);
  const sent = new Map<string, FifoSent>();
  await Promise.all(
    [...groups].map(async ([groupId, members]) => {
      for (const { idKey, outcome } of await sendToGroup(context, queue, groupId, members)) {
        if (outcome?.kind === "failed") throw outcome.error;
        if (outcome !== undefined) sent.set(idKey.pk, outcome.sent);
      }
    }),
  );
  return addressed.map(({ idKey }) => {
    const answer = sent.get(idKey.pk);
    if (answer === undefined) throw new Error("a message was neither stored nor a duplicate");
    return answer;
  });
}

async function sendToGroup(
  context: EngineContext,
  queue: Queue,
  groupId: string,
  members: readonly Addressed[],
): Promise<readonly Outgoing[]> {
  const key = groupKey(queue, groupId);
  const outgoing = await Promise.all(members.map((each) => prepare(context, queue, key, each)));
  await context.groups.outboxes.send(`${key.pk} ${key.sk}`, outgoing, (some) =>
    sendTogether(context, key, some),
  );
  if (outgoing.some(({ outcome }) => outcome?.kind === "stored")) announce(context, queue, key);
  await dropUnsent(context, outgoing);
  return outgoing;
}

/** Tells the receives that wait of what was sent: now, or when the queue's delay is over. */
export function announce({ groups, waiters, clock }: EngineContext, queue: Queue, key: Key): void {
  const nowMs = clock.nowMs();
  const { delaySeconds } = queue.settings;
  // A group that somebody holds gives nothing out before it is let go, and that is told as well.
  if (!groups.ringOf(queue).noteSent(key.sk, nowMs)) return;
  if (delaySeconds === 0) waiters.wake(queue.id);
  else waiters.alarm(queue.id, nowMs + delaySeconds * 1000);
}

/** Sends messages with different deduplication ids to one group, and settles each. */
async function sendTogether(
  context: EngineContext,
  key: Key,
  messages: readonly Outgoing[],
): Promise<void> {
  let tail = await knownTail(context, key, messages);
  for (let tries = 0; tries < triesMax; tries += 1) {
    const open = messages.filter(({ outcome }) => outcome === undefined);
    if (open.length === 0) return;
    tail = await trySend(context, key, tail, open);
  }
  throw inContention();
}

/** A group's tail as this process left it, or as it is. */
async function knownTail(
  { table, groups }: EngineContext,
  key: Key,
  messages: readonly Outgoing[],
): Promise<GroupTail | undefined> {
  const known = groups.memory.get(key);
  if (known === undefined) {
    // Where nobody else writes, a group that is not remembered is most likely not there.
    return table.traits.isShared ? await currentTail(table, key) : undefined;
  }
  // Deletes make room that the memory does not see; look before beginning an overflow page.
  const isUsable =
    known.firstPage !== undefined || fitsIntoItem(table.traits, known, messages.map(draftOfEntry));
  return isUsable ? known : await currentTail(table, key);
}

/** An entry of about the right size. */
function draftOfEntry({ facts, contents }: Outgoing): Entry {
  const numbers = { sequence: Number.MAX_SAFE_INTEGER, sentAtMs: 0 };
  return { number: 0, facts: { ...facts, ...numbers }, contents, slot: { kind: "fresh" } };
}

/** One all-or-nothing write of what is still open. Answers the tail to go on from. */
async function trySend(
  context: EngineContext,
  key: Key,
  tail: GroupTail | undefined,
  open: readonly Outgoing[],
): Promise<GroupTail | undefined> {
  const { table, clock, groups, random } = context;
  const nowMs = clock.nowMs();
  const entries = open.map(({ facts, contents }, index): Entry => {
    const sequence = groups.sequence.next(tail?.lastSequence ?? 0, nowMs);
    return {
      number: (tail?.nextEntry ?? 0) + index,
      facts: { ...facts, sequence, sentAtMs: nowMs },
      contents,
      slot: { kind: "fresh" },
    };
  });
  const append = appendToGroup(table.traits, {
    key,
    tail,
    newLife: random.hex(lifeBytes),
    entries,
    lastSequence: entries.at(-1)?.facts.sequence ?? 0,
    expiresAtSeconds: expiryOf(nowMs),
  });
  const result = await table.transact([...append.writes, ...idsOf(open, entries)]);
  if (result.outcome === "written") {
    for (const [index, message] of open.entries()) {
      const entry = entries[index];
      if (entry !== undefined) message.outcome = { kind: "stored", sent: sentOf(entry.facts) };
    }
    groups.memory.set(key, append.tail);
    return append.tail;
  }
  const { failures } = result;
  learnDuplicates(open, failures.slice(append.writes.length), nowMs);
  return await tailAfter(context, key, tail, failures.slice(0, append.writes.length));
}

type Failures = (TransactResult & { readonly outcome: "conditionFailed" })["failures"];

function sentOf(facts: EntryFacts): FifoSent {
  return { messageId: messageIdOfEntry(facts), sequence: facts.sequence };
}

function idsOf(open: readonly Outgoing[], entries: readonly Entry[]): readonly Write[] {
  return open.flatMap(({ idKey, expiredId }, index) => {
    const entry = entries[index];
    if (entry === undefined) return [];
    const { sentAtMs: acceptedAtMs, idDigits, sequence } = entry.facts;
    return [takeId(idKey, { acceptedAtMs, idDigits, sequence }, expiredId)];
  });
}

/** Ids that were taken: by a message that still counts, or by one that no longer does. */
function learnDuplicates(open: readonly Outgoing[], failures: Failures, nowMs: number): void {
  for (const [index, message] of open.entries()) {
    const failure = failures[index];
    if (failure?.failed !== true) continue;
    const sent = answerToDuplicate(failure.current, nowMs);
    if (sent === undefined) message.expiredId = failure.current;
    else message.outcome = { kind: "duplicate", sent };
  }
}

/** What the group looks like, given which of its writes were refused. */
async function tailAfter(
  { table, groups }: EngineContext,
  key: Key,
  tail: GroupTail | undefined,
  [item, page]: Failures,
): Promise<GroupTail | undefined> {
  if (item?.failed === true) {
    groups.memory.forget(key);
    return await tailOf(table, item.current);
  }
  // Only the page was another than we thought.
  return page?.failed === true ? await currentTail(table, key) : tail;
}
