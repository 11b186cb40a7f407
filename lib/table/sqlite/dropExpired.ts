import type { DatabaseSync } from "node:sqlite";

const rowsPerStep = 200;

/**
 * Drops items that have expired, those that did first before others, and at most 200 of them.
 * Answers whether more may be due.
 */
export function dropExpired(database: DatabaseSync): (nowSeconds: number) => boolean {
  const drop = database.prepare(
    `DELETE FROM items WHERE id IN
      (SELECT id FROM items WHERE expires <= ? ORDER BY expires LIMIT ${rowsPerStep})`,
  );
  return (nowSeconds) => drop.run(nowSeconds).changes === rowsPerStep;
}
