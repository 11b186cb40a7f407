import type { Delete, Key, Patch, Write } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import { appendToGroup } from "../fifo/appendToGroup.ts";
import { dropChunks } from "../fifo/dropChunks.ts";
import {
  type Entry,
  entryAttributeNames,
  entryFixedBytes,
  idBytes,
  messageIdOfEntry,
} from "../fifo/entry.ts";
import { type Group, groupKey, itemBytes, lifeBytes } from "../fifo/group.ts";
import { entryIs, hasNotGrown, isSameLife } from "../fifo/groupGuards.ts";
import { currentTail, type GroupTail } from "../fifo/groupTail.ts";
import { announce } from "../fifo/sendToGroups.ts";
import type { Queue } from "../queue.ts";
import { type ContentsPlace, chunksPartition } from "../segment.ts";
import { readContents, storeContents } from "../segmentContents.ts";
import { expiryOf, newRandomDigits } from "../sendMessages.ts";
import { Directions } from "./directions.ts";
import { GroupBacklog } from "./groupBacklog.ts";
import type { MoveTask } from "./moveTask.ts";
import { nextMoveAtMs } from "./pace.ts";
import type { Mover, Step } from "./step.ts";
import { recordMoved, taskIn } from "./taskStore.ts";

/** A message on its way. */
interface Leaving {
  /** As it stands in the source. */
  readonly entry: Entry;
  /** As the target will have them; `undefined` once they have expired: it arrives nowhere then. */
  readonly contents: ContentsPlace | undefined;
}

/** The first messages of one group, all of which go to one queue. */
interface Move {
  readonly group: Group;
  readonly target: Queue;
  /** Of the group where they go. */
  readonly key: Key;
  readonly leaving: readonly Leaving[];
}

/** What a deduplication id takes that is a message id. */
const messageIdCharacters = 36;
/** A step is tried again when the target group was sent to meanwhile. */
const triesMax = 6;

/**
 * Moves the messages of a FIFO queue: the leading run of a group, or as much of it as a step may move,
 * goes to the end of the same group elsewhere. It leaves, arrives and is counted in one all-or-nothing
 * write. Each message has its new id as deduplication id, so that none is suppressed.
 */
export class GroupMover implements Mover {
  readonly #context: EngineContext;
  readonly #backlog: GroupBacklog;

  constructor(context: EngineContext) {
    this.#context = context;
    this.#backlog = new GroupBacklog(context);
  }

