import { queryLimitMax, writeManyMax } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { type Entry, type Group, groupsPartition, leadingRun, readGroup } from "./group.ts";
import type { GroupRing } from "./groupRing.ts";

/** A group with something to do: messages to deliver, expired ones to drop, a page to move in. */
export interface GroupCandidate {
  readonly group: Group;
  readonly run: readonly Entry[];
  readonly expired: readonly Entry[];
  readonly needsPage: boolean;
}

export interface GroupLook {
  /** Who waited longest first. */
  readonly candidates: readonly GroupCandidate[];
  /** When something that was seen becomes available; infinity if time alone changes nothing. */
  readonly nextVisibleMs: number;
}

/** Hinted groups looked at beyond one for each message: some will have none. */
const spareHints = 3;
const windowMin = 16;
const windowGrowth = 4;
/** Behind every key: they begin with hexadecimal digits. */
const endOfRing = "g";

/**
 * Finds groups with available messages: those that were hinted at, then round the ring from where
 * the last look ended, until there are messages enough or the round is complete.
 */
export async function findGroups(
  context: EngineContext,
  look: {
    readonly queue: Queue;
    readonly ring: GroupRing;
    readonly wanted: number;
    readonly nowMs: number;
    /** Groups that this receive has had its share of. */
    readonly except: ReadonlySet<string>;
  },
): Promise<GroupLook> {
  const { queue, ring, nowMs, except, wanted } = look;
  const found = new Map<string, GroupCandidate>();
  let nextVisibleMs = Infinity;
  let messages = 0;
  const consider = (group: Group): void => {
    const { sk } = group.key;
    const { run, expired, untilMs } = leadingRun(group, queue, nowMs);
    nextVisibleMs = Math.min(nextVisibleMs, untilMs);
    if (except.has(sk) || ring.isBusy(sk) || found.has(sk)) return;
    const needsPage = group.pages !== undefined && untilMs === Infinity && run.length < wanted;
    if (run.length === 0 && expired.length === 0 && !needsPage) return;
    found.set(sk, { group, run, expired, needsPage });
    messages += run.length;
  };

  for (const group of await hintedGroups(context, look)) consider(group);
  if (messages < wanted && !ring.isQuiet(nowMs)) {
    const read = await goRound(context, { queue, ring }, consider, () => messages >= wanted);
    if (read !== undefined && found.size === 0) {
      ring.noteQuiet({ read, returnsAtMs: nextVisibleMs, nowMs });
    }
  }
  const candidates = [...found.values()].sort(
    (left, right) =>
      ring.servedAt(left.group.key.sk) - ring.servedAt(right.group.key.sk) ||
      oldestSequence(left.group) - oldestSequence(right.group),
  );
  const isQuiet = ring.isQuiet(nowMs);
  return { candidates, nextVisibleMs: isQuiet ? ring.nextLookMs : nextVisibleMs };
}

async function hintedGroups(
  { table }: EngineContext,
  {
    queue,
    ring,
    wanted,
  }: { readonly queue: Queue; readonly ring: GroupRing; readonly wanted: number },
): Promise<readonly Group[]> {
  const pk = groupsPartition(queue);
  const most = Math.min(writeManyMax, wanted + spareHints);
  const keys = ring.takeHints(most).map((sk) => ({ pk, sk }));
  const items = keys.length === 0 ? [] : await table.getMany(keys);
  return items.flatMap((item) => (item === undefined ? [] : [readGroup(item)]));
}

/** Answers how many groups were read if the round was completed, else nothing. */
async function goRound(
  { table }: EngineContext,
  { queue, ring }: { readonly queue: Queue; readonly ring: GroupRing },
  consider: (group: Group) => void,
  isEnough: () => boolean,
): Promise<number | undefined> {
  const pk = groupsPartition(queue);
  const start = ring.cursor;
  const arcs = [
    { from: start, to: endOfRing },
    { from: "", to: start },
  ];
  let read = 0;
  let limit = windowMin;
  for (const { from: arcStart, to } of arcs) {
    let from = arcStart;
    for (;;) {
      if (from > to) break;
      const page = await table.query({ pk, from, to, limit });
      for (const item of page.items) consider(readGroup(item));
      read += page.items.length;
      const last = page.items.at(-1);
      if (last !== undefined) ring.moveTo(`${last.sk}\u0000`);
      if (!page.more || last === undefined) break;
      if (isEnough()) return undefined;
      from = `${last.sk}\u0000`;
      limit = Math.min(limit * windowGrowth, queryLimitMax);
    }
    if (start === "") break;
  }
  return read;
}

function oldestSequence({ entries }: Group): number {
  return entries[0]?.facts.sequence ?? Infinity;
}
