import type { DatabaseSync } from "node:sqlite";
import { dropExpired } from "./dropExpired.ts";
import type { GroupCommit } from "./groupCommit.ts";
import type { ItemRows } from "./itemRows.ts";
import { releaseSpace } from "./releaseSpace.ts";

export interface House {
  readonly database: DatabaseSync;
  readonly rows: ItemRows;
  readonly commits: GroupCommit;
  readonly clock: { nowMs(): number };
}

const pauseMs = 1000;

/**
 * Drops expired items and gives their space back, a little at a time:
 *
 * ```
 *   each second ──► a step ──► more to do: a step in the next turn of the event loop ──► …
 *                      └─────► nothing left: rest until the next second
 * ```
 *
 * A step takes a millisecond or two, and what is ready to run runs between two of them. Nothing
 * waits for it: readers look at the time themselves. Answers how to stop it.
 */
export function keepHouse({ database, rows, commits, clock }: House): () => void {
  const drop = dropExpired(database, rows);
  const release = releaseSpace(database);
  let next: NodeJS.Immediate | undefined;

  function step(): void {
    next = undefined;
    const mayBeMore = unlessDiskFails(() =>
      commits.runAlone(() => drop(Math.floor(clock.nowMs() / 1000)) || release()),
    );
    if (mayBeMore) next = setImmediate(step);
  }

  const timer = setInterval(() => {
    if (next === undefined) step();
  }, pauseMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    clearImmediate(next);
  };
}

/** `SQLITE_IOERR` and `SQLITE_FULL`. */
const diskFailures: ReadonlySet<number> = new Set([10, 13]);

/**
 * A step that the disk refused has changed nothing, and is tried again a second later. Whoever
 * writes meanwhile hears of it.
 */
function unlessDiskFails(step: () => boolean): boolean {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof Error && "errcode" in error)) throw error;
    const { errcode } = error;
    // The low byte is the kind of the failure, and what is above it says more.
    if (typeof errcode !== "number" || !diskFailures.has(errcode & 0xff)) throw error;
    return false;
  }
}