  async step(task: MoveTask, source: Queue, most: number): Promise<Step> {
    const found = await this.#backlog.next(source);
    if (found === undefined) return { outcome: "nothingLeft" };
    const entries = goingTogether(found.run, task).slice(0, most);
    const cameFromArn = entries[0]?.facts.moved?.sourceArn;
    const direction = await new Directions(this.#context, task).of(cameFromArn);
    if (direction.kind === "none") return { outcome: "stuck", reason: direction.reason };
    const { queue: target } = direction;
    const key = groupKey(target, found.group.groupId);
    const contents = await Promise.all(
      entries.map((entry) => copyContents(this.#context, { source, target, key, entry })),
    );
    const leaving = entries.map((entry, index) => ({ entry, contents: contents[index] }));
    const move = { group: found.group, target, key, leaving };
    // Sends to the target from this process wait, so that they and we do not make each other lose.
    const step = await this.#context.groups.outboxes.hold(`${key.pk} ${key.sk}`, () =>
      this.#move(task, move),
    );
    if (step.outcome === "moved") this.#backlog.noteMoved(found, entries.length);
    await this.#tidy(move, step.outcome === "moved");
    return step;
  }

  async #move(task: MoveTask, move: Move): Promise<Step> {
    const { table, clock, groups } = this.#context;
    for (let tries = 0; tries < triesMax; tries += 1) {
      const tail = await currentTail(table, move.key);
      const nowMs = clock.nowMs();
      const entries = arrivingEntries(this.#context, move.leaving, tail);
      const count = entries.length;
      const progress = recordMoved(this.#context, task, {
        count,
        nextMoveAtMs: nextMoveAtMs(task, count, nowMs),
      });
      const arrival = arrivalOf(this.#context, move.key, tail, entries);
      const result = await table.transact([progress.write, removalOf(move), ...arrival]);
      groups.memory.forget(move.key);
      groups.memory.forget(move.group.key);
      if (result.outcome === "written") return { outcome: "moved", task: progress.task };
      const [record, removal] = result.failures;
      if (record?.failed === true) return { outcome: "overtaken", task: taskIn(record.current) };
      if (removal?.failed === true) break;
    }
    return { outcome: "contended" };
  }

  /** Where chunks do not vanish by themselves: those that were left, or those that never arrived. */
  async #tidy({ target, key, leaving }: Move, isMoved: boolean): Promise<void> {
    const copies = leaving.flatMap(({ entry, contents }) =>
      contents === undefined || contents === entry.contents ? [] : [{ contents }],
    );
    if (isMoved) announce(this.#context, target, key);
    await dropChunks(this.#context, isMoved ? leaving.map(({ entry }) => entry) : copies);
  }
}

/** The first messages of a run which go to the same queue. */
function goingTogether(run: readonly Entry[], { destinationArn }: MoveTask): readonly Entry[] {
  if (destinationArn !== undefined) return run;
  const cameFromArn = run[0]?.facts.moved?.sourceArn;
  const end = run.findIndex(({ facts }) => facts.moved?.sourceArn !== cameFromArn);
  return end < 0 ? run : run.slice(0, end);
}

/** Retention begins anew for a message that moves, so contents of their own are stored anew. */
async function copyContents(
  { table, clock, random }: EngineContext,
  move: {
    readonly source: Queue;
    readonly target: Queue;
    readonly key: Key;
    readonly entry: Entry;
  },
): Promise<ContentsPlace | undefined> {
  const { source, target, key, entry } = move;
  if (entry.contents.kind === "inline") return entry.contents;
  const contents = await readContents(table, entry.contents, source.account);
  if (contents === undefined) return undefined;
  return await storeContents(table, contents, {
    account: source.account,
    stateBytes: itemBytes(key) + entryFixedBytes + messageIdCharacters,
    pk: chunksPartition(target.id, newRandomDigits(random)),
    expiresAtSeconds: expiryOf(clock.nowMs()),
  });
}

/** The messages as if they were sent now, behind all that the group has (spec section 9.4). */
function arrivingEntries(
  { clock, random, groups }: EngineContext,
  leaving: readonly Leaving[],
  tail: GroupTail | undefined,
): readonly Entry[] {
  const sentAtMs = clock.nowMs();
  const stored = leaving.flatMap(({ contents }) => contents ?? []);
  return stored.map((contents, index) => {
    const sequence = groups.sequence.next(tail?.lastSequence ?? 0, sentAtMs);
    const facts = { sequence, sentAtMs, idDigits: random.hex(idBytes) };
    return {
      number: (tail?.nextEntry ?? 0) + index,
      facts: { ...facts, deduplicationId: messageIdOfEntry(facts) },
      contents,
      slot: { kind: "fresh" },
    };
  });
}

function arrivalOf(
  { table, clock, random }: EngineContext,
  key: Key,
  tail: GroupTail | undefined,
  entries: readonly Entry[],
): readonly Write[] {
  const lastSequence = entries.at(-1)?.facts.sequence;
  if (lastSequence === undefined) return [];
  const append = appendToGroup(table.traits, {
    key,
    tail,
    newLife: random.hex(lifeBytes),
    entries,
    lastSequence,
    expiresAtSeconds: expiryOf(clock.nowMs()),
  });
  return append.writes;
}

/** Takes the messages out of their group, and the group away with the last, if all is as it was. */
function removalOf({ group, leaving }: Move): Patch | Delete {
  const { key, entries, firstPage } = group;
  const moved = leaving.map(({ entry }) => entry);
  const when = [isSameLife(group), ...moved.flatMap(entryIs)];
  if (moved.length === entries.length && firstPage === undefined) {
    return { kind: "delete", key, when: [...when, ...hasNotGrown(group)] };
  }
  const remove = moved.flatMap(({ number }) => entryAttributeNames(number));
  return { kind: "patch", key, set: {}, remove, when };
}
