import { hash } from "node:crypto";
import type { Queue } from "./queue.ts";
import type { Random } from "./random.ts";
import { lanePartition } from "./segment.ts";

/** One of a queue's lanes. */
export interface LaneRef {
  /** Part of the keys of its messages, and of their receipt handles. */
  readonly number: number;
  readonly partition: string;
}

/**
 * Lanes by message group begin here, far above any number of plain lanes. A queue has them from the
 * first message with a group id on: each group's messages go to one of them, and receives turn to the
 * lanes with the fewest messages in flight first, so that a tenant with a long backlog is served after
 * the others (spec section 8).
 */
export const fairLanesStart = 36 ** 2;

/** The lane that every queue has. */
export const firstLane = 0;

/** For messages without a group id, or with one. */
export type LaneKind = "plain" | "fair";

/** Which kind a lane is of, by its number. */
export function laneKindOf(lane: number): LaneKind {
  return lane < fairLanesStart ? "plain" : "fair";
}

/** A queue is asked at every call, and is the same object until it changes. */
const known = new WeakMap<Queue, readonly LaneRef[]>();

/** All lanes of a queue, the plain ones first. */
export function lanesOf(queue: Queue): readonly LaneRef[] {
  let lanes = known.get(queue);
  if (lanes === undefined) {
    lanes = listLanes(queue);
    known.set(queue, lanes);
  }
  return lanes;
}

function listLanes(queue: Queue): readonly LaneRef[] {
  const plain = Array.from({ length: queue.lanes }, (_, lane) => laneRef(queue, lane));
  const fair = Array.from({ length: queue.fairLanes ?? 0 }, (_, lane) =>
    laneRef(queue, fairLanesStart + lane),
  );
  return [...plain, ...fair];
}

/** Where a message is sent: the lane of its group, or any plain one. */
export function laneForSend(queue: Queue, groupId: string | undefined, random: Random): number {
  const { fairLanes = 0 } = queue;
  if (groupId === undefined || fairLanes === 0) return random.below(queue.lanes);
  const digits = hash("sha1", groupId, "hex").slice(0, 8);
  return fairLanesStart + (Number.parseInt(digits, 16) % fairLanes);
}

function laneRef(queue: Queue, number: number): LaneRef {
  const lane = { queueId: queue.id, epoch: queue.epoch, lane: number };
  return { number, partition: lanePartition(lane) };
}
