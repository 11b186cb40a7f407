import { deleteSegments } from "../reclaim.ts";
import { isStillSo, type QueueSweep } from "./queueSweep.ts";

const pageLimit = 250;

/**
 * Drops the segments of a lane that lie before that key: they have outlived the retention period of
 * their queue, and nobody reads them. Only where expiry is not free: elsewhere they go by themselves,
 * fourteen days after their messages were sent.
 */
export async function dropOutlived(sweep: QueueSweep, pk: string, before: string): Promise<void> {
  const { context, queue, budget } = sweep;
  const { table } = context;
  if (table.traits.expiryIsFree) return;
  while (!budget.isSpent) {
    // No key is the bound itself, since keys go on behind their time.
    const { items } = await table.query({ pk, from: "", to: before, limit: pageLimit });
    if (items.length === 0 || !(await isStillSo(sweep))) return;
    await deleteSegments(table, items, { queueId: queue.id, mayGoOn: () => !budget.isSpent });
    budget.spend(2 * items.length);
  }
}
