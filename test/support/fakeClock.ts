import type { Clock } from "#engine/clock.ts";

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** How often the event loop turns before time moves on: enough for a chain of commits to SQLite. */
const turnsDefault = 12;

/**
 * A clock that moves when told. Between two timers everything that is ready to run runs, so that
 * what follows from the first is done before the second fires.
 */
export class FakeClock implements Clock {
  readonly #turns: number;
  readonly #timers = new Set<Timer>();
  /** Time that really passed, by which timers go. */
  #elapsedMs = 0;
  /** What the clock on the wall showed when it began, and how far it was set since. */
  #wallMs: number;

  constructor({ startMs = 1_767_225_600_000, turns = turnsDefault } = {}) {
    this.#wallMs = startMs;
    this.#turns = turns;
  }

  nowMs(): number {
    return this.#wallMs + this.#elapsedMs;
  }

  after(delayMs: number, run: () => void): () => void {
    // Clocks show whole milliseconds.
    const timer: Timer = { dueMs: this.#elapsedMs + Math.max(0, Math.ceil(delayMs)), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that have not fired yet. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Sets the clock on the wall, forward or back, while no time passes. */
  step(ms: number): void {
    this.#wallMs += ms;
  }

  /** Lets so much time pass. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    for (;;) {
      await this.settle();
      const next = this.#next();
      if (next === undefined || next.dueMs > endMs) break;
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      this.#timers.delete(next);
      next.run();
    }
    // Something that ran may have let more time pass.
    this.#elapsedMs = Math.max(this.#elapsedMs, endMs);
  }

  /** Lets everything run that waits for no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < this.#turns; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }
}
