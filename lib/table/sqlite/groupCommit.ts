import type { DatabaseSync, StatementSync } from "node:sqlite";

/**
 * Lets all the work of one turn of the event loop share one transaction, and so one fsync.
 *
 * ```
 *   run(a) ── BEGIN, a ──┐
 *   run(b) ── b ─────────┤ same turn
 *                        └─ setImmediate: COMMIT ── both promises answer
 * ```
 *
 * No promise answers before its commit is on disk. When any part fails, the turn is rolled back and
 * every promise of that turn rejects: none of that work happened.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #beginning: StatementSync;
  readonly #committing: StatementSync;
  readonly #onUndone: () => void;
  #turn: PromiseWithResolvers<void> | undefined;

  /** `onUndone` is called whenever work that ran has not happened after all. */
  constructor(database: DatabaseSync, onUndone: () => void) {
    this.#database = database;
    this.#onUndone = onUndone;
    this.#beginning = database.prepare("BEGIN IMMEDIATE");
    this.#committing = database.prepare("COMMIT");
  }

  /** Runs synchronous work inside the turn's transaction; answers its result once committed. */
  run<T>(work: () => T): Promise<T> {
    const turn = this.#turn ?? this.#begin();
    try {
      const result = work();
      return turn.promise.then(() => result);
    } catch (error) {
      this.#rollBack(turn, error);
      return turn.promise.then(() => {
        throw error;
      });
    }
  }

  /** Answers a value that was just read, but not before the writes that it may reflect are safe. */
  settle<T>(value: T): Promise<T> {
    return this.#turn === undefined ? Promise.resolve(value) : this.#turn.promise.then(() => value);
  }

  /**
   * Runs synchronous work at once, in a transaction of its own, behind whatever was open. When it
   * fails, only it is undone.
   */
  runAlone<T>(work: () => T): T {
    this.flush();
    this.#beginning.run();
    try {
      const result = work();
      this.#committing.run();
      return result;
    } catch (error) {
      this.#undo();
      throw error;
    }
  }

  /** Commits what is open, now. */
  flush(): void {
    if (this.#turn !== undefined) this.#commit(this.#turn);
  }

  #begin(): PromiseWithResolvers<void> {
    this.#beginning.run();
    const turn = Promise.withResolvers<void>();
    // Whoever awaits the turn sees a failure; the bare promise must not crash the process as well.
    turn.promise.catch(() => undefined);
    this.#turn = turn;
    setImmediate(() => this.#commit(turn));
    return turn;
  }

  #commit(turn: PromiseWithResolvers<void>): void {
    if (this.#turn !== turn) return;
    try {
      this.#committing.run();
    } catch (error) {
      this.#rollBack(turn, error);
      return;
    }
    this.#turn = undefined;
    turn.resolve();
  }

  #rollBack(turn: PromiseWithResolvers<void>, error: unknown): void {
    if (this.#turn !== turn) return;
    this.#turn = undefined;
    try {
      this.#undo();
    } finally {
      turn.reject(error);
    }
  }

  /** SQLite may have rolled back by itself (disk full), and then there is nothing left to undo. */
  #undo(): void {
    this.#onUndone();
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
  }
}
