/**
 * Time in the process of a function, where the rehearsal moves it by hand: `Date` stands still until
 * it is told of a new time, and so do the timers that the function's clock sets. Timers that others
 * set, the SDK for one, keep real time: they are about the network, which is real.
 *
 * A timer of the clock of up to a second and a half also rings in real time, or when it is told to look: so brief
 * a wait is a pause, or a look at what another process may have written, and no deadline that a test
 * could be about.
 */

/** What the process is told. */
export type TimeMessage =
  | { readonly kind: "time"; readonly nowMs: number; readonly turn: number }
  /** Something was written: brief timers ring now. */
  | { readonly kind: "look" };

/** What the process tells: when its timers will ring, and the latest turn of the clock it knows. */
export interface TimersMessage {
  readonly turn: number;
  readonly dueAtMs: readonly number[];
}

const briefMs = 1500;

class MovedTimer {
  readonly atMs: number;
  readonly isBrief: boolean;
  readonly ring: () => void;
  #real: NodeJS.Timeout | undefined;

  constructor(atMs: number, delayMs: number, ring: () => void) {
    this.atMs = atMs;
    this.isBrief = delayMs <= briefMs;
    this.ring = ring;
    if (this.isBrief) this.#real = realSetTimeout(ring, delayMs);
  }

  stop(): void {
    clearTimeout(this.#real);
    this.#real = undefined;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    this.#real?.unref();
    return this;
  }

  hasRef(): boolean {
    return true;
  }
}

/**
 * Whether the clock of functions/shared/platform.ts asks: its method `after` does so itself. The names
 * of methods survive the bundler.
 */
function isSetByClock(asked: (...given: never[]) => unknown): boolean {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  const at: { stack?: string } = {};
  Error.captureStackTrace(at, asked);
  Error.stackTraceLimit = stackTraceLimit;
  return /\bafter\b/.test(at.stack ?? "");
}

const realSetTimeout = globalThis.setTimeout;
const realClearTimeout = globalThis.clearTimeout;

/**
 * Puts the time of this process under the clock of its parent, if there is one; answers with what
 * takes the time that comes with an invocation.
 */
export function followMovedClock(startMs: string | undefined): (nowMs: unknown) => void {
  if (startMs === undefined) return () => undefined;
  const timers = new Set<MovedTimer>();
  let nowMs = Number(startMs);
  let turn = 0;

  let willTell = false;
  const tell = (): void => {
    if (willTell) return;
    willTell = true;
    setImmediate(() => {
      willTell = false;
      const message: TimersMessage = { turn, dueAtMs: [...timers].map(({ atMs }) => atMs) };
      process.send?.(message);
    });
  };
  const ring = (isDue: (timer: MovedTimer) => boolean): void => {
    const due = [...timers].filter(isDue);
    for (const timer of due.sort((one, other) => one.atMs - other.atMs)) {
      if (timers.has(timer)) timer.ring();
    }
  };
  const take = (toldMs: number): void => {
    nowMs = Math.max(nowMs, toldMs);
    ring(({ atMs }) => atMs <= nowMs);
  };

  globalThis.Date = class extends Date {
    constructor(...given: readonly unknown[]) {
      // @ts-expect-error: whatever Date takes.
      super(...(given.length === 0 ? [nowMs] : given));
    }
    static override now(): number {
      return nowMs;
    }
  } as DateConstructor;
  const moved = (run: (...given: unknown[]) => void, delayMs = 0, ...given: unknown[]) => {
    if (!isSetByClock(moved)) return realSetTimeout(run, delayMs, ...given);
    const timer = new MovedTimer(nowMs + delayMs, delayMs, () => {
      timer.stop();
      if (!timers.delete(timer)) return;
      tell();
      run(...given);
    });
    timers.add(timer);
    tell();
    return timer;
  };
  const stop = (timer: unknown): void => {
    if (timer instanceof MovedTimer) {
      timer.stop();
      if (timers.delete(timer)) tell();
    } else {
      realClearTimeout(timer as NodeJS.Timeout);
    }
  };
  Object.assign(globalThis, { setTimeout: moved, clearTimeout: stop });
  process.on("message", (message: TimeMessage) => {
    if (message.kind === "look") {
      ring(({ isBrief }) => isBrief);
    } else {
      take(message.nowMs);
      turn = Math.max(turn, message.turn);
      tell();
    }
  });
  return (told) => take(Number(told));
}
