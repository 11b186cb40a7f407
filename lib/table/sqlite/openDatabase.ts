import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeFolder } from "./makeFolder.ts";

/** The layout below; a file of any other number is refused rather than guessed at. */
const layoutVersion = 3;
/** The layout before, which had no parts; all that it holds reads the same now. */
const layoutBefore = 2;

/**
 * Opens or makes the database file, its folder included, for this process alone.
 *
 * - WAL with `synchronous = FULL`: a commit is on disk when `COMMIT` returns.
 * - An index over what expires: 10 bytes a row, half a microsecond a write. Most rows expire.
 * - Incremental vacuum, so that the file can shrink after a backlog: a twentieth of a write.
 * - An exclusive lock: the engine may then trust that nobody else writes. A second process is told
 *   so instead of waiting. The lock dies with the process.
 */
export function openDatabase(path: string): DatabaseSync {
  try {
    if (path !== ":memory:") makeFolder(dirname(path));
    const database = new DatabaseSync(path, { timeout: 0 });
    try {
      prepare(database, path);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  } catch (error) {
    throw explained(error, path);
  }
}

function prepare(database: DatabaseSync, path: string): void {
  database.exec(`
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA cache_size = -65536;
    PRAGMA temp_store = MEMORY;
  `);
  const found = database.prepare("PRAGMA user_version").get()?.["user_version"];
  if (found !== 0 && found !== layoutBefore && found !== layoutVersion) {
    throw new Error(`${path} has layout ${found}, expected ${layoutVersion}`);
  }
  // Rows lie in the order of their coming, and a tree of keys beside them. A single tree of keys
  // and rows holds a row of more than a quarter page outside of itself, in pages of its own.
  database.exec(`
    BEGIN EXCLUSIVE;
    CREATE TABLE IF NOT EXISTS items (
      id INTEGER PRIMARY KEY,
      pk TEXT NOT NULL,
      sk TEXT NOT NULL,
      expires INTEGER,
      attributes TEXT NOT NULL,
      bytes BLOB,
      UNIQUE (pk, sk)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS parts (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS itemsByExpiry ON items (expires) WHERE expires IS NOT NULL;
    PRAGMA user_version = ${layoutVersion};
    COMMIT;
  `);
}

function explained(error: unknown, path: string): Error {
  const reason = error instanceof Error ? error.message : String(error);
  if (/database is locked/.test(reason)) {
    return new Error(`${path} is in use by another process`, { cause: error });
  }
  return new Error(`cannot open ${path}: ${reason}`, { cause: error });
}
