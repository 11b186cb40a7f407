import type { Patch } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import type { ReceiveOptions } from "../receiveOptions.ts";
import { slotAttribute, writeSlot } from "../slot.ts";
import { type Group, groupsPartition, readGroup } from "./group.ts";
import { entryIs } from "./groupGuards.ts";
import { writeAll } from "./groupWrites.ts";
import { type AttemptedMessage, attemptNotRetryable, findAttempt } from "./receiveAttempts.ts";
import type { FifoTaken } from "./takeFromGroups.ts";

/** A message that is handed out once more, under the handle that its receiver knows. */
export interface Repeated {
  readonly taken: FifoTaken;
  readonly receiptHandle: string;
}

/**
 * The messages of an earlier receive with the same attempt id, invisible anew for as long as this
 * receive asks, under the same handles and with the same counts. Nothing if there was no such receive;
 * refused if any of them is not as that receive left it.
 */
export async function repeatReceive(
  context: EngineContext,
  queue: Queue,
  options: ReceiveOptions,
  attemptId: string,
): Promise<{ readonly atMs: number; readonly messages: readonly Repeated[] } | undefined> {
  const { table, clock, groups } = context;
  const attempt = await findAttempt(context, queue, attemptId);
  if (attempt === undefined) return undefined;
  const visibleAtMs = clock.nowMs() + options.visibilityTimeoutMs;
  const bySk = Map.groupBy(attempt.messages, ({ sk }) => sk);
  const pk = groupsPartition(queue);
  const items = await table.getMany([...bySk.keys()].map((sk) => ({ pk, sk })));
  const found = new Map(items.flatMap((item) => (item ? [[item.sk, readGroup(item)]] : [])));
  const messages = attempt.messages.map((message): Repeated => {
    const taken = repeated(found.get(message.sk), message, visibleAtMs);
    if (taken === undefined) throw attemptNotRetryable(attemptId);
    return { taken, receiptHandle: message.receiptHandle };
  });
  const byGroup = [...Map.groupBy(messages, ({ taken }) => taken.group).values()];
  const results = await writeAll(table, byGroup.flatMap(hidingAgain));
  if (results.some(({ outcome }) => outcome === "conditionFailed")) {
    throw attemptNotRetryable(attemptId);
  }
  const ring = groups.ringOf(queue);
  for (const { key } of found.values()) ring.noteServed(key.sk, { count: 0, untilMs: visibleAtMs });
  return { atMs: attempt.atMs, messages };
}

/** The message as it will be, provided that it is as the receive left it. */
function repeated(
  group: Group | undefined,
  message: AttemptedMessage,
  visibleAtMs: number,
): FifoTaken | undefined {
  const entry = group?.entries.find(({ number }) => number === message.number);
  if (group === undefined || entry?.slot.kind !== "received") return undefined;
  const { slot } = entry;
  const isAsLeft = slot.token === message.token && slot.visibleAtMs === message.visibleAtMs;
  return isAsLeft ? { group, entry, before: slot, slot: { ...slot, visibleAtMs } } : undefined;
}

function hidingAgain(members: readonly Repeated[]): readonly Patch[] {
  const [first] = members;
  if (first === undefined) return [];
  const set = Object.fromEntries(
    members.map(({ taken: { entry, slot } }) => [
      slotAttribute(entry.number),
      writeSlot(slot) ?? "",
    ]),
  );
  const when = members.flatMap(({ taken }) => entryIs(taken.entry));
  return [{ kind: "patch", key: first.taken.group.key, set, when }];
}
