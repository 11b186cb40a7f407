import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";

const pagesPerStep = 256;
/** 32 MB at 4 KB a page. */
const freePagesKept = 8192;

/**
 * Shortens a file that is more than half empty, by a megabyte at most. Answers whether there is more
 * to do. A queue that breathes fills its free pages again, so most of them are left to it: the file
 * shrinks after a backlog, and not between two messages.
 */
export function releaseSpace(database: DatabaseSync): () => boolean {
  const count = database.prepare(
    "SELECT page_count AS pages, freelist_count AS free FROM pragma_page_count, pragma_freelist_count",
  );
  const isWorthIt = () => {
    const { pages, free } = count.get() ?? {};
    assert(typeof pages === "number" && typeof free === "number");
    return free > freePagesKept && free > pages / 2;
  };
  return () => {
    if (!isWorthIt()) return false;
    database.exec(`PRAGMA incremental_vacuum(${pagesPerStep})`);
    return isWorthIt();
  };
}
