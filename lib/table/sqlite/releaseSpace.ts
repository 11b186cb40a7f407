import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";

const pagesPerStep = 256;
/** 32 MB at 4 KB a page. */
const freePagesKept = 8192;

interface Pages {
  readonly all: number;
  readonly free: number;
}

/**
 * Shortens a file that is more than half empty, by a megabyte at most. Answers whether it did so and
 * there is more to do. A queue that breathes fills its free pages again, so most of them are left to
 * it: the file shrinks after a backlog, and not between two messages.
 */
export function releaseSpace(database: DatabaseSync): () => boolean {
  const statement = database.prepare(
    `SELECT page_count AS "all", freelist_count AS free FROM pragma_page_count, pragma_freelist_count`,
  );
  const count = (): Pages => {
    const { all, free } = statement.get() ?? {};
    assert(typeof all === "number" && typeof free === "number");
    return { all, free };
  };
  return () => {
    const before = count();
    if (!isTooEmpty(before)) return false;
    database.exec(`PRAGMA incremental_vacuum(${pagesPerStep})`);
    const after = count();
    return after.free < before.free && isTooEmpty(after);
  };
}

function isTooEmpty({ all, free }: Pages): boolean {
  return free > freePagesKept && free > all / 2;
}
