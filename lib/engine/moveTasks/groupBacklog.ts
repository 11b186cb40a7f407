import type { EngineContext } from "../engineContext.ts";
import type { Entry } from "../fifo/entry.ts";
import { type Group, groupsPartition, leadingRun, readGroup } from "../fifo/group.ts";
import { refillGroup } from "../fifo/refillGroup.ts";
import type { Queue } from "../queue.ts";
import { messagesPerStepMax } from "./pace.ts";

/** A group, and those of its messages that a receive could be given now. */
export interface VisibleRun {
  readonly group: Group;
  readonly run: readonly Entry[];
}

/** Groups among which the one with the oldest message goes first. */
const pageLimit = 100;
/** Overflow pages that may turn out to hold nothing any more, one after another. */
const refillsMax = 20;
/** Behind every key of a group: they begin with hexadecimal digits. */
const endOfGroups = "g";

/**
 * The visible messages of a FIFO queue, a group's leading run at a time. Of each hundred groups the
 * one with the oldest message goes first; among more, the order of their keys decides. A group that is
 * locked is passed over, and looked at again in the next pass: only a whole pass that finds nothing
 * says that nothing is left.
 */
export class GroupBacklog {
  readonly #context: EngineContext;
  /** Names the groups that this pass goes over: a purge begins another. */
  #partition: string | undefined;
  /** Where the next page begins; `undefined` when all were read. */
  #from: string | undefined;
  /** The groups at hand, by their sort keys, and the sequence number of their oldest message. */
  readonly #oldest = new Map<string, number>();
  #hasFound = false;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** The next run; nothing when nothing visible is left. */
  async next(queue: Queue): Promise<VisibleRun | undefined> {
    const partition = groupsPartition(queue);
    if (partition !== this.#partition) this.#begin(partition);
    const found = await this.#find(queue, partition);
    if (found !== undefined || !this.#hasFound) return found;
    this.#begin(partition);
    return await this.#find(queue, partition);
  }

  /** So many messages of a run were moved. */
  noteMoved({ group, run }: VisibleRun, count: number): void {
    // What follows in overflow pages comes later than anything that was sent before.
    const next = run[count]?.facts.sequence ?? group.lastSequence;
    this.#oldest.set(group.key.sk, next);
  }

  #begin(partition: string): void {
    this.#partition = partition;
    this.#from = "";
    this.#oldest.clear();
    this.#hasFound = false;
  }

  async #find(queue: Queue, partition: string): Promise<VisibleRun | undefined> {
    for (;;) {
      const sk = this.#oldestGroup() ?? (await this.#readPage(partition));
      if (sk === undefined) return undefined;
      const run = await this.#look(queue, { pk: partition, sk });
      if (run !== undefined) return run;
      this.#oldest.delete(sk);
    }
  }

  #oldestGroup(): string | undefined {
    let oldest: readonly [sk: string, sequence: number] | undefined;
    for (const each of this.#oldest) {
      if (oldest === undefined || each[1] < oldest[1]) oldest = each;
    }
    return oldest?.[0];
  }

  /** Answers the group to begin with; nothing when there are no more. */
  async #readPage(partition: string): Promise<string | undefined> {
    while (this.#from !== undefined) {
      const page = await this.#context.table.query({
        pk: partition,
        from: this.#from,
        to: endOfGroups,
        limit: pageLimit,
      });
      const last = page.items.at(-1);
      this.#from = page.more && last !== undefined ? `${last.sk}\u0000` : undefined;
      for (const item of page.items) {
        const { key, entries, lastSequence } = readGroup(item);
        this.#oldest.set(key.sk, entries[0]?.facts.sequence ?? lastSequence);
      }
      const first = this.#oldestGroup();
      if (first !== undefined) return first;
    }
    return undefined;
  }

  /** The group as it is now, with its overflow pages moved in until there is something to move. */
  async #look(
    queue: Queue,
    key: { readonly pk: string; readonly sk: string },
  ): Promise<VisibleRun | undefined> {
    const { table, clock } = this.#context;
    const item = await table.get(key);
    let group = item === undefined ? undefined : readGroup(item);
    for (let refills = 0; group !== undefined && refills < refillsMax; refills += 1) {
      const { run, untilMs } = leadingRun(group, queue, clock.nowMs());
      if (run.length > 0) {
        this.#hasFound = true;
        return { group, run };
      }
      if (group.firstPage === undefined || untilMs !== Infinity) return undefined;
      // There is something in this pass, whoever gets to it.
      this.#hasFound = true;
      const step = await refillGroup(this.#context, queue, group, messagesPerStepMax);
      group = step.kind === "done" ? step.group : undefined;
    }
    return undefined;
  }
}
