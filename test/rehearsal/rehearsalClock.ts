import type { FunctionProcess } from "./runtime/functionProcess.ts";
import type { TimersMessage } from "./runtime/movedTime.ts";

interface Watcher {
  readonly holds: () => boolean;
  readonly resolve: () => void;
}

/** Not on a full second, so that rounding shows; past any real clock, so that no table expires it. */
const startMs = Date.UTC(2030, 0, 1, 9, 30, 15, 417);

/**
 * A clock that stands still until it is moved, and takes the processes of functions with it. A process
 * that is frozen learns of the new time with its next invocation.
 */
export class RehearsalClock {
  #nowMs = startMs;
  #turn = 0;
  /** The busy processes, and what each has told of its timers. */
  readonly #running = new Map<FunctionProcess, TimersMessage>();
  readonly #watchers = new Set<Watcher>();
  readonly #listeners = new Set<(nowMs: number) => void>();

  nowMs(): number {
    return this.#nowMs;
  }

  /** Moves the time; timers that are due ring in their processes, soon. */
  advance(ms: number): void {
    this.#nowMs += ms;
    this.#turn += 1;
    const message = { kind: "time", nowMs: this.#nowMs, turn: this.#turn } as const;
    for (const each of this.#running.keys()) each.tell(message);
    for (const listener of this.#listeners) listener(this.#nowMs);
  }

  /** Calls whenever the time was moved. */
  onAdvance(listener: (nowMs: number) => void): void {
    this.#listeners.add(listener);
  }

  /** Lets the waiting receives of all busy processes look: something may have been written. */
  look(): void {
    for (const each of this.#running.keys()) each.tell({ kind: "look" });
  }

  /** Takes a process along while it is busy; call the answer when it no longer is. */
  run(busy: FunctionProcess): () => void {
    this.#running.set(busy, { turn: this.#turn, dueAtMs: [] });
    busy.tell({ kind: "time", nowMs: this.#nowMs, turn: this.#turn });
    return () => {
      this.#running.delete(busy);
      this.#tellWatchers();
    };
  }

  /** A process tells of its timers. */
  learn(from: FunctionProcess, timers: TimersMessage): void {
    if (!this.#running.has(from)) return;
    this.#running.set(from, timers);
    this.#tellWatchers();
  }

  /**
   * Resolves as soon as every busy process knows the time, and the number of timers that will ring at
   * exactly that time is as wanted.
   */
  async untilDueAt(atMs: number, isAsWanted: (timers: number) => boolean): Promise<void> {
    const holds = () => this.#isKnown() && isAsWanted(this.#dueAt(atMs));
    if (!holds()) await new Promise<void>((resolve) => this.#watchers.add({ holds, resolve }));
  }

  #isKnown(): boolean {
    return [...this.#running.values()].every(({ turn }) => turn >= this.#turn);
  }

  #dueAt(atMs: number): number {
    return [...this.#running.values()].flatMap(({ dueAtMs }) => dueAtMs).filter((ms) => ms === atMs)
      .length;
  }

  #tellWatchers(): void {
    for (const watcher of [...this.#watchers]) {
      if (!watcher.holds()) continue;
      this.#watchers.delete(watcher);
      watcher.resolve();
    }
  }
}
