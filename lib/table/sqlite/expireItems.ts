import type { DatabaseSync } from "node:sqlite";

const pauseMs = 60_000;
const rowsPerStep = 2000;

/**
 * Drops expired items, a few thousand rows a minute, walking the table by key and starting over at
 * its end. Nothing waits for it: readers look at the time themselves. Answers how to stop it.
 */
export function expireItems(database: DatabaseSync, clock: { nowMs(): number }): () => void {
  const step = expiryStep(database);
  let after: Place = { pk: "", sk: "" };
  const timer = setInterval(() => {
    after = step(after, Math.floor(clock.nowMs() / 1000));
  }, pauseMs);
  timer.unref();
  return () => clearInterval(timer);
}

interface Place {
  readonly pk: string;
  readonly sk: string;
}

/** One step of the walk: drops what expired in the next rows, and says where to go on. */
export function expiryStep(database: DatabaseSync): (after: Place, nowSeconds: number) => Place {
  const last = database.prepare(
    `SELECT pk, sk FROM items WHERE (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT 1 OFFSET ${rowsPerStep - 1}`,
  );
  const dropTo = database.prepare(
    "DELETE FROM items WHERE (pk, sk) > (?, ?) AND (pk, sk) <= (?, ?) AND expires <= ?",
  );
  const dropRest = database.prepare("DELETE FROM items WHERE (pk, sk) > (?, ?) AND expires <= ?");

  return (after, nowSeconds) => {
    const end = last.get(after.pk, after.sk);
    if (end === undefined) {
      dropRest.run(after.pk, after.sk, nowSeconds);
      return { pk: "", sk: "" };
    }
    const place = { pk: String(end["pk"]), sk: String(end["sk"]) };
    dropTo.run(after.pk, after.sk, place.pk, place.sk, nowSeconds);
    return place;
  };
}
