import type { DatabaseSync } from "node:sqlite";
import { partsIn } from "./itemCodec.ts";
import type { ItemRows } from "./itemRows.ts";
import { PartRows } from "./partRows.ts";

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
  const parts = new PartRows(database);
  return (nowSeconds) => {
    const dropped = drop.all(nowSeconds);
    for (const { pk, sk, attributes } of dropped) {
      for (const part of partsIn(String(attributes))) parts.delete(part);
      rows.forget({ pk: String(pk), sk: String(sk) });
    }
    return dropped.length === rowsPerStep;
  };
}
