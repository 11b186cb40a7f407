import type { Write } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import { dropChunks } from "./dropChunks.ts";
import { type Entry, entryAttributeNames } from "./entry.ts";
import { isExhausted, moveToFifoDeadLetterQueue } from "./fifoDeadLetter.ts";
import { type Group, isEmpty, leadingRun, readGroup } from "./group.ts";
import { hasNotGrown, isSameLife } from "./groupGuards.ts";
import { refillGroup } from "./refillGroup.ts";
import type { Step } from "./step.ts";

/** What a group has for a receive once everything in the way is cleared away. */
export interface Ready {
  /** As it is now. */
  readonly group: Group;
  /** May be claimed. */
  readonly run: readonly Entry[];
  /** When time alone makes the run longer: what has just come out of a page may be delayed. */
  readonly untilMs: number;
  /** Whether this is all; if not, somebody else got in between, or there is too much to clear. */
  readonly isSettled: boolean;
}

/** Steps for one group in one look. Each is a write, so a receive must come to an end. */
const stepsMax = 20;

/**
 * Makes a group ready to be received from: drops what has outlived its retention period, moves what
 * was received too often to the dead-letter queue, moves an overflow page in when the group's own
 * entries are fewer than wanted, deletes an item that has nothing left.
 */
export async function readyRun(
  context: EngineContext,
  queue: Queue,
  found: Group,
  wanted: number,
): Promise<Ready> {
  let group = found;
  let mayMove = true;
  for (let steps = 0; steps < stepsMax; steps += 1) {
    const { run: all, expired, untilMs } = leadingRun(group, queue, context.clock.nowMs());
    // A queue may be its own dead-letter queue; what has just moved is not for this receive.
    const run = all.filter(({ number }) => number < found.nextEntry);
    const first = mayMove ? run.findIndex((entry) => isExhausted(queue, entry)) : -1;
    const exhausted = run[first];
    let step: Step;
    if (expired.length > 0 || isEmpty(group)) {
      step = await drop(context, group, expired);
    } else if (first > 0) {
      return { group, run: run.slice(0, first), untilMs, isSettled: true };
    } else if (exhausted !== undefined) {
      const moved = await moveToFifoDeadLetterQueue(context, queue, group, exhausted);
      mayMove = moved !== "kept";
      step = moved === "kept" ? { kind: "done", group } : moved;
    } else if (group.firstPage !== undefined && untilMs === Infinity && run.length < wanted) {
      step = await refillGroup(context, queue, group, wanted - run.length);
    } else {
      return { group, run, untilMs, isSettled: true };
    }
    if (step.kind === "overtaken") return { ...nothingOf(group), isSettled: false };
    if (step.group === undefined) return { ...nothingOf(group), isSettled: true };
    group = step.group;
  }
  return { ...nothingOf(group), isSettled: false };
}

function nothingOf(group: Group): Omit<Ready, "isSettled"> {
  return { group, run: [], untilMs: Infinity };
}

/** Drops entries past their retention period; the group with them if nothing else is left. */
async function drop(
  context: EngineContext,
  group: Group,
  expired: readonly Entry[],
): Promise<Step> {
  const { key, entryCount, firstPage } = group;
  const isAll = expired.length === entryCount && firstPage === undefined;
  const remove = expired.flatMap(({ number }) => entryAttributeNames(number));
  const write: Write = isAll
    ? { kind: "delete", key, when: [isSameLife(group), ...hasNotGrown(group)] }
    : { kind: "patch", key, set: {}, remove, when: [isSameLife(group)] };
  const { outcome, current } = await context.table.write(write);
  context.groups.memory.forget(key);
  if (outcome === "conditionFailed") return { kind: "overtaken" };
  await dropChunks(context, expired);
  return { kind: "done", group: current === undefined ? undefined : readGroup(current) };
}
