import type { SimulationName } from "./simulations.ts";

/** A text of a source file, and what is put in its place. */
export interface SourceChange {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

/** A bug that somebody might make. */
export interface PlantedBug {
  readonly name: string;
  /** More than one where one net lies under another, and either would catch the message. */
  readonly changes: readonly SourceChange[];
  /** What it breaks. */
  readonly breaks: string;
  /** The simulation that is to find it. */
  readonly simulation: SimulationName;
}

/** Bugs that the simulations are known to find. `npm run planted-bugs` plants each in turn. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "a claim without its condition",
    changes: [
      {
        file: "lib/engine/slotEdits.ts",
        find: 'return { kind: "patch", key, set, remove, when };',
        put: 'return { kind: "patch", key, set, remove, when: when.slice(when.length) };',
      },
    ],
    breaks: "two receives hold a message at once",
    simulation: "standard-cloud",
  },
  {
    name: "a message in flight is available two seconds early",
    changes: [
      {
        file: "lib/engine/laneReader.ts",
        find: 'slot.kind === "received" && slot.visibleAtMs <= nowMs)',
        put: 'slot.kind === "received" && slot.visibleAtMs <= nowMs + 2000)',
      },
    ],
    breaks: "a visibility timeout is cut short",
    simulation: "standard-box",
  },
  {
    name: "a receive that is not counted",
    changes: [
      {
        file: "lib/engine/slot.ts",
        find: "receiveCount: (before?.receiveCount ?? 0) + 1,",
        put: "receiveCount: before?.receiveCount ?? 1,",
      },
    ],
    breaks: "receive counts stand still, and nothing ever goes to the dead-letter queue",
    simulation: "standard-box",
  },
  {
    name: "the skip never looks back",
    changes: [
      {
        file: "lib/engine/sharedRun.ts",
        find: "if (this.#isLookingBack || limit < Math.min(size + 1, lookBackMin)) return undefined;",
        put: "if (this.#isLookingBack || limit < Infinity || size < lookBackMin) return undefined;",
      },
    ],
    breaks: "what another process makes available again is never received",
    simulation: "standard-cloud",
  },
  {
    name: "what has returned is not read",
    changes: [
      {
        file: "lib/engine/sharedRun.ts",
        find: "if (nowMs < this.nextReturnMs) return { returned: [], returns: [] };",
        put: "if (nowMs < this.nextReturnMs + 60_000) return { returned: [], returns: [] };",
      },
    ],
    breaks: "messages whose timeout ended are received much too late",
    simulation: "standard-cloud",
  },
  {
    name: "the skip passes what is available",
    changes: [
      {
        file: "lib/engine/laneReader.ts",
        find: "const isOpen = segment.slots.some((slot) => isAvailable(slot, nowMs));",
        put: "const isOpen = segment.slots.every((slot) => isAvailable(slot, nowMs));",
      },
    ],
    breaks: "a message waits longer than the bound for a receive that is there",
    simulation: "standard-cloud",
  },
  {
    name: "a dead-letter move that leaves the original",
    changes: [
      {
        file: "lib/engine/deadLetter.ts",
        find: 'const writes = [{ kind: "insert", item: stored }, removal] as const;',
        put: 'const writes = [{ kind: "insert", item: stored }] as const;',
      },
    ],
    breaks: "a message is in two queues",
    simulation: "standard-box",
  },
  {
    name: "a dead-letter move in two steps",
    changes: [
      {
        file: "lib/engine/deadLetter.ts",
        find: "const result = await context.table.transact(writes)",
        put: "await context.table.transact([removal]); const result = await context.table.transact(writes.slice(0, 1))",
      },
    ],
    breaks: "a message is in no queue in between, and lost if the process dies there",
    simulation: "standard-cloud",
  },
  {
    name: "chunks dropped with the first message that refers to them",
    changes: [
      {
        file: "lib/engine/removeMessages.ts",
        find: "if (isDeleted && owned !== undefined) dropped.push(owned);",
        put: "if (owned !== undefined) dropped.push(owned);",
      },
    ],
    breaks: "the other messages of a segment lose their contents",
    simulation: "standard-box",
  },
  {
    name: "a retried insert that takes its own work for somebody else's",
    changes: [
      {
        file: "lib/engine/sendMessages.ts",
        find: "return !isOurs;",
        put: "return true;",
      },
      {
        file: "lib/table/dynamodb/lostAnswer.ts",
        find: "Object.keys(current).length === Object.keys(write.item).length &&",
        put: "Object.keys(current).length < Object.keys(write.item).length &&",
      },
    ],
    breaks: "a message is stored twice, as two messages",
    simulation: "standard-cloud",
  },
  {
    name: "an answer before the write",
    changes: [
      {
        file: "lib/engine/sendMessages.ts",
        find: "const results = await inserting.catch(",
        put: "inserting.catch(() => undefined); const results: readonly WriteResult[] = []; void Promise.resolve().catch(",
      },
    ],
    breaks: "a message is acknowledged and not stored",
    simulation: "standard-cloud",
  },
  {
    name: "a FIFO delete that looks at no token",
    changes: [
      {
        file: "lib/engine/fifo/removeFromGroups.ts",
        find: 'slot.kind === "received" && slot.token === edit.token && slot.visibleAtMs > nowMs;',
        put: 'slot.kind === "received" && slot.visibleAtMs > nowMs;',
      },
    ],
    breaks: "a handle of before deletes what somebody else holds",
    simulation: "fifo-cloud",
  },
  {
    name: "a deduplication record without its guard",
    changes: [
      {
        file: "lib/engine/fifo/deduplication.ts",
        find: 'return { kind: "insert", item: { ...key, ...attributes } };',
        put: 'return { kind: "put", item: { ...key, ...attributes } };',
      },
    ],
    breaks: "one deduplication id is accepted twice",
    simulation: "fifo-cloud",
  },
  {
    name: "a FIFO run that goes past what is in flight",
    changes: [
      {
        file: "lib/engine/fifo/group.ts",
        find: 'if (standing.kind !== "available") return { run, expired, untilMs: standing.untilMs };',
        put: 'if (standing.kind !== "available") continue;',
      },
    ],
    breaks: "a later message of a group is received while an earlier one is out",
    simulation: "fifo-box",
  },
  {
    name: "an expiry that is half a minute early",
    changes: [
      {
        file: "lib/engine/fifo/entry.ts",
        find: "return sinceMs + queue.settings.retentionSeconds * 1000 <= nowMs;",
        put: "return sinceMs + queue.settings.retentionSeconds * 1000 - 55_000 <= nowMs;",
      },
    ],
    breaks: "messages are dropped before their retention period is over",
    simulation: "fifo-cloud",
  },
  {
    name: "an emptied group deleted without a look at what came since",
    changes: [
      {
        file: "lib/engine/fifo/groupGuards.ts",
        find: '{ attribute: "t", is: "equal", value: lastSequence },\n    { attribute: "f", is: "absent" },',
        put: '{ attribute: "f", is: "absent" },',
      },
    ],
    breaks: "a message that was just sent goes with the group",
    simulation: "fifo-cloud",
  },
  {
    name: "a purge that begins no new epoch",
    changes: [
      {
        file: "lib/engine/operations/purgeQueue.ts",
        find: "epoch: queue.epoch + 1, purgedAtMs",
        put: "epoch: queue.epoch, purgedAtMs",
      },
    ],
    breaks: "purged messages are still there",
    simulation: "standard-box",
  },
  {
    name: "handles of a purge not heard of yet are dropped",
    changes: [
      {
        file: "lib/engine/receiptHandle.ts",
        find: "return handle.epoch < queue.epoch;",
        put: "return handle.epoch !== queue.epoch;",
      },
    ],
    breaks: "a deletion is acknowledged and nothing is deleted",
    simulation: "standard-cloud",
  },
  {
    name: "a queue that is believed for a minute",
    changes: [
      {
        file: "lib/engine/queueStore.ts",
        find: "const sharedCacheMs = 2000;",
        put: "const sharedCacheMs = 60_000;",
      },
    ],
    breaks: "messages go where a purge was long ago",
    simulation: "standard-cloud",
  },
  {
    name: "a move task that copies",
    changes: [
      {
        file: "lib/engine/moveTasks/laneMover.ts",
        find: "...departures.map(removalOf), ...arrivals",
        put: "...arrivals",
      },
    ],
    breaks: "messages are in the dead-letter queue and where they came from",
    simulation: "standard-cloud",
  },
  {
    name: "a move task without guards",
    changes: [
      {
        file: "lib/engine/moveTasks/laneMover.ts",
        find: "isLeaving(index) ? [slotIs(index, slot)] : []",
        put: "isLeaving(index) ? [slotIs(index, slot)].slice(1) : []",
      },
    ],
    breaks: "a message that was received meanwhile is moved all the same",
    simulation: "standard-cloud",
  },
  {
    name: "what follows a failure in its group is deleted",
    changes: [
      {
        file: "lib/poll/batchAnswer.ts",
        find: "failed.has(messageId) || (groupId !== undefined && stuck.has(groupId));",
        put: "failed.has(messageId);",
      },
    ],
    breaks: "a failed message comes again behind those that it comes before",
    simulation: "poll-fifo",
  },
  {
    name: "a malformed answer that is a success",
    changes: [
      {
        file: "lib/poll/batchAnswer.ts",
        find: 'if (!isObject(answer)) return allFailed("expected an object with batchItemFailures");',
        put: "if (!isObject(answer)) return noneFailed;",
      },
    ],
    breaks: "messages are deleted that no worker has handled",
    simulation: "poll-standard",
  },
  {
    name: "a throttled worker that costs a receive",
    changes: [
      {
        file: "lib/poll/settle.ts",
        find: "if (queue.putBack === undefined) return",
        put: "if (queue.putBack !== undefined) return",
      },
    ],
    breaks: "messages go to the dead-letter queue that no worker has had",
    simulation: "poll-calm",
  },
  {
    name: "an extension that is believed for three times as long",
    changes: [
      {
        file: "lib/poll/hold.ts",
        find: "this.#renew(message, this.#extended(nowMs, VisibilityTimeout));",
        put: "this.#renew(message, this.#extended(nowMs, 3 * VisibilityTimeout));",
      },
    ],
    breaks: "two workers have a message at once",
    simulation: "poll-calm",
  },
  {
    name: "a turn that is taken half a minute early",
    changes: [
      {
        file: "lib/service/triggerTurn.ts",
        find: 'if (Number(current["u"]) > nowMs) return false;',
        put: 'if (Number(current["u"]) > nowMs + 30_000) return false;',
      },
    ],
    breaks: "two pollers have the turn of a trigger",
    simulation: "poll-standard",
  },
  {
    name: "a purge that forgets no deduplication id",
    changes: [
      {
        file: "lib/engine/fifo/deduplication.ts",
        find: "queue.epoch.toString(36)}/d/",
        put: "0}/d/",
      },
    ],
    breaks: "what is sent after a purge is taken for a duplicate of what is gone",
    simulation: "fifo-box",
  },
  {
    name: "a FIFO move task that mixes up the contents",
    changes: [
      {
        file: "lib/engine/moveTasks/groupMover.ts",
        find: "({ entry, contents: contents[index] })",
        put: "({ entry, contents: contents[entries.length - 1 - index] })",
      },
    ],
    breaks: "messages come back in another order",
    simulation: "fifo-box",
  },
  {
    name: "a FIFO move task without guards",
    changes: [
      {
        file: "lib/engine/moveTasks/groupMover.ts",
        find: "const when = [isSameLife(group), ...moved.flatMap(entryIs)];",
        put: "const when = [isSameLife(group), ...moved.flatMap(entryIs).slice(moved.length * 2)];",
      },
    ],
    breaks: "a message that was received meanwhile is moved all the same",
    simulation: "fifo-cloud",
  },
];
