import type { DatabaseSync } from "node:sqlite";
import type { ItemRows } from "./itemRows.ts";

const rowsPerStep = 200;

/**
 * Drops items that have expired, those that did first before others, and at most 200 of them.
 * Answers whether more may be due.
 */
export function dropExpired(
  database: DatabaseSync,
  rows: ItemRows,
): (nowSeconds: number) => boolean {
  const drop = database.prepare(
    `DELETE FROM items WHERE id IN
      (SELECT id FROM items WHERE expires <= ? ORDER BY expires LIMIT ${rowsPerStep})
      RETURNING pk, sk, attributes`,
  );
  return (nowSeconds) => {
    const dropped = drop.all(nowSeconds);
    for (const { pk, sk, attributes } of dropped) {
      rows.leave({ pk: String(pk), sk: String(sk) }, String(attributes));
    }
    return dropped.length === rowsPerStep;
  };
}
