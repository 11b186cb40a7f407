/**
 * Lets the sends of this process to one group go one after another: they would only make each other
 * lose. Other processes are kept out by guards.
 */
export class GroupLocks {
  /** For each group that somebody is at, who comes next. */
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Whose turn it is begins a moment later all the same, so that others of the same moment can join. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    await this.#enter(name);
    try {
      return await work();
    } finally {
      this.#leave(name);
    }
  }

  #enter(name: string): Promise<void> | undefined {
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) return new Promise((resolve) => waiting.push(resolve));
    this.#waiting.set(name, []);
    return undefined;
  }

  #leave(name: string): void {
    const next = this.#waiting.get(name)?.shift();
    if (next === undefined) this.#waiting.delete(name);
    else next();
  }
}
