import type { Clock } from "#engine/clock.ts";

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

interface Watcher {
  readonly holds: () => boolean;
  readonly resolve: () => void;
}

/** Not on a full second, so that rounding shows; past any real clock, so that no table expires it. */
const startMs = Date.UTC(2030, 0, 1, 9, 30, 15, 417);

/**
 * A clock that stands still until it is moved, for tests of a server: who moves it goes on at once,
 * and then awaits the answers that were due. It also says when a request has begun to wait.
 */
export class StoppedClock implements Clock {
  #nowMs = startMs;
  readonly #timers = new Set<Timer>();
  readonly #watchers = new Set<Watcher>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer: Timer = { atMs: this.#nowMs + Math.max(0, delayMs), run };
    this.#timers.add(timer);
    // Nobody will move the clock for what is due already.
    if (timer.atMs <= this.#nowMs) setImmediate(() => this.#ring(timer));
    this.#tell();
    return () => {
      this.#timers.delete(timer);
      this.#tell();
    };
  }

  /** Moves to the new time, and then rings the timers that are due, the earliest first. */
  advance(ms: number): void {
    this.#nowMs += ms;
    const due = [...this.#timers].filter(({ atMs }) => atMs <= this.#nowMs);
    for (const timer of due.sort((one, other) => one.atMs - other.atMs)) this.#ring(timer);
  }

  /** Resolves as soon as the number of timers that will ring at exactly that time is as wanted. */
  async untilDueAt(atMs: number, isAsWanted: (timers: number) => boolean): Promise<void> {
    const holds = () => isAsWanted(this.#dueAt(atMs));
    if (!holds()) await new Promise<void>((resolve) => this.#watchers.add({ holds, resolve }));
  }

  #dueAt(atMs: number): number {
    return [...this.#timers].filter((timer) => timer.atMs === atMs).length;
  }

  #ring(timer: Timer): void {
    if (!this.#timers.delete(timer)) return;
    timer.run();
    this.#tell();
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) {
      if (!watcher.holds()) continue;
      this.#watchers.delete(watcher);
      watcher.resolve();
    }
  }
}
