import type { Key, TransactResult, Write } from "#table/table.ts";
import { areAtHand } from "../atHand.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { inContention } from "../removeMessages.ts";
import { expiryOf } from "../sendMessages.ts";
import { fresh } from "../slot.ts";
import { type Append, appendToGroup } from "./appendToGroup.ts";
import { answerToDuplicate, deduplicationKey, takeId } from "./deduplication.ts";
import { type Entry, messageIdOfEntry } from "./entry.ts";
import type { FifoDraft, FifoSent } from "./fifoDraft.ts";
import { groupsPartition, lifeBytes } from "./group.ts";
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
  const key = { pk: groupsPartition(queue), sk: context.groups.sortKeys.of(groupId) };
  const prepared = members.map((each) => prepare(context, queue, key, each));
  const outgoing: readonly Outgoing[] = areAtHand(prepared)
    ? prepared
    : await Promise.all(prepared);
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
  const { table, groups } = context;
  let tail = groups.memory.get(key);
  let isRemembered = tail !== undefined;
  // Where nobody else writes, a group that is not remembered is most likely not there.
  if (!isRemembered && table.traits.isShared) tail = await currentTail(table, key);
  let open = messages;
  for (let tries = 0; tries < triesMax; tries += 1) {
    let attempt = attemptAt(context, key, tail, open);
    // Deletes make room that the memory does not see; look before beginning an overflow page.
    if (isRemembered && tail?.firstPage !== attempt.append.tail.firstPage) {
      tail = await currentTail(table, key);
      attempt = attemptAt(context, key, tail, open);
    }
    isRemembered = false;
    const { append, ids, nowMs } = attempt;
    const result = await table.transact([...append.writes, ...ids]);
    if (result.outcome === "written") {
      settle(context, open, attempt.entries);
      groups.memory.set(key, append.tail);
      return;
    }
    const { failures } = result;
    learnDuplicates(open, failures.slice(append.writes.length), nowMs);
    tail = await tailAfter(context, key, tail, failures.slice(0, append.writes.length));
    open = open.filter(({ outcome }) => outcome === undefined);
    if (open.length === 0) return;
  }
  throw inContention();
}

/** One all-or-nothing write of messages behind a tail. */
interface Attempt {
  readonly nowMs: number;
  readonly entries: readonly Entry[];
  readonly append: Append;
  /** The writes that take the deduplication ids. */
  readonly ids: readonly Write[];
}

function attemptAt(
  { table, clock, groups, random }: EngineContext,
  key: Key,
  tail: GroupTail | undefined,
  open: readonly Outgoing[],
): Attempt {
  const nowMs = clock.nowMs();
  const entries: Entry[] = [];
  const ids: Write[] = [];
  for (const { idKey, facts, contents, expiredId } of open) {
    const sequence = groups.sequence.next(tail?.lastSequence ?? 0, nowMs);
    const number = (tail?.nextEntry ?? 0) + entries.length;
    entries.push({ number, facts: { ...facts, sequence, sentAtMs: nowMs }, contents, slot: fresh });
    const record = { acceptedAtMs: nowMs, idDigits: facts.idDigits, sequence };
    ids.push(takeId(idKey, record, expiredId));
  }
  const append = appendToGroup(table.traits, {
    key,
    tail,
    newLife: tail?.life ?? random.hex(lifeBytes),
    entries,
    lastSequence: entries.at(-1)?.facts.sequence ?? 0,
    expiresAtSeconds: expiryOf(nowMs),
  });
  return { nowMs, entries, append, ids };
}

function settle(
  { groups }: EngineContext,
  stored: readonly Outgoing[],
  entries: readonly Entry[],
): void {
  for (const [index, message] of stored.entries()) {
    const entry = entries[index];
    if (entry === undefined) continue;
    const { facts } = entry;
    const sent = { messageId: messageIdOfEntry(facts), sequence: facts.sequence };
    message.outcome = { kind: "stored", sent };
    if (message.contents.kind === "inline")
      groups.sentContents.keep(facts.idDigits, message.content);
  }
}

type Failures = (TransactResult & { readonly outcome: "conditionFailed" })["failures"];

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
