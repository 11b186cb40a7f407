import { queueKey } from "#engine/queue.ts";
import type { Table } from "#table/table.ts";
import { insider } from "./engineQueue.ts";

/** Gives a queue so many lanes, as growth would have given it. Processes hear of it within two seconds. */
export async function setLanes(table: Table, queueName: string, lanes: number): Promise<void> {
  const key = queueKey(insider.account, queueName);
  const item = await table.get(key);
  const q = JSON.stringify({ ...JSON.parse(String(item?.["q"])), lanes });
  await table.write({ kind: "patch", key, set: { q, v: Number(item?.["v"]) + 1 }, when: [] });
}
