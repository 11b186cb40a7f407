import { type Key, type Table, ttlAttribute } from "#table/table.ts";

/**
 * Where the runs of an account's sweep are, while a round over its queues is not done or a partition is
 * too long for one run:
 *
 * ```
 *   pk   sweep
 *   sk   account
 *   c    the cursor (JSON)
 *   x    when the table may drop it, seconds
 * ```
 *
 * Two runs at once overwrite each other's: then something is looked at twice, or a round later.
 */
export interface SweepCursor {
  /** The last queue that this round has seen; absent at the start of a round. */
  readonly after?: string;
  /** What the round has counted so far. */
  readonly deadLetters: number;
  readonly oldestAgeMs: number;
  /** Where to go on looking for what is to be moved or dropped, in partitions that are long. */
  readonly positions: Readonly<Record<string, string>>;
}

const startOfRound: SweepCursor = { deadLetters: 0, oldestAgeMs: 0, positions: {} };
const partition = "sweep";
const keptSeconds = 24 * 60 * 60;
/** An item has room for many more. */
const positionsMax = 500;

/** The cursor that the last run left, and whether it left one. */
export async function readCursor(
  table: Table,
  account: string,
): Promise<{ readonly cursor: SweepCursor; readonly isStored: boolean }> {
  const { pk, sk } = cursorKey(account);
  const { items } = await table.query({ pk, from: sk, to: sk, limit: 1, mayBeStale: true });
  const text = items[0]?.["c"];
  return typeof text === "string"
    ? { cursor: JSON.parse(text), isStored: true }
    : { cursor: startOfRound, isStored: false };
}

/** Leaves a cursor for the next run, or none if that one begins anew. */
export async function writeCursor(
  table: Table,
  account: string,
  { cursor, isStored, nowMs }: { cursor: SweepCursor; isStored: boolean; nowMs: number },
): Promise<void> {
  const key = cursorKey(account);
  const positions = Object.entries(cursor.positions).slice(0, positionsMax);
  if (cursor.after !== undefined || positions.length > 0) {
    const c = JSON.stringify({ ...cursor, positions: Object.fromEntries(positions) });
    const x = Math.ceil(nowMs / 1000) + keptSeconds;
    await table.write({ kind: "put", item: { ...key, c, [ttlAttribute]: x } });
  } else if (isStored) {
    await table.write({ kind: "delete", key, when: [] });
  }
}

function cursorKey(account: string): Key {
  return { pk: partition, sk: account };
}
