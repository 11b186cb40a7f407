import type { Item, Query } from "#table/table.ts";
import type { EngineContext } from "../engineContext.ts";
import type { Queue } from "../queue.ts";
import type { SweepBudget } from "./sweepBudget.ts";

/** One queue's part of a run. */
export interface QueueSweep {
  readonly context: EngineContext;
  readonly queue: Queue;
  readonly budget: SweepBudget;
  /** Whether it has a dead-letter queue, one that is there. */
  readonly hasDeadLetterQueue: boolean;
  /** By partition, where to go on behind what every run reads. Changed by the run. */
  readonly positions: Map<string, string>;
}

/** Of a queue each run reads about so many items to count them, and as many to go on behind those. */
export const itemsCountedMax = 8000;
/** A partition is never counted by fewer. */
export const itemsCountedMin = 100;

/** Of large pages a table in this process makes a pause for others; these are large, and no larger. */
const pageLimit = 500;

/** What was read of a range. */
export interface Walked {
  readonly items: readonly Item[];
  /** Where the rest begins; `undefined` when there is none. */
  readonly next: string | undefined;
}

/** Reads a range of one partition, up to about so many items, as it was a moment ago. */
export async function walk(
  { context, budget }: QueueSweep,
  { limit, ...range }: Pick<Query, "pk" | "from" | "to" | "limit">,
): Promise<Walked> {
  const items: Item[] = [];
  let { from } = range;
  while (items.length < limit) {
    const asked = Math.min(pageLimit, limit - items.length);
    const page = await context.table.query({ ...range, from, limit: asked, mayBeStale: true });
    budget.spend(page.items.length);
    items.push(...page.items);
    const last = page.items.at(-1);
    if (!page.more || last === undefined) return { items, next: undefined };
    from = `${last.sk}\u0000`;
  }
  return { items, next: from };
}

/**
 * Of a partition that is longer than what every run reads, another piece: from where the last run
 * ended, or from behind what this one has read. Remembers where it ended.
 */
export async function walkOn(
  sweep: QueueSweep,
  { next, ...range }: Pick<Query, "pk" | "to" | "limit"> & { readonly next: string | undefined },
): Promise<readonly Item[]> {
  const { positions } = sweep;
  const { pk, to } = range;
  const known = positions.get(pk);
  const isLong = next !== undefined && next <= to;
  if (!isLong) positions.delete(pk);
  if (!isLong || sweep.budget.isSpent) return [];
  positions.delete(pk);
  const from = known !== undefined && known > next ? known : next;
  const { items, next: rest } = await walk(sweep, { ...range, from });
  if (rest !== undefined) positions.set(pk, rest);
  return items;
}

/**
 * Whether the queue still is what the run was told when it began: no other of that name, not purged,
 * and keeping its messages for as long. What a run finds, it finds by those; nothing may be moved or
 * dropped by what was so half a minute ago.
 */
export async function isStillSo({ context, queue }: QueueSweep): Promise<boolean> {
  const now = await context.queues.find(queue.account, queue.name);
  return (
    now !== undefined &&
    now.id === queue.id &&
    now.epoch === queue.epoch &&
    now.settings.retentionSeconds === queue.settings.retentionSeconds
  );
}

/** Does something for each, so many at a time, until the budget is spent or the queue has changed. */
export async function forEachWithin<Each>(
  sweep: QueueSweep,
  several: readonly Each[],
  atOnce: number,
  work: (each: Each) => Promise<void>,
): Promise<void> {
  const { budget } = sweep;
  for (let start = 0; start < several.length && !budget.isSpent; start += atOnce) {
    if (!(await isStillSo(sweep))) return;
    const some = several.slice(start, start + atOnce);
    await Promise.all(some.map(work));
  }
}
